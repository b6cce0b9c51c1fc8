import { type ChildProcess, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import * as fs from "node:fs";
import * as net from "node:net";
import * as os from "node:os";
import * as path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { atIssuer, callbackPath } from "../../constructs/components/jupyterhub/identity";
import { hubRoles } from "../../constructs/components/jupyterhub/sign-in";
import { installEnvironment } from "../../lab/install";
import { labPaths } from "../../lab/paths";
import { findUv } from "../../lab/python";
import { runCommand } from "../../lab/run-command";
import { confirmInBrowser } from "./person";
import { audience, type Change, startChanging, stopIssuers } from "./support";

/** Who comes into a real JupyterHub, with the configuration that is deployed, and who stays when the issuer says otherwise. */

const folder = fs.mkdtempSync(path.join(os.tmpdir(), "open-mlops-hub-"));
const token = randomBytes(16).toString("hex");
const home = "/hub/home";
let hub: ChildProcess;
let address: string;
let change: (to: Change) => void;

beforeAll(async () => {
  const { python, packages } = await hubOfPins(folder);
  const [port, hubPort, proxyPort] = await Promise.all([freePort(), freePort(), freePort()]);
  address = `http://127.0.0.1:${port}`;
  const secret = randomBytes(16).toString("hex");
  const started = await startChanging({ secret, lifetime: 2, callback: `${address}${callbackPath}` });
  change = started.change;
  const endpoint = (name: string) => `${started.issuer}/${name}`;
  const people = atIssuer(
    {
      issuer: started.issuer,
      ...{ authorizeUrl: endpoint("auth"), tokenUrl: endpoint("token"), jwksUrl: endpoint("jwks") },
      // As at an issuer whose userinfo tells no groups: this one takes no token that is made for the platform.
      userinfoUrl: endpoint("me"),
      ...{ clientId: "hub", clientSecret: { name: "", key: "" }, scopes: ["openid"], audience },
      ...{ usernameClaim: "preferred_username", groupsClaim: "groups" },
      groups: { admins: ["admins"], members: ["members"], viewers: ["viewers"] },
    },
    address,
  );
  const given = {
    ...{ folder, token, public: address, hub: `http://127.0.0.1:${hubPort}` },
    proxyApi: `http://127.0.0.1:${proxyPort}`,
    proxy: [process.execPath, require.resolve("configurable-http-proxy/bin/configurable-http-proxy")],
    server: path.join(__dirname, "hub_server.py"),
    ...{ config: people.config, extraConfig: people.extraConfig, roles: hubRoles([], { keepsTokens: true }) },
  };
  const log = fs.openSync(path.join(folder, "log"), "w");
  hub = spawn(python, ["-m", "jupyterhub", "--config", path.join(__dirname, "hub_config.py")], {
    cwd: folder,
    env: {
      PATH: process.env["PATH"],
      HUB_GIVEN: JSON.stringify(given),
      PYTHONPATH: packages,
      OAUTH_CLIENT_SECRET: secret,
      JUPYTERHUB_CRYPT_KEY: randomBytes(32).toString("hex"),
    },
    stdio: ["ignore", log, log],
  });
  await eventually(
    async () => hub.exitCode !== null || (await fetch(`${address}/hub/health`).catch(() => undefined))?.ok === true,
    100_000,
  );
  if (hub.exitCode !== null) throw new Error(fs.readFileSync(path.join(folder, "log"), "utf8").slice(-2000));
}, 120_000);

afterAll(async () => {
  if (hub?.exitCode === null) {
    hub.kill("SIGTERM");
    await once(hub, "exit");
  }
  await stopIssuers();
});

const ask = (method: string, api: string, by = token, body?: object) =>
  fetch(`${address}/hub/api${api}`, {
    method,
    headers: { authorization: `token ${by}`, "content-type": "application/json" },
    body: body && JSON.stringify(body),
  });
const statusOf = async (page: string, cookies: ReadonlyMap<string, string>) =>
  (
    await fetch(`${address}${page}`, {
      redirect: "manual",
      headers: { cookie: [...cookies].map(([name, value]) => `${name}=${value}`).join("; ") },
    })
  ).status;
/** As long as what the Hub knows of a person counts as fresh. */
const nextLook = () => sleep(1100);

/** Somebody in a browser, with a server that runs. */
async function atWork() {
  change({ groups: { ada: ["members"] }, away: false });
  const cookies = new Map<string, string>();
  await confirmInBrowser(`${address}${home}`, { login: "ada" }, cookies);
  expect(await statusOf(home, cookies)).toBe(200);
  const start = await ask("POST", "/users/ada/server", token, {});
  expect([201, 202, 400]).toContain(start.status);
  await eventually(async () => (await servers())[""]?.ready === true);
  const own = fs.readFileSync(path.join(folder, "server-token"), "utf8");
  const reportsUse = async () =>
    (await ask("POST", "/users/ada/activity", own, { last_activity: new Date().toISOString() })).status;
  expect(await reportsUse()).toBe(200);
  /** As `open_mlops.tokens` asks for the person's token. */
  const asksForToken = async () => (await ask("GET", "/users/ada", own)).status;
  expect(await asksForToken()).toBe(200);
  return { cookies, reportsUse, asksForToken };
}
const servers = async () =>
  ((await (await ask("GET", "/users/ada")).json()) as { servers: Record<string, { ready: boolean }> }).servers;

test("who is in no group that may is not let in", async () => {
  const cookies = new Map<string, string>();
  expect(await confirmInBrowser(`${address}${home}`, { login: "vic" }, cookies)).toContain("403");
  expect(await statusOf(home, cookies)).not.toBe(200);
});

test("a server whose person's session has ended is still used, and the person signs in again", async () => {
  const { cookies, reportsUse, asksForToken } = await atWork();
  const anybodys = { note: "Server at /user/ada/" };
  const { token: forged } = (await (await ask("POST", "/users/ada/tokens", token, anybodys)).json()) as {
    token: string;
  };
  expect((await ask("GET", "/user", forged)).status).toBe(200);
  change({ groups: { ada: null } });
  for (let looks = 0; looks < 2; looks++) {
    await nextLook();
    expect(await reportsUse()).toBe(200);
    expect(await statusOf(home, cookies)).toBe(302);
    expect(await asksForToken()).toBe(403);
    // A note is anybody's to write, and makes no server of a person's own token.
    expect((await ask("GET", "/user", forged)).status).toBe(403);
  }
  expect((await servers())[""]?.ready).toBe(true);
});

test("so it is while the issuer is away", async () => {
  const { cookies, reportsUse } = await atWork();
  change({ away: true });
  // So long its last word holds.
  await sleep(2500);
  expect(await reportsUse()).toBe(200);
  expect(await statusOf(home, cookies)).toBe(302);
  change({ away: false });
  await nextLook();
  // The session was never over.
  expect(await statusOf(home, cookies)).toBe(200);
  expect((await servers())[""]?.ready).toBe(true);
});

test.each([
  ["a viewer", ["viewers"]],
  ["nobody", []],
])("who became %s is out at the next look, and so is their server", async (_, groups) => {
  const { cookies, reportsUse } = await atWork();
  change({ groups: { ada: groups } });
  await nextLook();
  expect(await reportsUse()).toBe(403);
  expect(await statusOf(home, cookies)).toBe(302);
  await eventually(async () => (await servers())[""] === undefined);
  await ask("POST", "/users/ada/server", token, {});
  expect(await servers()).toEqual({});
  expect(await confirmInBrowser(`${address}${home}`, { login: "ada" })).toContain("403");
});

/** Python with a Hub, and in a folder beside what its image has too, of the versions that it has there. */
async function hubOfPins(folder: string): Promise<{ python: string; packages: string }> {
  const paths = labPaths();
  const report = (line: string) => console.log(line);
  await installEnvironment(paths, "toolbox", report);
  const python = path.join(paths.python, "toolbox", "bin", "python");
  const packages = path.join(folder, "packages");
  const lock = path.join(paths.project, "toolbox", "locks", "services.txt");
  const { code, output } = await runCommand(await findUv(paths.python, python, report, process.env), [
    ...["pip", "install", "--python", python, "--target", packages, "--no-deps", "--require-hashes", "-r", lock],
  ]);
  if (code !== 0) throw new Error(output.join("\n"));
  return { python, packages };
}

async function freePort(): Promise<number> {
  const server = net.createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as net.AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}

async function eventually(is: () => Promise<boolean>, patience = 25_000): Promise<void> {
  const deadline = Date.now() + patience;
  while (!(await is())) {
    if (Date.now() > deadline) throw new Error(`not so after ${patience / 1000} s`);
    await sleep(100);
  }
}
