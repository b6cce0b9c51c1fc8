import type { LabContext, LabForm } from "../../contracts/lab";
import type { Offers } from "../../contracts/offers";

/** MLServer by itself: the same server and protocol that the operator runs in a cluster, with a folder of models. */
export function seldonProcesses(context: LabContext<"tracking">): LabForm<Offers["serving"]> {
  const port = context.port("mlserver");
  const models = context.folder("models");
  const address = `http://127.0.0.1:${port}`;
  return {
    offer: {
      address,
      page: `${address}/v2/docs`,
      clientEnv: { OPEN_MLOPS_SERVING_TARGET: `mlserver://127.0.0.1:${port}?models=${encodeURIComponent(models)}` },
    },
    processes: [
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
        ready: `${address}/v2/health/ready`,
        ports: ["mlserver", "mlserver-grpc", "mlserver-metrics"],
      },
    ],
  };
}
