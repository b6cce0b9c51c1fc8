import type { Part } from "../../../contracts/foundation";
import type { PrometheusRule } from "../../../custom-resources/prometheus-operator";
import { watched } from "../watched";
import { type Alert, runbookOf } from "./alert";
import { clusterAlerts } from "./cluster";
import { peoplesAlerts } from "./people";

/** Every alert, by the group that it is evaluated with. */
export function alertGroups(parts: readonly Part[]): Readonly<Record<string, readonly Alert[]>> {
  const of = watched(parts);
  return { people: peoplesAlerts(of), cluster: clusterAlerts(of) };
}

export function alertRules(namespace: string, parts: readonly Part[]): PrometheusRule {
  return {
    apiVersion: "monitoring.coreos.com/v1",
    kind: "PrometheusRule",
    metadata: { name: "alerts", namespace },
    spec: {
      groups: Object.entries(alertGroups(parts)).map(([name, alerts]) => ({
        name,
        rules: alerts.map((alert) => ({
          alert: alert.name,
          expr: alert.expr,
          for: `${alert.minutes}m`,
          labels: { severity: alert.severity },
          annotations: { summary: alert.summary, runbook: runbookOf(alert) },
        })),
      })),
    },
  };
}
