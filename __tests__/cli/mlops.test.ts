import { execFile } from "node:child_process";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";

const root = path.resolve(__dirname, "../..");

/** The command as a person runs it, with a lab folder of its own. */
function mlops(...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  const env = { ...process.env, OPEN_MLOPS_LAB_DIR: fs.mkdtempSync(path.join(os.tmpdir(), "open-mlops-cli-")) };
  return new Promise((resolve) => {
    execFile(process.execPath, [path.join(root, "cli/mlops.mjs"), ...args], { env }, (error, stdout, stderr) => {
      resolve({ code: error ? Number(error.code) : 0, stdout, stderr });
    });
  });
}

test.each([[[]], [["lab"]], [["lab", "up"]], [["tutorial"]], [["lineage"]]])("%j has help", async (command) => {
  const { code, stdout } = await mlops(...command, "--help");
  expect(code).toBe(0);
  expect(stdout).toContain("Usage: mlops");
});

test("an unknown command is wrong usage", async () => {
  expect(await mlops("lap")).toMatchObject({ code: 2, stderr: expect.stringContaining("unknown command 'lap'") });
});

test("the status of a lab that does not run has a code and a form of its own", async () => {
  expect(await mlops("lab", "status")).toMatchObject({ code: 3, stdout: expect.stringContaining("npm start") });
  const { stdout } = await mlops("lab", "status", "--json");
  expect(JSON.parse(stdout)).toEqual({ phase: "stopped", processes: [] });
});

test("stopping a lab that does not run is no failure", async () => {
  expect(await mlops("lab", "down", "--json")).toMatchObject({
    code: 0,
    stdout: '{"wasRunning":false,"leftOvers":0}\n',
  });
});

test("reset does not delete where nobody can answer", async () => {
  expect(await mlops("lab", "reset")).toMatchObject({ code: 1, stderr: expect.stringContaining("--yes") });
});

test("a tutorial needs a lab, and an unknown one is told the names", async () => {
  expect(await mlops("tutorial", "first-project")).toMatchObject({
    code: 1,
    stderr: expect.stringContaining("npm start"),
  });
  expect(await mlops("tutorial", "no-such")).toMatchObject({
    code: 1,
    stderr: expect.stringContaining("first-project"),
  });
});

test("lineage needs a lab, and something to look for", async () => {
  expect(await mlops("lineage", "flights")).toMatchObject({ code: 3, stderr: expect.stringContaining("npm start") });
  expect(await mlops("lineage")).toMatchObject({ code: 2, stderr: expect.stringContaining("what") });
});

test("what is asked for and not there is told with its remedy, without a stack", async () => {
  const { code, stderr } = await mlops("lab", "logs", "mlfow");
  expect(code).toBe(1);
  expect(stderr).toBe('There is no log of "mlfow"; use one of (none yet: run `npm start`)\n');
});
