import { z } from "zod";
import { broken, type Case, offer, offerHere, processHere } from "./broken";

/** Another schema of options. */
const options = (name: string, schema: z.ZodType) =>
  broken(name, ({ definition }) => ({ definition: { ...definition, options: schema } }));

/** Rules broken by a component's form on this machine, or by its options. */
export const machineCases: readonly Case[] = [
  ["bounded-options", options("seldon", z.strictObject({ replicas: z.int().min(1) })), "replicas has no bounds"],
  [
    "bounded-options",
    options("seldon", z.strictObject({ sizes: z.array(z.strictObject({ cpu: z.number().max(64) })).optional() })),
    "sizes.cpu has no bounds",
  ],
  [
    "no-secret-on-command-lines",
    broken("jupyterhub", ({ lab, platform }) => ({
      lab: {
        ...lab,
        processes: [
          {
            name: "hub",
            command: "hub",
            args: [`--token=${platform.lab.secrets[0]}`],
            folder: "",
            ready: "",
            ports: [],
          },
        ],
      } as typeof lab,
    })),
    "hub",
  ],
  ["same-contract-here", offerHere("mlflow", () => ({})), "MLFLOW_TRACKING_URI is missing on this machine"],
  [
    "same-contract-here",
    offerHere("seldon", (clientEnv) => ({ ...clientEnv, OTHER: "x" })),
    "OTHER is on this machine alone",
  ],
  [
    "shared-data-here",
    processHere("dask-gateway", "dask-gateway", () => ({ env: {} })),
    "its processes do not get OPEN_MLOPS_DATA",
  ],
  [
    "found-here",
    processHere("jupyterhub", "hub", () => ({ env: {} })),
    "its processes do not get OPEN_MLOPS_SERVING_TARGET",
  ],
  [
    "plain-settings",
    offer("dask-gateway", { clientEnv: { DASK_GATEWAY__AUTH__TYPE: '{"type": "jupyterhub"}' } }),
    'DASK_GATEWAY__AUTH__TYPE is {"type": "jupyterhub"}',
  ],
  [
    "health-here",
    processHere("mlflow", "mlflow", () => ({ ready: "http://0.0.0.0:20000/health" })),
    "mlflow is asked at http://0.0.0.0:20000/health",
  ],
  [
    "health-here",
    processHere("prefect", "prefect-worker", () => ({ ready: "http://127.0.0.1:1/health" })),
    "prefect-worker is asked at http://127.0.0.1:1/health",
  ],
  [
    "same-question",
    offer("mlflow", { health: "http://mlflow.mlflow/version" }),
    "/version in a cluster, /health on this machine",
  ],
  ["own-logs", processHere("mlflow", "mlflow", () => ({ name: "hub" })), "hub.log is shared"],
  [
    "locked-here",
    processHere("mlflow", "mlflow", () => ({ command: "/usr/bin/mlflow" })),
    "mlflow runs /usr/bin/mlflow, which no lock holds",
  ],
  [
    "locked-here",
    processHere("mlflow", "mlflow", ({ command }) => ({ command: command.replace(/mlflow$/, "unpinned") })),
    "mlflow: unpinned",
  ],
  [
    "options-written-down",
    options("mlflow", z.strictObject({ secretMode: z.boolean() })),
    "its README does not name secretMode",
  ],
  [
    "any-value",
    options("prefect", z.strictObject({ extraServerValues: z.any() })),
    "1 ways to values of prefect-server, prefect-worker",
  ],
  ["runs-here", broken("seldon", () => ({ lab: { unavailable: "no" } })), "it does not run here, for no reason given"],
  [
    "no-detour",
    offerHere("mlflow", () => ({ MLFLOW_TRACKING_URI: "http://127.0.0.1:1/mlflow" })),
    "on this machine MLFLOW_TRACKING_URI leads to http://127.0.0.1:1/mlflow",
  ],
];
