import * as fs from "node:fs";
import * as path from "node:path";
import Ajv from "ajv";
import type { JsonObject } from "../../constructs/contracts/json";
import { instanceType } from "../../constructs/contracts/prices";
import { nodesOfEveryKind, synthesizeInCluster } from "../support/in-cluster";

const groups = synthesizeInCluster(nodesOfEveryKind("groups"));
const karpenter = synthesizeInCluster(nodesOfEveryKind("karpenter"));
const values = (name: string, platform = karpenter) => platform.release(name).values[0] as JsonObject;
const onSystem = { "open-mlops/nodes": "system" };

interface Manifest {
  readonly kind: string;
  readonly metadata: { readonly name: string };
  readonly spec: JsonObject;
}
const manifests = (platform = karpenter) => values("node-pools", platform)["manifests"] as unknown as Manifest[];
const manifest = (kind: string, name: string) =>
  manifests().find((each) => each.kind === kind && each.metadata.name === name)?.spec;
interface Pool extends JsonObject {
  readonly template: { readonly metadata: JsonObject; readonly spec: JsonObject & { requirements: JsonObject[] } };
}
const pool = (name: string) => manifest("NodePool", name) as unknown as Pool;
const requirement = (name: string, key: string) =>
  pool(name).template.spec.requirements.find((each) => each["key"] === key)?.["values"];

test("the mode decides who adds nodes", () => {
  const names = (platform: typeof groups) => platform.releases.map(({ name }) => name);
  expect(names(groups)).toContain("cluster-autoscaler");
  expect(names(groups)).not.toContain("karpenter");
  expect(names(karpenter)).toEqual(expect.arrayContaining(["karpenter-crd", "karpenter", "node-pools"]));
  expect(names(karpenter)).not.toContain("cluster-autoscaler");
});

describe("the cluster autoscaler", () => {
  test("stays on the nodes that stay, and finds its groups by the cluster's name", () => {
    expect(values("cluster-autoscaler", groups)).toMatchObject({
      nodeSelector: onSystem,
      autoDiscovery: { clusterName: "open-mlops-test" },
      awsRegion: "eu-west-1",
      rbac: { serviceAccount: { name: "cluster-autoscaler" } },
    });
  });

  test("is of the minor version of Kubernetes that is the default", () => {
    expect((values("cluster-autoscaler", groups)["image"] as JsonObject)["tag"]).toMatch(/^v1\.35\./);
  });
});

describe("Karpenter", () => {
  test("is removed in the order in which it can clear up: pools and classes, controller, definitions", () => {
    const waits = (path: string) => karpenter.resources[`helm_release.place/${path}/release`]?.["depends_on"];
    expect(waits("node-pools")).toContain("helm_release.place/karpenter/release");
    expect(waits("karpenter")).toContain("helm_release.place/karpenter-crd/release");
  });

  test("everything that needs a node waits for it", () => {
    const mlflow = Object.entries(karpenter.resources).find(([id]) => id.startsWith("helm_release.mlflow/"))?.[1];
    expect(mlflow?.["depends_on"]).toContain("helm_release.place/node-pools/release");
  });

  test("runs on the node group, as often as that has nodes", () => {
    expect(values("karpenter")).toMatchObject({ nodeSelector: onSystem, replicas: 2 });
    const small = { ...nodesOfEveryKind("karpenter"), zones: 1 as const };
    expect(values("karpenter", synthesizeInCluster(small))).toMatchObject({ replicas: 1 });
  });

  test("does not ask for prices where there is no way to them", () => {
    const isolated = synthesizeInCluster(nodesOfEveryKind("karpenter"), true);
    expect(values("karpenter", isolated)["settings"]).toMatchObject({ isolatedVPC: true });
    expect(values("karpenter")["settings"]).toMatchObject({ isolatedVPC: false });
  });

  test("has a pool and a class for each kind of node but the ones that stay", () => {
    for (const kind of ["NodePool", "EC2NodeClass"]) {
      const names = manifests().filter((each) => each.kind === kind);
      expect(names.map(({ metadata }) => metadata.name)).toEqual(["general", "gpu", "plain", "shared", "reserved"]);
    }
  });

  test("never takes a node from under a person", () => {
    for (const { metadata } of manifests().filter(({ kind }) => kind === "NodePool")) {
      expect(pool(metadata.name)).toMatchObject({
        disruption: { consolidationPolicy: "WhenEmptyOrUnderutilized" },
        template: { spec: { expireAfter: "Never" } },
      });
      // With a period of grace a node would be emptied at its end, whoever is on it.
      expect(pool(metadata.name).template.spec).not.toHaveProperty("terminationGracePeriod");
    }
  });

  test("every kind of pod with people's work says that it stays: a node that is half empty is taken otherwise", () => {
    const stays = '"karpenter.sh/do-not-disrupt":"true"';
    expect(JSON.stringify(values("jupyterhub")["singleuser"])).toContain(stays);
    const { worker } = values("prefect-worker") as {
      worker: { config: { baseJobTemplate: { configuration: string } } };
    };
    expect(worker.config.baseJobTemplate.configuration.replaceAll(": ", ":")).toContain(stays);
    const { gateway } = values("dask-gateway") as { gateway: { extraConfig: Record<string, string> } };
    for (const kind of ["scheduler", "worker"]) {
      const line = gateway.extraConfig["annotations"]?.split("\n").find((each) => each.includes(`.${kind}_extra_pod`));
      expect([kind, line]).toEqual([kind, expect.stringContaining(stays)]);
    }
  });

  test("starts what the environment names: types, spot or not, or from the reservation", () => {
    expect(requirement("general", "node.kubernetes.io/instance-type")).toEqual(["m6i.large", "m5.large", "m6i.xlarge"]);
    expect(requirement("general", "karpenter.sh/capacity-type")).toEqual(["spot"]);
    expect(requirement("gpu", "karpenter.sh/capacity-type")).toEqual(["on-demand"]);
    expect(requirement("reserved", "karpenter.sh/capacity-type")).toEqual(["reserved"]);
    expect(manifest("EC2NodeClass", "reserved")?.["capacityReservationSelectorTerms"]).toEqual([
      { id: "cr-0123456789abcdef0" },
    ]);
  });

  test("starts no more than the environment allows, over all zones", () => {
    const { nodes, cpu, memory } = pool("general")["limits"] as Record<string, string>;
    const largest = instanceType("m6i.xlarge");
    expect([nodes, cpu, memory]).toEqual(["8", `${8 * largest.vcpus}`, `${8 * largest.memoryGiB}Gi`]);
  });

  test("GPU nodes carry what the Hub's profile looks for", () => {
    const { template } = pool("gpu");
    expect(template.metadata["labels"]).toMatchObject({ "k8s.amazonaws.com/accelerator": "nvidia" });
    expect(template.spec["taints"]).toEqual([{ key: "nvidia.com/gpu", value: "present", effect: "NoSchedule" }]);
    expect(pool("general").template.spec).not.toHaveProperty("taints");
    expect(manifest("EC2NodeClass", "gpu")?.["userData"]).toContain("replicas = 4");
  });

  test("its machines keep credentials from pods, encrypt their disks, and are of one image", () => {
    for (const { spec } of manifests().filter(({ kind }) => kind === "EC2NodeClass")) {
      expect(spec["metadataOptions"]).toEqual({
        httpEndpoint: "enabled",
        httpTokens: "required",
        httpPutResponseHopLimit: 1,
      });
      const disks = spec["blockDeviceMappings"] as unknown as { ebs: JsonObject }[];
      for (const { ebs } of disks) expect(ebs).toMatchObject({ encrypted: true, deleteOnTermination: true });
      const [{ alias }] = spec["amiSelectorTerms"] as unknown as [{ alias: string }];
      expect(alias).toMatch(/^(al2023@v\d{8}|bottlerocket@v\d+\.\d+\.\d+)$/);
    }
  });
});

describe("the device plugin", () => {
  test("keeps to nodes whose image has none, and shares as their label says", () => {
    const { config, affinity } = values("nvidia-device-plugin", groups) as unknown as {
      config: { map: Record<string, string> };
      affinity: JsonObject;
    };
    expect(JSON.stringify(affinity)).toContain('{"key":"nvidia.com/device-plugin.config","operator":"Exists"}');
    expect(JSON.parse(config.map["shared-by-1"] ?? "")).toEqual({ version: "v1" });
    expect(JSON.parse(config.map["shared-by-2"] ?? "")).toMatchObject({
      sharing: { timeSlicing: { resources: [{ name: "nvidia.com/gpu", replicas: 2 }] } },
    });
  });

  test("is not there where every GPU node brings its own", () => {
    const all = nodesOfEveryKind("groups");
    const bottlerocket = { ...all, gpu: all.gpu.filter(({ image }) => image === "bottlerocket") };
    const names = synthesizeInCluster(bottlerocket).releases.map(({ name }) => name);
    expect(names).not.toContain("nvidia-device-plugin");
  });
});

/** Definitions as JSON schemas, which are not part of this repository. */
const schemas = process.env["CRD_SCHEMAS"] ?? path.join(__dirname, "../../../shared/crds");
const check = fs.existsSync(schemas)
  ? test.each(["NodePool", "EC2NodeClass"])
  : test.skip.each(["CRD_SCHEMAS not set"]);

check("the API server would take each %s", (kind) => {
  const group = kind === "NodePool" ? "karpenter.sh" : "karpenter.k8s.aws";
  const schema = JSON.parse(fs.readFileSync(path.join(schemas, group, `${kind.toLowerCase()}_v1.json`), "utf8"));
  const accepts = new Ajv({ strict: false, allErrors: true, validateSchema: false, logger: false }).compile(schema);
  const ours = manifests().filter((each) => each.kind === kind);
  expect(ours).toHaveLength(5);
  for (const each of ours) {
    accepts(each);
    expect((accepts.errors ?? []).map((error) => `${error.instancePath}: ${error.message}`)).toEqual([]);
  }
  // The schema does catch what is wrong.
  expect(accepts({ ...ours[0], spec: { ...ours[0]?.spec, template: 1, subnetSelectorTerms: 1 } })).toBe(false);
});
