import type { SecretRef } from "../../contracts/component";
import type { Part } from "../../contracts/foundation";
import type { PodTraffic } from "../../contracts/traffic";
import type { PodMonitor } from "../../custom-resources/prometheus-operator";

/**
 * One monitor for each group of pods that tells its figures. The port is written into the address: it need not be among
 * those that the pod's containers name, and each pod is one target, whichever others they do name.
 *
 * @param namespace of the monitors, which is where Prometheus looks for them
 * @param token sent to pods that ask for one
 */
export function podMonitors(parts: readonly Part[], namespace: string, token: SecretRef): PodMonitor[] {
  return parts.flatMap((part) =>
    Object.entries<PodTraffic>(part.traffic).flatMap(([group, { labels, metrics }]) =>
      metrics
        ? [
            {
              apiVersion: "monitoring.coreos.com/v1" as const,
              kind: "PodMonitor" as const,
              metadata: { name: `${part.name}-${group}`, namespace },
              spec: {
                namespaceSelector: { matchNames: [part.name] },
                selector: { matchLabels: labels },
                ...(metrics.labels ? { podTargetLabels: metrics.labels } : {}),
                podMetricsEndpoints: [
                  {
                    path: metrics.path,
                    ...(metrics.signIn ? { authorization: { credentials: token } } : {}),
                    relabelings: [
                      {
                        sourceLabels: ["__meta_kubernetes_pod_ip"],
                        targetLabel: "__address__",
                        replacement: `$1:${metrics.port}`,
                      },
                      { sourceLabels: ["__meta_kubernetes_pod_node_name"], targetLabel: "node" },
                      { targetLabel: "job", replacement: `${part.name}/${group}` },
                      // They tell the containers' ports apart, of which a pod would otherwise be as many targets.
                      { action: "labeldrop" as const, regex: "container|endpoint" },
                    ],
                  },
                ],
              },
            },
          ]
        : [],
    ),
  );
}
