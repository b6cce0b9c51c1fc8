import { execFileSync } from "node:child_process";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { alertRules } from "../../../constructs/foundation/monitoring/alerts";
import { dashboards } from "../../../constructs/foundation/monitoring/dashboards";
import { chooseComponents, fiveTools } from "../../support/platform";

/** What Prometheus itself makes of alerts and dashboards: PROMTOOL is its program. Files of rules may be JSON. */
const { PROMTOOL: promtool } = process.env;
const parts = chooseComponents(fiveTools);

/** Series by their values, each minute: `0x60` is an hour of nothing. */
type Series = Readonly<Record<string, string>>;

const spawned = (status: string) =>
  `jupyterhub_server_spawn_duration_seconds_count{namespace="jupyterhub",status="${status}"}`;
const answered = (code: number) =>
  `rest_server_requests_total{namespace="seldon",path="/v2/models/{model_name}/infer",seldon_deployment_id="trees",status_code="${code}"}`;
const edge = (manager: string, code: number) =>
  `envoy_http_downstream_rq_xx{envoy_http_conn_manager_prefix="${manager}",envoy_response_code_class="${code}"}`;
/** Each proxy tells it of each certificate that it shows. */
const shown = (certificate: string, pod: string) =>
  `envoy_listener_ssl_certificate_expiration_unix_time_seconds{envoy_tls_certificate="${certificate}",pod="${pod}"}`;

/** An alert, figures with which it has to be there after 50 minutes, and figures with which it must not. */
const cases: readonly [string, Series, Series][] = [
  ["ServersDoNotStart", { [spawned("failure")]: "0+1x60" }, { [spawned("already-pending")]: "0+1x60" }],
  [
    "ModelFails",
    { [answered(200)]: "0+90x60", [answered(500)]: "0+10x60" },
    { [answered(200)]: "0+90x60", [answered(422)]: "0+90x60", [answered(500)]: "0+1x60" },
  ],
  [
    "EdgeFails",
    { [edge("https-10443", 2)]: "0+90x60", [edge("https-10443", 5)]: "0+10x60", [edge("admin", 2)]: "0+9000x60" },
    { [edge("https-10443", 2)]: "0+90x60", [edge("admin", 5)]: "0+90x60" },
  ],
  [
    "ToolDown",
    {
      'kube_statefulset_status_replicas_ready{namespace="mlflow",statefulset="store"}': "0x60",
      'kube_statefulset_replicas{namespace="mlflow",statefulset="store"}': "1x60",
    },
    {
      'kube_deployment_status_replicas_available{namespace="somebody",deployment="theirs"}': "0x60",
      'kube_deployment_spec_replicas{namespace="somebody",deployment="theirs"}': "1x60",
    },
  ],
  [
    "VolumeFull",
    {
      'kubelet_volume_stats_available_bytes{namespace="jupyterhub",persistentvolumeclaim="claim-ada"}': "5x60",
      'kubelet_volume_stats_capacity_bytes{namespace="jupyterhub",persistentvolumeclaim="claim-ada"}': "100x60",
    },
    {
      'kubelet_volume_stats_available_bytes{namespace="jupyterhub",persistentvolumeclaim="claim-ada"}': "50x60",
      'kubelet_volume_stats_capacity_bytes{namespace="jupyterhub",persistentvolumeclaim="claim-ada"}': "100x60",
    },
  ],
  [
    "CertificateExpires",
    { 'certmanager_certificate_expiration_timestamp_seconds{name="edge"}': "600000x80" },
    { 'certmanager_certificate_expiration_timestamp_seconds{name="edge"}': "700000x80" },
  ],
  [
    "PodsWait",
    { 'kube_pod_status_phase{namespace="prefect",pod="run",phase="Pending"}': "1x60" },
    {
      // Kept room, in a cluster that is full, and runs of which each waits a quarter of an hour.
      'kube_pod_status_phase{namespace="jupyterhub",pod="room-0",phase="Pending"}': "1x60",
      'kube_pod_info{namespace="jupyterhub",pod="room-0",priority_class="open-mlops-placeholders"}': "1x60",
      'kube_pod_status_phase{namespace="prefect",pod="one",phase="Pending"}': "1x15 0x45",
      'kube_pod_status_phase{namespace="prefect",pod="two",phase="Pending"}': "0x15 1x15 0x30",
      'kube_pod_status_phase{namespace="prefect",pod="three",phase="Pending"}': "0x30 1x15 0x15",
      'kube_pod_status_phase{namespace="prefect",pod="four",phase="Pending"}': "0x45 1x15",
    },
  ],
  [
    "GpuBroken",
    { 'DCGM_FI_DEV_XID_ERRORS{node="one",gpu="0"}': "79x60" },
    { 'DCGM_FI_DEV_XID_ERRORS{node="one",gpu="0"}': "0x60", 'DCGM_FI_DEV_XID_ERRORS{node="one",gpu="1"}': "31x60" },
  ],
  [
    "ModelNotWatched",
    // Time begins at 0 here, so what was watched before that is old.
    { 'open_mlops_watched_timestamp_seconds{model="flights"}': "-300000x80" },
    { 'open_mlops_watched_timestamp_seconds{model="flights"}': "0x80" },
  ],
  [
    "InferenceLogLost",
    { 'inference_log_lost_total{model="flights",version="3"}': "0x40 3x40" },
    { 'inference_log_lost_total{model="flights",version="3"}': "5x80" },
  ],
  [
    "InferenceLogWaits",
    { 'inference_log_segments_waiting{namespace="seldon",pod="flights-0"}': "1x80" },
    { 'inference_log_segments_waiting{namespace="seldon",pod="flights-0"}': "1x40 0x40" },
  ],
  [
    "CertificateExpires",
    {
      [shown("keys/mlops-team-example", "one")]: "600000x80",
      [shown("keys/mlops-team-example", "two")]: "600000x80",
    },
    { [shown("keys/mlops-team-example", "one")]: "700000x80" },
  ],
  ["NotWatched", { 'up{namespace="mlflow",job="mlflow/server"}': "0x60" }, { 'up{namespace="somebody"}': "0x60" }],
];

function run(rules: object, tests: readonly object[]): string {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "promtool-"));
  const file = (name: string, content: object) => fs.writeFileSync(path.join(folder, name), JSON.stringify(content));
  file("rules.json", rules);
  file("tests.json", { rule_files: ["rules.json"], evaluation_interval: "1m", tests });
  return execFileSync(promtool ?? "", ["test", "rules", path.join(folder, "tests.json")], { encoding: "utf8" });
}

const seriesOf = (given: Series) => Object.entries(given).map(([series, values]) => ({ series, values }));

if (promtool) {
  const { groups } = alertRules("monitoring", parts).spec;

  test.each(cases)("%s is there when it should be, and not when not", (name, bad, good) => {
    const count = (input: Series, samples: readonly object[]) => ({
      interval: "1m",
      input_series: seriesOf(input),
      promql_expr_test: [
        {
          expr: `count(ALERTS{alertname="${name}",alertstate="firing"}) or vector(0)`,
          eval_time: name === "CertificateExpires" ? "70m" : "50m",
          exp_samples: samples,
        },
      ],
    });
    expect(
      run({ groups }, [count(bad, [{ labels: "{}", value: 1 }]), count(good, [{ labels: "{}", value: 0 }])]),
    ).toMatch(/SUCCESS/);
  });

  test("what a person's pods cost is added up over servers and clusters, at the prices of their nodes", () => {
    const panel = dashboards(parts)["spend"]?.panels.find(({ title }) => title === "Each person, an hour");
    const pod = (name: string) => `namespace="jupyterhub",pod="${name}",container="notebook",node="one"`;
    const gibibytes = 4 * 1024 ** 3;
    const input = {
      [`container_cpu_allocation{${pod("ada")}}`]: "2x10",
      [`container_memory_allocation_bytes{${pod("ada")}}`]: `${gibibytes}x10`,
      [`container_gpu_allocation{${pod("ada")}}`]: "1x10",
      [`container_cpu_allocation{${pod("bob")}}`]: "1x10",
      [`container_memory_allocation_bytes{${pod("bob")}}`]: `${gibibytes}x10`,
      'node_cpu_hourly_cost{node="one",instance="one"}': "0.03x10",
      'node_ram_hourly_cost{node="one",instance="one"}': "0.01x10",
      'node_gpu_hourly_cost{node="one",instance="one"}': "0.5x10",
      'kube_pod_labels{namespace="jupyterhub",pod="ada",label_hub_jupyter_org_username="ada"}': "1x10",
      'kube_pod_labels{namespace="jupyterhub",pod="bob",label_hub_jupyter_org_username="bob"}': "1x10",
    };
    const of = (name: string, value: number) => ({ labels: `{label_hub_jupyter_org_username="${name}"}`, value });
    const expr = panel?.targets[0]?.expr;
    const asked = { expr, eval_time: "5m", exp_samples: [of("ada", 0.6), of("bob", 0.07)] };
    expect(run({ groups: [] }, [{ interval: "1m", input_series: seriesOf(input), promql_expr_test: [asked] }])).toMatch(
      /SUCCESS/,
    );
  });
} else {
  test.skip("what Prometheus makes of alerts and dashboards; not run: set PROMTOOL to its program", () => {});
}
