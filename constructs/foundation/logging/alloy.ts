import { createHash } from "node:crypto";
import type { PartContext } from "../../contracts/foundation";
import { inRegistry, type RegistryImage } from "../../image-reference";
import { images } from "../../pins";
import { type Resources, resources, restrictedContainer, restrictedPod } from "../pods";
import { priorities } from "../scheduling/priorities";
import { alloyGiB } from "./storage";

/** The values of Alloy's chart that this part sets. */
export interface AlloyValues {
  readonly fullnameOverride: "alloy";
  readonly image: RegistryImage;
  readonly crds: { readonly create: false };
  readonly global: { readonly podSecurityContext: typeof restrictedPod & { readonly fsGroup: number } };
  readonly alloy: {
    readonly configMap: { readonly content: string };
    readonly enableReporting: false;
    readonly storagePath: string;
    readonly mounts: { readonly extra: readonly { readonly name: string; readonly mountPath: string }[] };
    readonly securityContext: typeof restrictedContainer & { readonly runAsUser: number; readonly runAsGroup: number };
    readonly resources: Resources;
  };
  readonly configReloader: { readonly enabled: false };
  readonly controller: {
    readonly type: "statefulset";
    readonly replicas: 1;
    readonly priorityClassName: string;
    readonly podAnnotations: Readonly<Record<string, string>>;
    readonly volumeClaimTemplates: readonly object[];
  };
  readonly rbac: { readonly namespaces: readonly string[]; readonly rules: readonly Rule[] };
  readonly service: { readonly enabled: false };
}

interface Rule {
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly verbs: readonly string[];
}

/** The user of Alloy's image. */
const user = 473;
const folder = "/var/lib/alloy";

/**
 * Reads the logs of the platform's pods, and what Kubernetes says happened to them, by the Kubernetes API. So it needs
 * nothing of the nodes, is one pod however many there are, and sees the platform's own namespaces alone.
 */
export function alloyValues(context: PartContext, namespaces: readonly string[]): AlloyValues {
  const config = alloyConfig(namespaces);
  return {
    fullnameOverride: "alloy",
    image: inRegistry(context.image(images.alloy)),
    crds: { create: false },
    global: { podSecurityContext: { ...restrictedPod, fsGroup: user } },
    alloy: {
      configMap: { content: config },
      enableReporting: false,
      storagePath: folder,
      mounts: { extra: [{ name: "positions", mountPath: folder }] },
      securityContext: { ...restrictedContainer, runAsUser: user, runAsGroup: user },
      resources: resources(context.cluster.scale, 50, 192, 512),
    },
    // A change of the configuration starts the pod again; a second container to see it is not needed.
    configReloader: { enabled: false },
    controller: {
      type: "statefulset",
      replicas: 1,
      priorityClassName: priorities.tools,
      podAnnotations: { "open-mlops/configuration": createHash("sha256").update(config).digest("hex").slice(0, 16) },
      volumeClaimTemplates: [
        {
          metadata: { name: "positions" },
          spec: {
            accessModes: ["ReadWriteOnce"],
            storageClassName: context.cluster.storageClass.name,
            resources: { requests: { storage: `${alloyGiB}Gi` } },
          },
        },
      ],
    },
    rbac: {
      namespaces,
      rules: [{ apiGroups: [""], resources: ["pods", "pods/log", "events"], verbs: ["get", "list", "watch"] }],
    },
    service: { enabled: false },
  };
}

/** Alloy's own language. */
export function alloyConfig(namespaces: readonly string[]): string {
  const names = JSON.stringify(namespaces);
  const label = (from: string, to: string) =>
    `  rule {\n    source_labels = ["${from}"]\n    target_label  = "${to}"\n  }`;
  return `discovery.kubernetes "pods" {
  role = "pod"
  namespaces {
    names = ${names}
  }
}

discovery.relabel "pods" {
  targets = discovery.kubernetes.pods.targets
${label("__meta_kubernetes_namespace", "namespace")}
${label("__meta_kubernetes_pod_name", "pod")}
${label("__meta_kubernetes_pod_container_name", "container")}
${label("__meta_kubernetes_pod_node_name", "node")}
}

loki.source.kubernetes "pods" {
  targets    = discovery.relabel.pods.output
  forward_to = [loki.write.loki.receiver]
}

loki.source.kubernetes_events "events" {
  namespaces = ${names}
  job_name   = "events"
  forward_to = [loki.write.loki.receiver]
}

loki.write "loki" {
  endpoint {
    url = "http://loki.logging:3100/loki/api/v1/push"
  }
}
`;
}
