import { type Dashboard, dashboard } from "./dashboard";

const gibibyte = 1024 ** 3;

/** Dollars an hour of each pod: what it is guaranteed or uses, whichever is more, at its node's prices. */
const podCost = [
  "sum by (namespace, pod) (container_cpu_allocation * on (node) group_left () node_cpu_hourly_cost)",
  `sum by (namespace, pod) (container_memory_allocation_bytes * on (node) group_left () node_ram_hourly_cost) / ${gibibyte}`,
].join(" + ");

/** GPUs are many times the rest, and few pods have one. */
const gpuCost = "sum by (namespace, pod) (container_gpu_allocation * on (node) group_left () node_gpu_hourly_cost)";

/** Of those pods alone that carry the label, by its value. */
function costBy(label: string): string {
  const labels = `max by (namespace, pod, ${label}) (kube_pod_labels{${label}!=""})`;
  const of = (cost: string) => `(${cost}) * on (namespace, pod) group_left (${label}) ${labels}`;
  return `sum by (${label}) (${of(podCost)}) + (sum by (${label}) (${of(gpuCost)}) or 0 * sum by (${label}) (${of(podCost)}))`;
}

const person = "label_hub_jupyter_org_username";
const team = "label_open_mlops_team";
const flow = "label_prefect_io_flow_name";

/** What the platform costs, and whose work it is. Pods say it by labels: a person's and a team's servers and Dask clusters, a flow's runs. */
export function spendDashboard(): Dashboard {
  const inAMonth = (hourly: string) => `730 * (${hourly})`;
  const ofAWeek = (hourly: string) => `sum_over_time((${hourly})[7d:1h])`;
  return dashboard(
    "spend",
    "Spend",
    "By the cloud's price list: discounts, the control plane and traffic are not in it; mlops cost and the bill have them",
    [
      {
        title: "Nodes, if a month went on like this",
        description: "Dollars an hour, times the hours of a month.",
        kind: "stat",
        unit: "currencyUSD",
        queries: { nodes: inAMonth("sum(node_total_hourly_cost)") },
      },
      {
        title: "Volumes, if a month went on like this",
        description: "All persistent volumes of the cluster, in use or not.",
        kind: "stat",
        unit: "currencyUSD",
        queries: {
          volumes: inAMonth(
            `sum(pv_hourly_cost * on (persistentvolume) group_left () kube_persistentvolume_capacity_bytes) / ${gibibyte}`,
          ),
        },
      },
      {
        title: "Each person in the last seven days",
        description: "Their servers and their Dask clusters. What is idle of a node is nobody's and is not in it.",
        kind: "bargauge",
        unit: "currencyUSD",
        queries: { [`{{${person}}}`]: ofAWeek(costBy(person)) },
      },
      {
        title: "Each team in the last seven days",
        description:
          "Its people's servers and Dask clusters. Runs of flows are of no team, and who is in none is not in it.",
        kind: "bargauge",
        unit: "currencyUSD",
        queries: { [`{{${team}}}`]: ofAWeek(costBy(team)) },
      },
      {
        title: "Each flow in the last seven days",
        description:
          "The pods of its runs. Dask clusters that a flow asks for are counted as the service's that runs flows.",
        kind: "bargauge",
        unit: "currencyUSD",
        queries: { [`{{${flow}}}`]: ofAWeek(costBy(flow)) },
      },
      {
        title: "Each person, an hour",
        description: "A line that does not end at night is a server that nobody stops.",
        unit: "currencyUSD",
        queries: { [`{{${person}}}`]: costBy(person) },
      },
      {
        title: "Each tool, an hour",
        description: "By namespace; with people's work in it.",
        unit: "currencyUSD",
        queries: { "{{namespace}}": `sum by (namespace) (${podCost})` },
      },
    ],
    "now-7d",
  );
}
