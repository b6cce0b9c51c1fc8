import { spawn } from "node:child_process";
import * as fs from "node:fs";
import * as path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { Board } from "../../deployment/board";
import { runStack, waitForLock } from "../../deployment/deploy";
import { Terraform } from "../../deployment/terraform";
import { type Part, terraform, tinyStack } from "./tiny-stack";

/** With a real Terraform, on resources of its own provider. */

const components = ["mlflow", "jupyterhub"];

async function prepared(parts: readonly Part[]) {
  const stack = tinyStack(parts);
  const run = new Terraform(terraform, stack.folder);
  await run.init(() => {});
  return { stack, run };
}

async function until(condition: () => boolean, milliseconds = 10_000): Promise<void> {
  for (const deadline = Date.now() + milliseconds; !condition(); await sleep(20)) {
    if (Date.now() > deadline) throw new Error(`not within ${milliseconds} ms: ${condition}`);
  }
}

test("progress is shown by component, and a second run finds nothing to change", async () => {
  const { stack, run } = await prepared([
    { component: "namespaces" },
    { component: "mlflow" },
    { component: "mlflow" },
  ]);
  const board = new Board();
  const outcome = await runStack(stack, components, board, (onEvent) => run.apply(onEvent));
  expect(outcome).toMatchObject({ ok: true, changes: { add: 3, change: 0, remove: 0 }, errors: [] });
  expect(board.rows().map(({ name, state, text }) => [name, state, text])).toEqual([
    ["tiny-platform", "done", "3 made, 0 changed, 0 removed"],
    ["foundation", "done", "1 change"],
    ["mlflow", "done", "2 changes"],
  ]);
  expect((await run.plan()).changes).toMatchObject({ add: 0, change: 0, remove: 0 });
  expect((await run.destroy(() => {})).changes).toMatchObject({ remove: 3 });
  expect(await run.resources()).toEqual([]);
});

test("what failed is told with its own words, under its component, and the remedy is to run it again", async () => {
  const { stack, run } = await prepared([
    { component: "mlflow" },
    { component: "jupyterhub", command: "echo no such image >&2; exit 3" },
  ]);
  const board = new Board();
  const failed = runStack(stack, components, board, (onEvent) => run.apply(onEvent));
  await expect(failed).rejects.toMatchObject({
    message: expect.stringContaining("run the same command again"),
    details: expect.arrayContaining([expect.stringContaining("no such image")]),
  });
  expect(board.rows().find(({ name }) => name === "jupyterhub")).toMatchObject({ state: "failed" });
  expect(board.rows().find(({ name }) => name === "mlflow")).toMatchObject({ state: "done" });
});

test("an interrupt lets Terraform end what it is at, and the next run goes on", async () => {
  const { stack, run } = await prepared([{ component: "mlflow", command: "sleep 0.7" }, { component: "jupyterhub" }]);
  const board = new Board();
  const stopped = runStack(stack, components, board, (onEvent) => run.apply(onEvent));
  stopped.catch(() => {});
  await until(() => board.rows().some(({ name }) => name === "mlflow"));
  run.interrupt();
  run.interrupt();
  await expect(stopped).rejects.toThrow("was stopped as asked");
  expect(await run.resources()).toEqual(["terraform_data.part_0"]);
  expect((await run.apply(() => {})).ok).toBe(true);
  expect(await run.resources()).toHaveLength(2);
});

test("killed at five moments and run again it converges, with nothing doubled", async () => {
  const { stack, run } = await prepared(
    [1, 2, 3, 4].map((n) => ({ component: "mlflow", command: `touch ../../../made-${n}; sleep 0.15` })),
  );
  for (const moment of [0, 60, 150, 300, 450]) {
    const child = spawn(terraform.command, [`-chdir=${stack.folder}`, "apply", "-auto-approve", "-input=false"], {
      stdio: "ignore",
    });
    const ended = new Promise((resolve) => child.once("exit", resolve));
    await sleep(moment);
    child.kill("SIGKILL");
    await ended;
  }
  // The system gives a killed process' lock free, although its note stays.
  expect(await run.lockHolder()).toBeUndefined();
  expect((await run.apply(() => {})).ok).toBe(true);
  expect(await run.resources()).toHaveLength(4);
  expect((await run.plan()).changes).toMatchObject({ add: 0, change: 0, remove: 0 });
});

test("it survives that its starter is killed, and the next run waits for it", async () => {
  const { stack, run } = await prepared([{ component: "mlflow", command: "sleep 1.5" }, { component: "jupyterhub" }]);
  const script = path.join(stack.root, "start.ts");
  const source = JSON.stringify(path.resolve(__dirname, "../../deployment/terraform"));
  fs.writeFileSync(
    script,
    `import { Terraform } from ${source};\nvoid new Terraform(${JSON.stringify(terraform)}, ${JSON.stringify(stack.folder)}).apply(() => {});`,
  );
  const starter = spawn(process.execPath, ["--import", "tsx", script], {
    cwd: path.resolve(__dirname, "../.."),
    stdio: "ignore",
  });
  const lock = path.join(stack.root, ".state", ".tiny-platform.tfstate.lock.info");
  await until(() => fs.existsSync(lock));
  starter.kill("SIGKILL");
  const board = new Board();
  const holder = await run.lockHolder();
  expect(holder).toMatchObject({ operation: "OperationTypeApply" });
  await waitForLock(run, stack, board);
  expect(board.rows()).toEqual([expect.objectContaining({ state: "done", text: "has ended" })]);
  expect(await run.resources()).toHaveLength(2);
});

test("a lock that may never be given back is explained, with the command that does", async () => {
  const held = { id: "7283", who: "ada@laptop", operation: "OperationTypeApply", created: "2026-11-21" };
  const run = { lockHolder: async () => held } as unknown as Terraform;
  await expect(waitForLock(run, tinyStack([]), new Board(), -1)).rejects.toMatchObject({
    message: expect.stringContaining("OperationTypeApply of ada@laptop"),
    details: [expect.stringContaining("was killed"), expect.stringContaining("force-unlock 7283")],
  });
});

test("a provider that cannot be had is told with the remedy", async () => {
  const stack = tinyStack([]);
  const providers = { nothing: { source: "127.0.0.1/no/nothing", version: "1.0.0" } };
  fs.writeFileSync(
    path.join(stack.folder, "cdk.tf.json"),
    JSON.stringify({ terraform: { required_providers: providers } }),
  );
  await expect(new Terraform(terraform, stack.folder).init(() => {})).rejects.toThrow(
    "name a mirror in TF_CLI_CONFIG_FILE",
  );
});
