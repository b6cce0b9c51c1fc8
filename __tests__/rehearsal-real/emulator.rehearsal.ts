import * as path from "node:path";
import { installFromLock } from "../../lab/python";
import { runCommand } from "../../lab/run-command";
import { type Emulator, startEmulator } from "../../rehearsal/emulator";

const tests = path.join(__dirname, "..", "..", "rehearsal", "tests");

test("what is laid over moto answers as the AWS SDK's models say", async () => {
  const environment = await installFromLock("rehearsal");
  const python = path.join(environment, "bin", "python");
  const env = { ...process.env, PYTHONDONTWRITEBYTECODE: "1" };
  const { code, output } = await runCommand(python, ["-m", "pytest", "-q", "-p", "no:cacheprovider", tests], { env });
  if (code !== 0) throw new Error(output.slice(-60).join("\n"));
});

describe("an emulator that runs", () => {
  let emulator: Emulator;
  beforeAll(async () => {
    emulator = await startEmulator({ region: "eu-west-1" });
  });
  afterAll(() => emulator?.stop());

  test("listens to this machine alone", () => expect(new URL(emulator.endpoint).hostname).toBe("127.0.0.1"));

  test("is gone when it is stopped, with what it wrote", async () => {
    const other = await startEmulator();
    await other.stop();
    await expect(fetch(other.endpoint)).rejects.toThrow();
    expect((await fetch(`${emulator.endpoint}/rehearsal/inventory`)).status).toBe(200);
  });

  test("does not outlive its starter, even one that is killed", async () => {
    const script = `
      require("tsx/cjs");
      require(${JSON.stringify(path.join(__dirname, "..", "..", "rehearsal", "emulator.ts"))})
        .startEmulator()
        .then(({ endpoint }) => { console.log(endpoint); setTimeout(() => process.kill(process.pid, "SIGKILL"), 200); });`;
    const { stdout } = await runCommand("node", ["-e", script]);
    const endpoint = stdout.trim();
    expect(endpoint).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
    for (let tries = 0; tries < 50; tries++) {
      const alive = await fetch(endpoint).then(
        () => true,
        () => false,
      );
      if (!alive) return;
      await new Promise((resume) => setTimeout(resume, 100));
    }
    throw new Error(`${endpoint} still answers`);
  });
});
