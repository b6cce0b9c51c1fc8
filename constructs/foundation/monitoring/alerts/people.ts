import { modelLabel } from "../dashboards/models";
import type { Watched } from "../watched";
import type { Alert } from "./alert";

/** What people and models' clients notice. */
export function peoplesAlerts(watched: Watched): Alert[] {
  const hub = `namespace="${watched.of("notebooks")}"`;
  const serving = `namespace="${watched.of("serving")}",path=~".*/infer"`;
  const model = `{{ $labels.${modelLabel} }}`;
  // The edge's own pages, such as its probes, are other managers.
  const edge = 'envoy_http_conn_manager_prefix=~"https?-.*"';
  const rate = (matchers: string) => `sum by (${modelLabel}) (rate(rest_server_requests_total{${matchers}}[10m]))`;
  return [
    {
      name: "ServersDoNotStart",
      expr: `sum(increase(jupyterhub_server_spawn_duration_seconds_count{${hub},status="failure"}[30m])) > 2`,
      minutes: 0,
      severity: "critical",
      summary: "{{ $value | humanize }} notebook servers did not start within half an hour",
    },
    {
      name: "ServersStartSlowly",
      expr: `histogram_quantile(0.9, sum by (le) (rate(jupyterhub_server_spawn_duration_seconds_bucket{${hub},status="success"}[1h]))) > 300`,
      minutes: 15,
      severity: "warning",
      summary: "One notebook server in ten takes more than {{ $value | humanizeDuration }} to start",
    },
    {
      name: "ModelFails",
      expr: `${rate(`${serving},status_code=~"5.."`)} / ${rate(serving)} > 0.05`,
      minutes: 5,
      severity: "critical",
      summary: `The model ${model} does not answer {{ $value | humanizePercentage }} of its requests`,
    },
    {
      name: "ModelSlow",
      expr: `histogram_quantile(0.95, sum by (le, ${modelLabel}) (rate(rest_server_request_duration_seconds_bucket{${serving}}[10m]))) > 1`,
      minutes: 10,
      severity: "warning",
      summary: `The model ${model} takes more than {{ $value | humanizeDuration }} for one request in twenty`,
    },
    {
      name: "ModelDrifts",
      expr: "max by (model) (open_mlops_drift_detected) > 0",
      minutes: 0,
      severity: "warning",
      summary: "What the model {{ $labels.model }} is asked is no longer like what it learned from",
    },
    {
      name: "ModelNotWatched",
      expr: "time() - max by (model) (open_mlops_watched_timestamp_seconds) > 2 * 86400",
      minutes: 30,
      severity: "warning",
      summary: "The model {{ $labels.model }} was watched last {{ $value | humanizeDuration }} ago",
    },
    {
      name: "InferenceLogLost",
      expr: "sum by (model, version) (increase(inference_log_lost_total[30m])) > 0",
      minutes: 0,
      severity: "warning",
      summary:
        "{{ $value | humanize }} requests to {{ $labels.model }} version {{ $labels.version }} are not in the inference log",
    },
    {
      name: "InferenceLogWaits",
      expr: "sum by (namespace, pod) (inference_log_segments_waiting) > 0",
      minutes: 30,
      severity: "warning",
      summary: "The inference log of {{ $labels.namespace }}/{{ $labels.pod }} does not reach its bucket",
    },
    {
      name: "EdgeFails",
      expr: `sum(rate(envoy_http_downstream_rq_xx{${edge},envoy_response_code_class="5"}[10m])) / sum(rate(envoy_http_downstream_rq_xx{${edge}}[10m])) > 0.05`,
      minutes: 5,
      severity: "critical",
      summary: "{{ $value | humanizePercentage }} of what people ask from outside fails",
    },
  ];
}
