import { z } from "zod";
import { gpuNodes } from "../../constructs/aws/gpu";
import { type InClusterProps, installInCluster } from "../../constructs/aws/in-cluster";
import { catalogue } from "../../constructs/components/catalogue";
import { type AwsNodes, nodesSchema } from "../../constructs/contracts/aws-nodes";
import type { Edge } from "../../constructs/contracts/edge";
import { foundationShape } from "../../constructs/contracts/foundation";
import { homesOf } from "../../constructs/contracts/homes";
import { testCluster } from "./cluster";
import { chooseComponents, fiveTools, type SynthesizedPlatform, synthesizePlatform } from "./platform";

/** Nodes of every kind: both images, shared and whole GPUs, spot and reserved. */
export function nodesOfEveryKind(mode: AwsNodes["mode"]): AwsNodes {
  return nodesSchema.parse({
    mode,
    zones: 2,
    system: { instanceTypes: ["m6i.large"], min: 1, max: 2 },
    general: { instanceTypes: ["m6i.large", "m5.large", "m6i.xlarge"], min: 0, max: 4, spot: true },
    gpu: [
      { name: "gpu", instanceTypes: ["g4dn.xlarge", "g5.xlarge"], max: 3, sharedBy: 4 },
      { name: "plain", instanceTypes: ["g6.xlarge"], max: 1, image: "al2023" },
      { name: "shared", instanceTypes: ["g4dn.xlarge"], max: 1, image: "al2023", sharedBy: 2, spot: true },
      { name: "reserved", instanceTypes: ["g5.xlarge"], max: 2, reservationId: "cr-0123456789abcdef0" },
    ],
  });
}

const settings: NonNullable<InClusterProps["karpenter"]> = {
  queue: "open-mlops-test-interruptions",
  instanceProfile: "open-mlops-test-karpenter-nodes",
  subnetIds: ["subnet-0123456789abcdef0", "subnet-0123456789abcdef1"],
  securityGroupId: "sg-0123456789abcdef0",
  tags: { Project: "open-mlops-blueprint", Environment: "test" },
};

/** The five tools in a cluster with what AWS keeps in it. */
export function synthesizeInCluster(nodes: AwsNodes, isolated = false): SynthesizedPlatform {
  const props = {
    clusterName: "open-mlops-test",
    region: "eu-west-1",
    nodes,
    isolated,
    ...(nodes.mode === "karpenter" ? { karpenter: settings } : {}),
  };
  const cluster = testCluster({
    gpu: gpuNodes(nodes.gpu),
    install: (scope, context) => installInCluster(scope, context, props),
  });
  return synthesizePlatform(fiveTools, { cluster });
}

/** How people come in on AWS. */
export const awsEdge: Edge = {
  domain: "mlops.example.com",
  certificates: { mode: "lets-encrypt", email: "platform@example.com", zoneId: "Z0123456789", region: "eu-west-1" },
  service: { type: "load-balancer", annotations: { "service.example/kind": "network" }, from: ["203.0.113.0/24"] },
};

/** The five tools, and everything that they can stand on. */
export function synthesizeOnAll(): SynthesizedPlatform {
  const { identity, observability, backup } = z.object(foundationShape).parse({
    identity: { mode: "builtin", admin: "ada" },
    observability: {
      mode: "on",
      alerts: [{ to: "slack", channel: "#platform", secret: { namespace: "keys", name: "slack" } }],
    },
    backup: { mode: "on" },
  });
  const homes = homesOf(chooseComponents(fiveTools));
  const settings = { place: "aws", edge: "lets-encrypt", gpu: true, identity, observability, backup, homes } as const;
  return synthesizePlatform(fiveTools, {
    cluster: testCluster({ edge: awsEdge, gpu: gpuNodes(nodesOfEveryKind("groups").gpu) }),
    foundation: catalogue.foundation(settings),
    identity,
  });
}

/** Platforms that between them set every value of what AWS keeps in a cluster. */
export const awsVariants: Readonly<Record<string, () => SynthesizedPlatform>> = {
  "on AWS with node groups": () => synthesizeInCluster(nodesOfEveryKind("groups")),
  "on AWS with Karpenter": () => synthesizeInCluster(nodesOfEveryKind("karpenter")),
  "on AWS with all that tools can stand on": synthesizeOnAll,
};
