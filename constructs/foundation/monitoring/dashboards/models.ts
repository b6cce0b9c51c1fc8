import type { Watched } from "../watched";
import { type Dashboard, dashboard } from "./dashboard";

/** The label of a model's pods that names its deployment, as Prometheus writes it. */
export const modelLabel = "seldon_deployment_id";

/** What each model's clients see, and whether its data still looks like what it learned from. */
export function modelsDashboard(watched: Watched): Dashboard {
  const inServing = `namespace="${watched.of("serving")}"`;
  const requests = `rest_server_requests_total{${inServing},path=~".*/infer"}`;
  const failed = `rest_server_requests_total{${inServing},path=~".*/infer",status_code=~"5.."}`;
  const durations = `rest_server_request_duration_seconds_bucket{${inServing},path=~".*/infer"}`;
  const quantile = (q: number) => `histogram_quantile(${q}, sum by (le, ${modelLabel}) (rate(${durations}[5m])))`;
  const legend = `{{${modelLabel}}}`;
  return dashboard("models", "Models", "What each model's clients see", [
    {
      title: "Requests a second",
      description: "As the model's server counts them.",
      unit: "reqps",
      queries: { [legend]: `sum by (${modelLabel}) (rate(${requests}[5m]))` },
    },
    {
      title: "Requests that fail",
      description: "Of all, those that the server could not answer (5xx). A wrong request (4xx) is its client's.",
      unit: "percentunit",
      queries: {
        [legend]: `sum by (${modelLabel}) (rate(${failed}[5m])) / sum by (${modelLabel}) (rate(${requests}[5m]))`,
      },
    },
    {
      title: "Answered in",
      description: "Half of the requests, 95 and 99 of a hundred.",
      unit: "s",
      queries: {
        [`${legend} p50`]: quantile(0.5),
        [`${legend} p95`]: quantile(0.95),
        [`${legend} p99`]: quantile(0.99),
      },
    },
    {
      title: "Requests at a time",
      description: "More than before at the same rate: the model gets slower.",
      unit: "short",
      queries: { [legend]: `sum by (${modelLabel}) (rest_server_requests_in_progress{${inServing}})` },
    },
    {
      title: "Memory",
      description: "Of each pod. A line that climbs for days is a leak.",
      unit: "bytes",
      queries: {
        "{{pod}}": `sum by (pod) (container_memory_working_set_bytes{${inServing},container!=""})`,
      },
    },
    {
      title: "Drift",
      description: "What watching writes of each model: how far what comes in is from what it learned from.",
      unit: "short",
      queries: { "{{model}} {{column}}": "max by (model, column) (open_mlops_drift_score)" },
    },
    {
      title: "Performance",
      description: "The metric of each model's watching, where the truth has come: now, and before on held-out data.",
      unit: "short",
      queries: { "{{model}} {{when}}": "max by (model, when) (open_mlops_performance)" },
    },
  ]);
}
