import type { LabContext, LabForm } from "../../contracts/lab";
import type { Offers } from "../../contracts/offers";
import type { DaskGatewayOptions } from "./options";

/** The gateway with its local backend: a cluster's scheduler and workers are processes of this machine. */
export function daskGatewayProcesses(
  context: LabContext<"tracking">,
  options: DaskGatewayOptions,
): LabForm<Offers["compute"]> {
  const port = context.port("dask-gateway");
  const folder = context.folder("dask-gateway");
  const address = `http://127.0.0.1:${port}`;
  const { api, token } = context.signIn();
  return {
    offer: {
      address,
      clientEnv: {
        DASK_GATEWAY__ADDRESS: address,
        DASK_GATEWAY__PROXY_ADDRESS: `gateway://127.0.0.1:${port}`,
        DASK_GATEWAY__AUTH__TYPE: "jupyterhub",
      },
    },
    processes: [
      {
        name: "dask-gateway",
        command: context.program("toolbox", "dask-gateway-server"),
        args: ["-f", context.projectFile("constructs/components/dask-gateway/lab/dask_gateway_config.py")],
        env: {
          JUPYTERHUB_API_URL: api,
          JUPYTERHUB_API_TOKEN: token,
          GATEWAY_ADDRESS: `127.0.0.1:${port}`,
          GATEWAY_FOLDER: folder,
          GATEWAY_IDLE_SECONDS: String(options.idleMinutes * 60),
          GATEWAY_WORKER_CORES: String(Math.ceil(options.workerCores ?? 1)),
          GATEWAY_WORKER_MEMORY_GIB: String(options.workerMemoryGiB ?? 2),
          GATEWAY_MAX_WORKERS: String(options.maxWorkers),
          GATEWAY_CLUSTER_ENV: JSON.stringify(context.clientEnv),
        },
        folder,
        ready: `${address}/api/health`,
        ports: ["dask-gateway"],
      },
    ],
  };
}
