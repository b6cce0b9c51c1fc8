import { spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import * as path from "node:path";
import { alive, endMarked, markedProcesses, markVariable } from "../../lab/marked";
import { Supervisor } from "../../lab/supervisor";
import { eventually, freePort, httpProcess, lines, temporaryFolder } from "./fixtures";

const limits = { startTimeout: 8000, backoff: 20, maxBackoff: 100, firstAttempts: 2, stopTimeout: 1500 };

function supervise(processes: ConstructorParameters<typeof Supervisor>[0]["processes"], folder: string) {
  const labId = randomUUID();
  return { labId, supervisor: new Supervisor({ processes, labId, logs: path.join(folder, "logs"), limits }) };
}

test("starts a process only when those it comes after are ready, and stops in the opposite order", async () => {
  const folder = temporaryFolder();
  const first = await httpProcess("first", folder, {
    script: "const until = Date.now() + 300; while (Date.now() < until);",
  });
  const second = await httpProcess("second", folder, { after: ["first"] });
  const { supervisor, labId } = supervise([second, first], folder);
  await supervisor.start();
  expect(lines(path.join(folder, "started"))).toEqual(["first", "second"]);
  expect(supervisor.status().map((status) => status.state)).toEqual(["ready", "ready"]);
  await supervisor.stop();
  expect(lines(path.join(folder, "stopped"))).toEqual(["second", "first"]);
  expect(await markedProcesses(labId)).toEqual([]);
});

test("starts a killed process again, and says why and how often", async () => {
  const folder = temporaryFolder();
  const { supervisor } = supervise([await httpProcess("tool", folder)], folder);
  await supervisor.start();
  process.kill(supervisor.status()[0]?.pid ?? 0, "SIGKILL");
  await eventually(() => supervisor.status()[0]?.state === "restarting");
  expect(supervisor.status()[0]?.reason).toBe("ended by SIGKILL");
  await eventually(() => supervisor.status()[0]?.state === "ready");
  expect(supervisor.status()[0]?.restarts).toBe(1);
  expect(lines(path.join(folder, "started"))).toEqual(["tool", "tool"]);
  await supervisor.stop();
});

test("waits longer before each further restart", async () => {
  const folder = temporaryFolder();
  const script = `if (fs.existsSync("started") && fs.readFileSync("started", "utf8").split("\\n").length < 5) {
    fs.appendFileSync("started", "failed\\n"); process.exit(7); }`;
  const { supervisor } = supervise([await httpProcess("tool", folder, { script })], folder);
  await supervisor.start();
  const killed = Date.now();
  process.kill(supervisor.status()[0]?.pid ?? 0, "SIGKILL");
  await eventually(() => supervisor.status()[0]?.restarts === 4 && supervisor.status()[0]?.state === "ready");
  // 20 + 40 + 80 + 100 (the most) milliseconds between them, at least.
  expect(Date.now() - killed).toBeGreaterThanOrEqual(240);
  await supervisor.stop();
});

test("leaves nothing of a start that fails, and shows the end of the culprit's log", async () => {
  const folder = temporaryFolder();
  const good = await httpProcess("good", folder);
  const bad = await httpProcess("bad", folder, { script: 'console.error("no such table: runs"); process.exit(3)' });
  const { supervisor, labId } = supervise([good, bad], folder);
  await expect(supervisor.start()).rejects.toMatchObject({
    message: "The lab did not start: bad exited with code 3. Everything was stopped again.",
    details: expect.arrayContaining(["no such table: runs"]),
  });
  expect(await markedProcesses(labId)).toEqual([]);
});

test("a command that is not there is a failed start with its name", async () => {
  const folder = temporaryFolder();
  const missing = { ...(await httpProcess("missing", folder)), command: path.join(folder, "no-such-program") };
  const { supervisor } = supervise([missing], folder);
  await expect(supervisor.start()).rejects.toThrow(/missing could not be run: .*ENOENT/);
});

test("a process that never answers is stopped, and the time is named", async () => {
  const folder = temporaryFolder();
  const deaf = { ...(await httpProcess("deaf", folder)), ready: `http://127.0.0.1:${await freePort()}/` };
  const supervisor = new Supervisor({
    processes: [deaf],
    labId: randomUUID(),
    logs: path.join(folder, "logs"),
    limits: { ...limits, startTimeout: 400, firstAttempts: 1 },
  });
  await expect(supervisor.start()).rejects.toThrow(/deaf did not answer at .* within 0.4 s/);
});

test("a process that ignores SIGTERM is killed when its time is up", async () => {
  const folder = temporaryFolder();
  const stubborn = await httpProcess("stubborn", folder, {
    script: 'process.on("SIGTERM", () => {}); process.exit = () => {}',
  });
  const { supervisor } = supervise([stubborn], folder);
  await supervisor.start();
  const pid = supervisor.status()[0]?.pid ?? 0;
  await supervisor.stop();
  expect(alive(pid)).toBe(false);
});

test("what a tool starts in a session of its own is ended too, as user servers and Dask workers are", async () => {
  const folder = temporaryFolder();
  const script = `require("child_process").spawn(process.execPath, ["-e", "setInterval(() => {}, 1000)"], { detached: true, stdio: "ignore" }).unref()`;
  const { supervisor, labId } = supervise([await httpProcess("tool", folder, { script })], folder);
  await supervisor.start();
  expect(await markedProcesses(labId)).toHaveLength(2);
  await supervisor.stop();
  expect(await markedProcesses(labId)).toEqual([]);
});

test("only processes with this lab's mark are ended", async () => {
  const [ours, theirs] = [randomUUID(), randomUUID()];
  const start = (id: string) =>
    spawn(process.execPath, ["-e", "setInterval(() => {}, 1000)"], {
      env: { ...process.env, [markVariable]: id },
      stdio: "ignore",
    });
  const other = start(theirs);
  start(ours);
  await eventually(async () => (await markedProcesses(ours)).length === 1);
  expect(await endMarked(ours)).toBe(1);
  expect(await markedProcesses(theirs)).toEqual([other.pid]);
  await endMarked(theirs);
});

test("a restarted process gets what it has lost, such as a proxy its routes", async () => {
  const folder = temporaryFolder();
  const script = `http.createServer((q, r) => { fs.appendFileSync("asked", q.method + " " + q.headers.authorization + "\\n"); r.end(); })`;
  const hubPort = await freePort();
  const hub = await httpProcess("hub", folder, { script: `${script}.listen(${hubPort}, "127.0.0.1")` });
  const proxy = {
    ...(await httpProcess("proxy", folder)),
    afterRestart: { post: `http://127.0.0.1:${hubPort}/`, headers: { authorization: "token t" } },
  };
  const { supervisor } = supervise([hub, proxy], folder);
  await supervisor.start();
  expect(lines(path.join(folder, "asked"))).toEqual([]);
  process.kill(supervisor.status()[1]?.pid ?? 0, "SIGKILL");
  await eventually(() => supervisor.status()[1]?.restarts === 1 && supervisor.status()[1]?.state === "ready");
  expect(lines(path.join(folder, "asked"))).toEqual(["POST token t"]);
  await supervisor.stop();
});
