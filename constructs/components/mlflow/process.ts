import type { LabContext, LabForm } from "../../contracts/lab";
import type { Offers } from "../../contracts/offers";

/** The MLflow server on SQLite and a folder, with artifacts passed through it as in a cluster. */
export function mlflowProcesses(context: LabContext): LabForm<Offers["tracking"]> {
  const port = context.port("mlflow");
  const folder = context.folder("mlflow");
  const address = `http://127.0.0.1:${port}`;
  return {
    offer: { address, page: address, clientEnv: { MLFLOW_TRACKING_URI: address } },
    processes: [
      {
        name: "mlflow",
        command: context.program("toolbox", "mlflow"),
        args: [
          ...["server", "--host", "127.0.0.1", "--port", String(port)],
          ...[
            "--backend-store-uri",
            "sqlite:///mlflow.db",
            "--artifacts-destination",
            "./artifacts",
            "--serve-artifacts",
          ],
          ...["--allowed-hosts", `127.0.0.1:${port},localhost:${port}`],
          ...["--cors-allowed-origins", `http://127.0.0.1:${port},http://localhost:${port}`],
          // One worker is enough for one machine; the default of four takes three times the memory.
          ...["--workers", "1"],
        ],
        env: {
          // Without it the server starts a pool of job processes: 13 instead of 3, and 2.1 GB instead of 0.4.
          MLFLOW_SERVER_ENABLE_JOB_EXECUTION: "false",
          MLFLOW_DISABLE_TELEMETRY: "true",
          DO_NOT_TRACK: "true",
        },
        folder,
        ready: `${address}/health`,
        ports: ["mlflow"],
      },
    ],
  };
}
