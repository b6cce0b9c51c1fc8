import type { LabContext, LabForm } from "../../contracts/lab";
import type { Offers } from "../../contracts/offers";
import type { PrefectOptions } from "./options";

/** The server on SQLite, and a worker that runs flows as processes of this machine. */
export function prefectProcesses(
  context: LabContext<"tracking" | "serving" | "compute">,
  options: PrefectOptions,
): LabForm<Offers["workflow"]> {
  const port = context.port("prefect-server");
  const health = context.port("prefect-worker");
  const folder = context.folder("prefect");
  const page = `http://127.0.0.1:${port}`;
  const clientEnv = { PREFECT_API_URL: `${page}/api`, PREFECT_DEFAULT_WORK_POOL_NAME: options.pool };
  const quiet = {
    PREFECT_SERVER_ANALYTICS_ENABLED: "false",
    PREFECT_SERVER_UI_SHOW_PROMOTIONAL_CONTENT: "false",
    DO_NOT_TRACK: "1",
    PREFECT_HOME: folder,
  };
  const prefect = context.program("toolbox", "prefect");
  return {
    offer: { address: clientEnv.PREFECT_API_URL, page, clientEnv },
    processes: [
      {
        name: "prefect-server",
        command: prefect,
        args: ["server", "start", "--host", "127.0.0.1", "--port", String(port)],
        env: {
          ...quiet,
          PREFECT_API_DATABASE_CONNECTION_URL: `sqlite+aiosqlite:///${folder}/prefect.db`,
          PREFECT_SERVER_UI_API_URL: clientEnv.PREFECT_API_URL,
          // By default any web page that a browser has open could call the API.
          PREFECT_SERVER_CORS_ALLOWED_ORIGINS: `${page},http://localhost:${port}`,
        },
        folder,
        ready: `${page}/api/health`,
        ports: ["prefect-server"],
      },
      {
        name: "prefect-worker",
        command: prefect,
        args: [
          ...["worker", "start", "--pool", options.pool, "--type", "process"],
          ...["--limit", String(options.concurrency), "--with-healthcheck"],
        ],
        env: {
          ...quiet,
          ...context.clientEnv,
          ...clientEnv,
          // Flow runs inherit this environment, and sign in to the compute engine with this token.
          JUPYTERHUB_API_TOKEN: context.signIn().token,
          PREFECT_WORKER_WEBSERVER_HOST: "127.0.0.1",
          PREFECT_WORKER_WEBSERVER_PORT: String(health),
        },
        folder,
        ready: `http://127.0.0.1:${health}/health`,
        after: ["prefect-server"],
        ports: ["prefect-worker"],
      },
    ],
  };
}
