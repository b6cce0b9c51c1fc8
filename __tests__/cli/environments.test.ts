import { execFile } from "node:child_process";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { deployCommand } from "../../cli/deploy";
import { destroyCommand } from "../../cli/destroy";
import { doctorCommand } from "../../cli/doctor";
import { statusCommand } from "../../cli/status";
import { kubernetesVersions } from "../../constructs/contracts/kubernetes-versions";
import { readEnvironment } from "../../deployment/synthesize";

const root = path.resolve(__dirname, "../..");
const folder = fs.mkdtempSync(path.join(os.tmpdir(), "open-mlops-cli-"));

/** The command as a person runs it. */
function mlops(
  args: readonly string[],
  env: NodeJS.ProcessEnv = {},
): Promise<{ code: number; stdout: string; stderr: string }> {
  return new Promise((resolve) => {
    const options = { env: { ...process.env, OPEN_MLOPS_LAB_DIR: path.join(folder, "lab"), ...env } };
    execFile(process.execPath, [path.join(root, "cli/mlops.mjs"), ...args], options, (error, stdout, stderr) => {
      resolve({ code: error ? Number(error.code) : 0, stdout, stderr });
    });
  });
}

test("each command has help that says what it is for", () => {
  for (const command of [deployCommand(), statusCommand(), destroyCommand(), doctorCommand()]) {
    expect(command.description()).toMatch(/\.$/);
    expect(command.helpInformation()).toContain("--json");
  }
});

test("an environment that is not there, the lab, and a broken file are told with the names there are", () => {
  const broken = path.join(folder, "broken.json");
  fs.writeFileSync(broken, "{");
  expect(() => readEnvironment("pord")).toThrow(/no environment "pord"; use one of dev, .*prod/);
  expect(() => readEnvironment("lab")).toThrow("mlops lab up");
  expect(() => readEnvironment(broken)).toThrow("broken.json is not JSON");
  const slip = path.join(folder, "slip.ts");
  fs.writeFileSync(slip, "export default { name: ");
  expect(() => readEnvironment(slip)).toThrow("slip.ts cannot be read as an environment; mend it");
  expect(() => readEnvironment("./no-such.json")).toThrow("no-such.json is not there");
});

test("a version out of support keeps its own environment from being deployed, and no other", () => {
  const dev = readEnvironment("dev");
  if (dev.place !== "aws") throw new Error("dev is no AWS environment");
  const last = new Date(`${kubernetesVersions[dev.kubernetes.version]}T00:00:00Z`);
  const after = new Date(last.getTime() + 2 * 86_400_000);
  expect(readEnvironment("dev", last).name).toBe("dev");
  expect(readEnvironment("existing", after).name).toBe("existing");
  // dev's trouble is told, and not prod's beside it.
  expect(() => readEnvironment("dev", after)).toThrow(/1 problem\n.*dev\.kubernetes\.version is "1\.\d+"/);
  // What is there can still be looked after, and destroyed.
  expect(readEnvironment("dev").name).toBe("dev");
});

test("destroy does not delete where nobody can answer", async () => {
  expect(await mlops(["destroy", "dev"])).toMatchObject({ code: 1, stderr: expect.stringContaining("--yes") });
});

test("deploy without Terraform says what to install, before anything is done", async () => {
  expect(await mlops(["deploy", "dev"], { TERRAFORM: "/no/such/terraform" })).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('TERRAFORM is "/no/such/terraform"'),
  });
});

test("doctor looks at this machine, and each fault has a remedy", async () => {
  const { stdout } = await mlops(["doctor", "--json"]);
  const { findings } = JSON.parse(stdout) as { findings: { check: string; verdict: string; remedy?: string }[] };
  expect(findings.map(({ check }) => check)).toEqual(["node", "python", "disk", "memory", "ports"]);
  for (const { verdict, remedy } of findings) expect(verdict === "pass" || remedy).toBeTruthy();
});
