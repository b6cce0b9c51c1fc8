import type { Construct } from "constructs";
import type { GpuGroup } from "../../contracts/aws-nodes";
import type { FoundationContext, ImageReference } from "../../contracts/cluster-profile";
import type { JsonObject } from "../../contracts/json";
import { type Resources, resources } from "../../foundation/pods";
import { HelmChart } from "../../helm-chart";
import { charts, images } from "../../pins";
import { gpuResource, pluginConfigLabel, sharingName } from "../gpu";

interface DevicePluginValues {
  readonly image: ImageReference;
  /** YAML by name; a node's label chooses one. */
  readonly config: { readonly map: Readonly<Record<string, string>>; readonly default: string };
  readonly affinity: JsonObject;
  readonly resources: Resources;
}

/**
 * NVIDIA's device plugin, for GPU nodes whose image has the driver alone: it announces GPUs, each as often as it is
 * shared. Bottlerocket has a plugin of its own, so this one keeps to the nodes that carry its label.
 */
export function installDevicePlugin(
  scope: Construct,
  { chart, image }: FoundationContext,
  groups: readonly [GpuGroup, ...GpuGroup[]],
): void {
  const name = "nvidia-device-plugin";
  const map = Object.fromEntries(groups.map((group) => [sharingName(group), sharing(group)]));
  new HelmChart<DevicePluginValues>(scope, name, {
    chart: chart(charts.nvidiaDevicePlugin),
    name,
    namespace: "kube-system",
    values: {
      image: image(images.nvidiaDevicePlugin),
      // Every node names its own; the chart wants a default wherever there are several.
      config: { map, default: sharingName(groups[0]) },
      affinity: {
        nodeAffinity: {
          requiredDuringSchedulingIgnoredDuringExecution: {
            nodeSelectorTerms: [{ matchExpressions: [{ key: pluginConfigLabel, operator: "Exists" }] }],
          },
        },
      },
      resources: resources("regular", 20, 64, 256),
    },
  });
}

/** The plugin's configuration: JSON, which is YAML too. */
function sharing({ sharedBy }: GpuGroup): string {
  const timeSlicing = { resources: [{ name: gpuResource, replicas: sharedBy }] };
  return JSON.stringify({ version: "v1", ...(sharedBy > 1 ? { sharing: { timeSlicing } } : {}) });
}
