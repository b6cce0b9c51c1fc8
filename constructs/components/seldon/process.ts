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
        command: context.program("serving", "python"),
        args: ["-m", "open_mlops.serving", models],
        env: {
          ...context.clientEnv,
          // The one package of the project; in the serving image it lies in a folder of its own.
          PYTHONPATH: context.projectFile("toolbox/src"),
          OPEN_MLOPS_INFERENCE_JOURNAL: context.folder("inference-journal"),
          // A reader on this machine waits for a row at most so long.
          OPEN_MLOPS_INFERENCE_LOG_SECONDS: "2",
          MLSERVER_HOST: "127.0.0.1",
          MLSERVER_HTTP_PORT: String(port),
          MLSERVER_GRPC_PORT: String(context.port("mlserver-grpc")),
          MLSERVER_METRICS_PORT: String(context.port("mlserver-metrics")),
          MLFLOW_DISABLE_TELEMETRY: "true",
        },
        folder: models,
        ready: `${server}/v2/health/ready`,
        ports: ["mlserver", "mlserver-grpc", "mlserver-metrics"],
      },
    ],
  };
}
