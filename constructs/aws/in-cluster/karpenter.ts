import type { Construct } from "constructs";
import type { FoundationContext, ImageReference } from "../../contracts/cluster-profile";
import { type Resources, resources } from "../../foundation/pods";
import { HelmChart } from "../../helm-chart";
import { charts, images } from "../../pins";
import { ownChart } from "../../sources";
import { nodesLabel } from "../gpu";
import { type KarpenterSettings, karpenterAccount } from "../karpenter";
import type { InClusterProps } from "./index";
import { nodePools } from "./node-pools";

interface KarpenterValues {
  readonly replicas: 1 | 2;
  readonly serviceAccount: { readonly name: string };
  readonly nodeSelector: Readonly<Record<string, string>>;
  readonly controller: {
    readonly image: ImageReference & { readonly digest: "" };
    readonly resources: Resources;
  };
  readonly settings: {
    readonly clusterName: string;
    readonly interruptionQueue: string;
    readonly isolatedVPC: boolean;
  };
}

/**
 * Karpenter and its node pools. Each release is installed after the one whose definitions or controller it needs, and
 * so it is removed before it: pools and classes, the controller, the definitions.
 */
export function installKarpenter(
  scope: Construct,
  { chart, image }: FoundationContext,
  props: InClusterProps & { readonly karpenter: KarpenterSettings },
): void {
  const { clusterName, karpenter, nodes } = props;
  const { namespace, serviceAccount: name } = karpenterAccount;
  const definitions = new HelmChart(scope, "karpenter-crd", {
    chart: chart(charts.karpenterCrd),
    name: "karpenter-crd",
    namespace,
    values: {},
  });
  const controller = new HelmChart<KarpenterValues>(scope, "karpenter", {
    chart: chart(charts.karpenter),
    name,
    namespace,
    values: {
      // Two never share a node, so a second one needs a second.
      replicas: nodes.system.min * nodes.zones > 1 ? 2 : 1,
      serviceAccount: { name },
      // Its own machines are no place for it: who would start the first?
      nodeSelector: { [nodesLabel]: "system" },
      controller: {
        // By its tag, as a mirror has it.
        image: { ...image(images.karpenter), digest: "" },
        resources: resources("regular", 200, 512, 1024),
      },
      settings: { clusterName, interruptionQueue: karpenter.queue, isolatedVPC: props.isolated },
    },
    after: [definitions],
  });
  new HelmChart(scope, "node-pools", {
    chart: ownChart("manifests"),
    name: "node-pools",
    namespace,
    values: { manifests: nodePools(nodes, karpenter, clusterName) },
    after: [controller],
  });
}
