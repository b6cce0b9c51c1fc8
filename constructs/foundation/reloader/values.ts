import type { PartContext } from "../../contracts/foundation";
import { images } from "../../pins";
import { partOf } from "../labels";
import { type Resources, resources, restrictedContainer } from "../pods";
import { priorities } from "../scheduling/priorities";

/** The chart's values, as far as they are set here. */
export interface ReloaderValues {
  readonly fullnameOverride: string;
  readonly image: { readonly repository: string; readonly tag: string };
  readonly reloader: {
    readonly watchGlobally: boolean;
    readonly namespaces: readonly string[];
    readonly resourceLabelSelector: string;
    readonly autoReloadAll: boolean;
    readonly reloadStrategy: "annotations";
    readonly ignoreConfigMaps: boolean;
    readonly ignoreJobs: boolean;
    readonly ignoreCronJobs: boolean;
    readonly readOnlyRootFileSystem: boolean;
    readonly rbac: { readonly enabled: boolean };
    readonly serviceAccount: { readonly name: string };
    readonly deployment: {
      readonly priorityClassName: string;
      readonly resources: Resources;
      readonly containerSecurityContext: typeof restrictedContainer;
      readonly gomaxprocsOverride: string;
    };
  };
}

/** @param namespaces those that it looks at, beside its own */
export function reloaderValues(
  { cluster, image }: PartContext,
  name: string,
  namespaces: readonly string[],
): ReloaderValues {
  return {
    fullnameOverride: name,
    image: image(images.reloader),
    reloader: {
      watchGlobally: false,
      namespaces,
      // Generated secrets alone: what a tool's own chart keeps is that chart's business.
      resourceLabelSelector: Object.entries(partOf)
        .map((label) => label.join("="))
        .join(","),
      autoReloadAll: true,
      reloadStrategy: "annotations",
      ignoreConfigMaps: true,
      // A flow run is somebody's work, and no server that could be started again.
      ignoreJobs: true,
      ignoreCronJobs: true,
      readOnlyRootFileSystem: true,
      // The chart's roles may delete jobs, which nothing here needs.
      rbac: { enabled: false },
      serviceAccount: { name },
      deployment: {
        priorityClassName: priorities.foundation,
        resources: resources(cluster.scale, 20, 64, 128),
        containerSecurityContext: restrictedContainer,
        // Without it the chart asks for the limit of processors, which there is none of.
        gomaxprocsOverride: "1",
      },
    },
  };
}
