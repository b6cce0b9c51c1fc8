import { spawn } from "node:child_process";
import * as path from "node:path";
import { environment, eventually, mlops, paths, processStatus, run, terminal } from "./running-lab";

/** The life of a model on this machine, with nothing replaced. Each test goes on where the one before has ended. */

beforeAll(async () => {
  const up = await mlops("lab", "up", "--detach");
  if (up.code !== 0) throw new Error(up.output);
});

afterAll(async () => {
  await mlops("lab", "down");
});

test("fifty requests a second are all answered while one version is released and three are taken back", async () => {
  const { code, output } = await run("npm", ["run", "tutorial", "--", "canary-and-rollback"]);
  console.log(output.slice(-3000));
  if (code !== 0) throw new Error(output.slice(-8000));
  const [, requests, seconds, failed] = /([\d,]+) requests in (\d+) s, (\d+) failed/.exec(output) ?? [];
  expect(Number(failed)).toBe(0);
  expect(Number(seconds)).toBeGreaterThanOrEqual(60);
  // Fifty a second, each sent when it is due.
  expect(Number(requests?.replaceAll(",", ""))).toBeGreaterThan(49 * 60);
});

test("a model of the winter fails in April, is trained anew in June, and a worse one is refused in December", async () => {
  const { code, output } = await run("npm", ["run", "tutorial", "--", "drift-and-retraining"]);
  console.log(output.slice(-8000));
  if (code !== 0) throw new Error(output.slice(-12_000));
  const months = Object.fromEntries(
    [...output.matchAll(/^ +(\d+) +(\d+) +([\d.]+) +(yes|no) +(.*)$/gm)].map(
      ([, month, version, , drifted, verdict]) => [month, { version, drifted, verdict }],
    ),
  );
  expect(months).toEqual({
    3: { version: "1", drifted: "no", verdict: "" },
    4: { version: "1", drifted: "yes", verdict: expect.stringMatching(/version 2 was refused: log_loss/) },
    6: { version: "1", drifted: "yes", verdict: "version 3 is the champion" },
    12: { version: "3", drifted: "yes", verdict: expect.stringMatching(/version 4 was refused: log_loss/) },
  });
  expect(output).toContain("requests that were lost: 0");
});

test("kill -9 of the model server, of MLflow and of Prefect loses no answer, no run and no row of the log", async () => {
  const script = path.join(__dirname, "life_under_kills.py");
  const child = spawn(path.join(paths.python, "toolbox", "bin", "python"), [script], {
    env: { ...environment, ...(await terminal()) },
  });
  let output = "";
  let errors = "";
  const killed: string[] = [];
  child.stderr.on("data", (chunk: Buffer) => {
    errors += chunk;
  });
  for await (const chunk of child.stdout) {
    output += chunk;
    for (const [, name = ""] of output.matchAll(/^kill (.+)$/gm)) {
      if (killed.includes(name)) continue;
      killed.push(name);
      process.kill((await processStatus(name)).pid ?? 0, "SIGKILL");
    }
  }
  await eventually(() => child.exitCode !== null);
  if (child.exitCode !== 0) throw new Error(errors.slice(-8000));
  console.log(output);
  expect(killed).toEqual(["mlserver", "mlflow", "prefect-server"]);
  const found = JSON.parse(output.trim().split("\n").at(-1) ?? "") as Record<string, unknown>;
  expect(found).toMatchObject({
    state: expect.stringMatching(/^Completed: version \d+ /),
    killed_in_the_middle: killed,
    missing: 0,
    twice: 0,
    runs: ["FINISHED"],
    metrics: [10],
  });
  expect(found["serves"]).toBe(found["champion"]);
  expect(Number(found["answered"])).toBeGreaterThan(500);
});
