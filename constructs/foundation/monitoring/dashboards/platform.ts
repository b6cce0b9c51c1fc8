import type { Watched } from "../watched";
import { type Dashboard, dashboard } from "./dashboard";

/** Whether people get what they ask for: servers, flow runs, clusters, and the nodes below them. */
export function platformDashboard(watched: Watched): Dashboard {
  const [hub, workflow, compute] = [watched.of("notebooks"), watched.of("workflow"), watched.of("compute")];
  const spawns = `jupyterhub_server_spawn_duration_seconds_bucket{namespace="${hub}",status="success"}`;
  const pods = (namespace: string, phase: string) =>
    `sum(kube_pod_status_phase{namespace="${namespace}",phase="${phase}"})`;
  return dashboard("platform", "The platform", "Whether people get what they ask for, and what it stands on", [
    {
      title: "A server starts in",
      description: "From the click to the page. Minutes are a node that is started; more is an image that is pulled.",
      unit: "s",
      queries: {
        half: `histogram_quantile(0.5, sum by (le) (rate(${spawns}[1h])))`,
        "nine of ten": `histogram_quantile(0.9, sum by (le) (rate(${spawns}[1h])))`,
      },
    },
    {
      title: "People's servers",
      description: "Running now, and people who were there in a day.",
      unit: "short",
      queries: {
        servers: `sum(jupyterhub_running_servers{namespace="${hub}"})`,
        "people in 24 hours": `max(jupyterhub_active_users{namespace="${hub}",period="24h"})`,
      },
    },
    {
      title: "Servers that did not start",
      description: "In the hour before. The Hub's log below says why.",
      unit: "short",
      queries: {
        "{{status}}": `sum by (status) (increase(jupyterhub_server_spawn_duration_seconds_count{namespace="${hub}",status=~"failure|throttled|too-many-users"}[1h]))`,
      },
    },
    {
      title: "Flow runs",
      description:
        "Those whose pod waits for a node, and those that run. A run that waits for its turn has no pod yet.",
      unit: "short",
      queries: { waiting: pods(workflow, "Pending"), running: pods(workflow, "Running") },
    },
    {
      title: "Dask",
      description: "Workers of all clusters, and tasks that wait for one.",
      unit: "short",
      queries: {
        "workers {{state}}": `sum by (state) (dask_scheduler_workers{namespace="${compute}"})`,
        "tasks queued": `sum(dask_scheduler_tasks{namespace="${compute}",state=~"queued|no-worker"})`,
      },
    },
    {
      title: "Pods that wait for room",
      description: "For a node that is started, or for one that nobody may start: then a group is at its largest.",
      unit: "short",
      queries: {
        "{{namespace}}": `sum by (namespace) ${watched.waiting}`,
      },
    },
    {
      title: "Memory in use, by node",
      description: "Of what the node has. Above nine tenths something is ended soon.",
      unit: "percentunit",
      queries: { "{{node}}": "1 - node_memory_MemAvailable_bytes / node_memory_MemTotal_bytes" },
    },
    {
      title: "Processors in use, by node",
      description: "All day at one is work that waits; all day near nothing is a node that is paid for nothing.",
      unit: "percentunit",
      queries: { "{{node}}": 'avg by (node) (1 - rate(node_cpu_seconds_total{mode="idle"}[5m]))' },
    },
    {
      title: "GPUs in use, by node",
      description:
        "Of the time, how much something runs on each. Near nothing all day is a GPU that is paid for nothing.",
      unit: "percentunit",
      queries: { "{{node}} {{gpu}}": "avg by (node, gpu) (DCGM_FI_DEV_GPU_UTIL) / 100" },
    },
    {
      title: "GPUs' memory in use, by pod",
      description: "Who has it. A pod that keeps a GPU and uses little of it might do with a slice.",
      unit: "percentunit",
      queries: {
        "{{exported_namespace}}/{{exported_pod}}":
          'max by (exported_namespace, exported_pod) (DCGM_FI_DEV_FB_USED{exported_pod!=""} / (DCGM_FI_DEV_FB_USED{exported_pod!=""} + DCGM_FI_DEV_FB_FREE{exported_pod!=""}))',
      },
    },
    {
      title: "Volumes in use",
      description: "Homes and the tools' own, of what each has.",
      unit: "percentunit",
      queries: {
        "{{namespace}}/{{persistentvolumeclaim}}": `1 - kubelet_volume_stats_available_bytes{namespace=~"${watched.all}"} / kubelet_volume_stats_capacity_bytes{namespace=~"${watched.all}"}`,
      },
    },
    {
      title: "Nodes cost an hour",
      description: "By the cloud's list, as OpenCost reads it.",
      unit: "currencyUSD",
      queries: { "{{instance_type}}": "sum by (instance_type) (node_total_hourly_cost)" },
    },
    {
      title: "Errors in the Hub's log",
      description: "What people saw when a server did not start.",
      kind: "logs",
      unit: "short",
      queries: { log: `{namespace="${hub}", container="hub"} |~ "(?i)error|traceback"` },
    },
    {
      title: "What Kubernetes warns of",
      description: "Pods that find no node, images that cannot be pulled, probes that fail.",
      kind: "logs",
      unit: "short",
      queries: { log: '{job="events"} |= "type=Warning"' },
    },
  ]);
}
