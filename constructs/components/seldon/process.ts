import type { LabContext, LabForm } from "../../contracts/lab";
import type { Offers } from "../../contracts/offers";
import { doorProcess } from "./door";

/**
 * MLServer by itself, the same server and protocol that the operator runs in a cluster, with a folder of models. Before
 * it is the front door, which splits a model's requests between versions as the edge does in a cluster.
 */
export function seldonProcesses(context: LabContext<"tracking">): LabForm<Offers["serving"]> {
  const port = context.port("mlserver");
  const models = context.folder("models");
  const server = `http://127.0.0.1:${port}`;
  const routes = context.folder("routes");
  const doorPort = context.port("door");
  const address = `http://127.0.0.1:${doorPort}`;
  const target = `mlserver://127.0.0.1:${doorPort}?${new URLSearchParams({ models, routes })}`;
  return {
    offer: { address, page: `${address}/v2/docs`, clientEnv: { OPEN_MLOPS_SERVING_TARGET: target } },
    processes: [
      doorProcess(context, { port: doorPort, server, routes }),
      {
        name: "mlserver",
        command: context.program("serving", "mlserver"),
        args: ["start", models],
        env: {
          ...context.clientEnv,
          MLSERVER_HOST: "127.0.0.1",
          MLSERVER_HTTP_PORT: String(port),
          MLSERVER_GRPC_PORT: String(context.port("mlserver-grpc")),
          MLSERVER_METRICS_PORT: String(context.port("mlserver-metrics")),
          // Inference in the server's own process: on a small machine a worker process adds latency and memory.
          MLSERVER_PARALLEL_WORKERS: "0",
          MLFLOW_DISABLE_TELEMETRY: "true",
        },
        folder: models,
        ready: `${server}/v2/health/ready`,
        ports: ["mlserver", "mlserver-grpc", "mlserver-metrics"],
      },
    ],
  };
}
