import type { LabContext, LabForm } from "../../contracts/lab";
import type { Offers } from "../../contracts/offers";
import type { JupyterhubOptions } from "./options";

/** The Hub and its proxy, apart from each other so that one can fail without the other. Servers are processes. */
export function jupyterhubProcesses(
  context: LabContext<"tracking" | "workflow" | "serving" | "compute">,
  options: JupyterhubOptions,
): LabForm<Offers["notebooks"]> {
  const hub = `http://127.0.0.1:${context.port("hub")}`;
  const proxy = `http://127.0.0.1:${context.port("proxy")}`;
  const proxyApi = `http://127.0.0.1:${context.port("proxy-api")}`;
  const folder = context.folder("jupyterhub");
  const proxyToken = { CONFIGPROXY_AUTH_TOKEN: context.secret("proxy-token") };
  const password = context.secret("password");
  return {
    offer: { address: proxy, page: proxy, clientEnv: {} },
    signInAs: { user: "me", password },
    terminalEnv: { JUPYTERHUB_API_TOKEN: context.secret("terminal-token") },
    processes: [
      {
        name: "proxy",
        command: context.program("node", "configurable-http-proxy"),
        args: [
          ...["--ip", "127.0.0.1", "--port", String(context.port("proxy"))],
          ...["--api-ip", "127.0.0.1", "--api-port", String(context.port("proxy-api"))],
          ...["--default-target", hub, "--error-target", `${hub}/hub/error`],
        ],
        env: proxyToken,
        folder,
        ready: `${proxy}/_chp_healthz`,
        // A proxy that was restarted has lost its routes; the Hub puts them back when asked.
        afterRestart: {
          post: `${hub}/hub/api/proxy`,
          headers: { Authorization: `token ${context.secret("admin-token")}` },
        },
        ports: ["proxy", "proxy-api"],
      },
      {
        name: "hub",
        command: context.program("toolbox", "jupyterhub"),
        args: ["-f", context.projectFile("constructs/components/jupyterhub/lab/jupyterhub_config.py")],
        env: {
          ...proxyToken,
          JPY_COOKIE_SECRET: context.secret("hub.config.JupyterHub.cookie_secret"),
          JUPYTERHUB_CRYPT_KEY: context.secret("hub.config.CryptKeeper.keys"),
          HUB_ADDRESS: hub,
          HUB_PUBLIC_ADDRESS: proxy,
          HUB_PROXY_API: proxyApi,
          HUB_FOLDER: folder,
          HUB_TUTORIALS: context.projectFile("tutorials"),
          HUB_PASSWORD: password,
          HUB_ADMIN_PASSWORD: context.secret("admin-password"),
          HUB_ADMIN_TOKEN: context.secret("admin-token"),
          HUB_TERMINAL_TOKEN: context.secret("terminal-token"),
          HUB_SERVICES: JSON.stringify(context.signInServices),
          HUB_SERVER_COMMAND: context.program("toolbox", "jupyterhub-singleuser"),
          HUB_IDLE_SECONDS: String(options.idleMinutes * 60),
          HUB_CLIENT_ENV: JSON.stringify(context.clientEnv),
        },
        folder,
        ready: `${hub}/hub/health`,
        after: ["proxy"],
        ports: ["hub"],
      },
    ],
  };
}
