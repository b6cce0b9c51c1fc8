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

/** What is always told while Prometheus gathers figures, so that somebody outside notices when it does not. */
export const heartbeat = "Heartbeat";

const alive = {
  name: "heartbeat",
  rules: [
    {
      alert: heartbeat,
      expr: "count(up) > 0",
      for: "0m",
      labels: { severity: "none" },
      annotations: {
        summary: "All is well: figures are gathered and alerts are sent",
        runbook: "docs/observability.md",
      },
    },
  ],
};

/** @param sendsHeartbeat whether somebody waits for it. Default: nobody does, and Grafana would show it for ever */
export function alertRules(namespace: string, parts: readonly Part[], sendsHeartbeat = false): PrometheusRule {
  return {
    apiVersion: "monitoring.coreos.com/v1",
    kind: "PrometheusRule",
    metadata: { name: "alerts", namespace },
    spec: {
      groups: [
        ...(sendsHeartbeat ? [alive] : []),
        ...Object.entries(alertGroups(parts)).map(([name, alerts]) => ({
          name,
          rules: alerts.map((alert) => ({
            alert: alert.name,
            expr: alert.expr,
            for: `${alert.minutes}m`,
            labels: { severity: alert.severity },
            annotations: { summary: alert.summary, runbook: runbookOf(alert) },
          })),
        })),
      ],
    },
  };
}
