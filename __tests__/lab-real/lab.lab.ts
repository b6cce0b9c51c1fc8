import * as fs from "node:fs";
import * as path from "node:path";
import { markedProcesses } from "../../lab/marked";
import {
  eventually,
  labId,
  listeners,
  loopback,
  mlops,
  paths,
  processStatus,
  project,
  run,
  Start,
  secret,
  status,
  terminal,
  toolboxPython,
} from "./running-lab";

/** The whole life of a lab, on this machine, with nothing replaced. Each test goes on where the one before has ended. */

const ready = "Ctrl-C stops everything";
const names = ["dask-gateway", "door", "hub", "mlflow", "mlserver", "prefect-server", "prefect-worker", "proxy"];
let start: Start;
let servedBefore: string;

beforeAll(async () => {
  await mlops("lab", "down");
  for (const each of [paths.data, paths.logs, paths.secrets, paths.ports])
    fs.rmSync(each, { recursive: true, force: true });
});

afterAll(async () => {
  await mlops("lab", "down");
});

test("npm start brings eight processes up, and tells how to get in", async () => {
  start = new Start();
  await start.until(ready);
  const { phase, processes } = await status();
  expect(phase).toBe("ready");
  expect(processes.map((process) => [process.name, process.state])).toEqual(
    expect.arrayContaining(names.map((name) => [name, "ready"])),
  );
  expect(processes).toHaveLength(names.length);
  expect(start.output).toContain(secret("jupyterhub/password"));
  const { stdout } = await mlops("lab", "status");
  console.log(stdout.replaceAll(secret("jupyterhub/password"), "(hidden)"));
});

test("secrets are for their owner's eyes, and in no log", async () => {
  expect(fs.statSync(paths.secrets).mode & 0o777).toBe(0o600);
  const secrets = Object.entries(JSON.parse(fs.readFileSync(paths.secrets, "utf8")) as Record<string, string>);
  for (const log of fs.readdirSync(paths.logs)) {
    const text = fs.readFileSync(path.join(paths.logs, log), "utf8");
    for (const [name, value] of secrets) {
      if (text.includes(value)) throw new Error(`${log} holds the secret ${name}`);
    }
  }
});

test("a second start finds the first", async () => {
  const { code, output } = await run("npm", ["start"]);
  expect(code).toBe(0);
  expect(output).toContain("The lab is up already");
  expect((await status()).pid).toBeGreaterThan(0);
});

test("the first project runs from another terminal, and what is served predicts as the local model does", async () => {
  const { code, output } = await run("npm", ["run", "tutorial", "--", "first-project"]);
  console.log(output.slice(-4000));
  if (code !== 0) throw new Error(output.slice(-8000));
});

test("the notebook runs in a person's own server of the Hub", async () => {
  const hub = (await processStatus("proxy")).address;
  const script = path.join(__dirname, "run_notebook.py");
  const notebook = "tutorials/first-project/explore.ipynb";
  const { code, stdout, output } = await toolboxPython([
    script,
    hub,
    secret("jupyterhub/admin-token"),
    "ada",
    notebook,
  ]);
  if (code !== 0) throw new Error(output);
  expect(Number(stdout)).toBeGreaterThan(0);
});

test("a prediction can be asked for by a program", async () => {
  const { code, stdout, output } = await toolboxPython([path.join(project, "tutorials/first-project/predict.py")]);
  if (code !== 0) throw new Error(output);
  servedBefore = stdout;
  expect(stdout.length).toBeGreaterThan(0);
});

test("everything listens on loopback: the tools, the user's server and its kernel", async () => {
  const pids = [(await status()).pid, ...(await markedProcesses(labId()))];
  const addresses = listeners(pids);
  expect(addresses.length).toBeGreaterThan(names.length);
  expect(addresses.filter((address) => !loopback.test(address))).toEqual([]);
});

test.each(names)("%s is killed, and recovers", async (name) => {
  const { pid, restarts } = await processStatus(name);
  process.kill(pid ?? 0, "SIGKILL");
  await eventually(async () => (await processStatus(name)).restarts > restarts, 30_000);
  await eventually(async () => (await status()).phase === "ready", 120_000);
});

test("after that the person's server is still there, and the model, runs and files are too", async () => {
  const hub = (await processStatus("proxy")).address;
  const response = await fetch(`${hub}/user/ada/api`, { redirect: "manual" });
  expect(response.status).toBe(200);
  const { stdout, code, output } = await toolboxPython([path.join(project, "tutorials/first-project/predict.py")]);
  if (code !== 0) throw new Error(output);
  expect(stdout).toBe(servedBefore);
});

test("Ctrl-C stops everything, a Dask cluster and the user's server too, and holds no port", async () => {
  const makeCluster =
    "import dask_gateway; c = dask_gateway.Gateway().new_cluster(shutdown_on_close=False); c.scale(1); c.get_client().wait_for_workers(1)";
  const { code, output } = await toolboxPython(["-c", makeCluster]);
  if (code !== 0) throw new Error(output);
  const before = await status();
  const pids = await markedProcesses(labId());
  // The tools, what they start, the user's server with its kernel, and the cluster's scheduler and worker.
  expect(pids.length).toBeGreaterThan(names.length + 3);
  start.interrupt();
  // npm passes on that it was interrupted, so its own code says nothing; what is left does.
  await start.exited;
  expect(start.output).toContain("Everything is stopped.");
  expect(await markedProcesses(labId())).toEqual([]);
  for (const { address } of before.processes) await expect(fetch(address)).rejects.toThrow();
  expect((await mlops("lab", "status")).code).toBe(3);
});

test("what a killed supervisor has left is cleaned up by the next start, and data survives", async () => {
  expect((await mlops("lab", "up", "--detach")).code).toBe(0);
  const { pid } = await status();
  process.kill(pid, "SIGKILL");
  await eventually(async () => (await mlops("lab", "status")).code === 3);
  expect((await markedProcesses(labId())).length).toBeGreaterThan(0);
  expect((await mlops("lab", "up", "--detach", "--json")).code).toBe(0);
  expect((await status()).pid).not.toBe(pid);
  const { stdout } = await toolboxPython([path.join(project, "tutorials/first-project/predict.py")]);
  expect(stdout).toBe(servedBefore);
});

test("the terminal's variables are the contract's", async () => {
  const env = await terminal();
  expect(env).toMatchObject({
    MLFLOW_TRACKING_URI: expect.stringMatching(/^http:\/\/127\.0\.0\.1:/),
    PREFECT_API_URL: expect.stringMatching(/\/api$/),
    OPEN_MLOPS_DATA: expect.stringMatching(/^file:\/\//),
  });
});

test("down from another terminal stops it", async () => {
  expect(await mlops("lab", "down")).toMatchObject({ code: 0, stdout: expect.stringContaining("stopped") });
  expect(await markedProcesses(labId())).toEqual([]);
});

test("Ctrl-C while it is starting leaves nothing", async () => {
  start = new Start();
  await start.until("prefect-worker");
  start.interrupt();
  await start.exited;
  expect(await markedProcesses(labId())).toEqual([]);
  expect(fs.existsSync(paths.state)).toBe(false);
});

test("a stop while it installs ends the installation, and nothing is started after it", async () => {
  fs.rmSync(path.join(paths.python, "serving", ".installed"));
  start = new Start();
  await start.until("Python environment: serving");
  start.interrupt();
  await start.exited;
  await new Promise((done) => setTimeout(done, 3000));
  expect(await markedProcesses(labId())).toEqual([]);
  expect(fs.existsSync(paths.state)).toBe(false);
});

test("of two starts at the same moment one starts the lab, and the other finds it", async () => {
  const both = [new Start(), new Start()];
  await eventually(() => both.some((each) => each.output.includes(ready)), 300_000);
  await eventually(() => both.some((each) => each.output.includes("up already")), 30_000);
  expect((await mlops("lab", "down")).stdout).toContain("stopped");
  expect(await markedProcesses(labId())).toEqual([]);
});

test("reset empties it, also when its secrets are broken", async () => {
  fs.writeFileSync(paths.secrets, "{ half");
  expect((await mlops("lab", "reset", "--yes")).code).toBe(0);
  expect(fs.existsSync(paths.data)).toBe(false);
  expect(fs.existsSync(paths.python)).toBe(true);
});
