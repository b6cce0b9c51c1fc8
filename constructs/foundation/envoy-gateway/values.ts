import type { ImageReference } from "../../contracts/cluster-profile";
import type { PartContext } from "../../contracts/foundation";
import { images } from "../../pins";
import { type Resources, resources } from "../pods";
import { priorities } from "../scheduling/priorities";
import { publishedHosts } from "./hosts";
import { edgeNames } from "./names";

/** The values of Envoy Gateway's chart that this part sets. Its pods are restricted by themselves. */
export interface EnvoyGatewayValues {
  readonly deployment: {
    readonly priorityClassName: string;
    readonly envoyGateway: { readonly image: ImageReference; readonly resources: Resources };
  };
  readonly certgen: { readonly job: { readonly resources: Resources } };
  readonly topologyInjector: { readonly enabled: false };
  readonly config: {
    readonly envoyGateway: {
      readonly gateway: { readonly controllerName: string };
      readonly provider: {
        readonly type: "Kubernetes";
        readonly kubernetes: {
          readonly shutdownManager: { readonly image: string };
          readonly watch: { readonly type: "Namespaces"; readonly namespaces: readonly string[] };
        };
      };
    };
  };
}

export function envoyGatewayValues({ cluster, namespace, parts, image }: PartContext): EnvoyGatewayValues {
  const controller = image(images.envoyGateway);
  const certificates = cluster.edge?.certificates;
  const elsewhere = certificates?.mode === "given" ? [certificates.secret.namespace] : [];
  const models = parts.filter(({ role }) => role === "serving").map(({ name }) => name);
  const published = cluster.edge ? publishedHosts(parts).map((host) => host.namespace) : [];
  return {
    deployment: {
      priorityClassName: priorities.foundation,
      envoyGateway: { image: controller, resources: resources(cluster.scale, 50, 128, 512) },
    },
    certgen: { job: { resources: resources(cluster.scale, 10, 64, 128) } },
    // It would tell proxies their zone, by a webhook on every pod's binding.
    topologyInjector: { enabled: false },
    config: {
      envoyGateway: {
        gateway: { controllerName: edgeNames.controller },
        provider: {
          type: "Kubernetes",
          kubernetes: {
            shutdownManager: { image: `${controller.repository}:${controller.tag}` },
            // It reads secrets, so it sees the namespaces with something for it, and not the cluster.
            watch: {
              type: "Namespaces",
              namespaces: [...new Set([namespace, ...models, ...published, ...elsewhere])].sort(),
            },
          },
        },
      },
    },
  };
}
