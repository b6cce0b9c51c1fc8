import * as path from "node:path";
import { runCommand } from "../../lab/run-command";
import type { Rehearsal } from "../../rehearsal/rehearse";

const project = path.join(__dirname, "..", "..");

async function rehearsed(name: string): Promise<{ code: number; result: Rehearsal }> {
  const { code, stdout, output } = await runCommand("node", [
    path.join(project, "cli", "mlops.mjs"),
    "rehearse",
    name,
    "--json",
  ]);
  try {
    return { code, result: JSON.parse(stdout) as Rehearsal };
  } catch {
    throw new Error(`mlops rehearse ${name} ended with ${code}:\n${output.join("\n")}`);
  }
}

/** Each is an environment of people's first day; what it makes in AWS is applied, stays as it is, and goes. */
describe.each(["dev", "prod"])("the cluster stack of %s", (name) => {
  let code: number;
  let result: Rehearsal;
  beforeAll(async () => {
    ({ code, result } = await rehearsed(name));
  }, 1_400_000);

  test("is applied by the real Terraform", () => {
    expect(code).toBe(0);
    expect(result.made).toBeGreaterThan(80);
    expect(result.provider.version).toMatch(/^\d+\.\d+\.\d+$/);
  });

  test("has nothing to change when it is planned again", () => expect(result.secondPlan).toEqual([]));

  test("leaves nothing when it is destroyed", () => {
    expect(result.left).toEqual([]);
    // AWS removes a key after days that no one can shorten to none; everything else goes at once.
    for (const each of result.waiting) expect(each).toMatch(/^kms Key /);
  });

  test("is left by the way that protection leaves open", () => expect(result.wasProtected).toBe(name === "prod"));

  test("is rehearsed nearly whole, and says what is not", () => {
    expect(result.resourcesLeftOut.length).toBeLessThanOrEqual(result.made * 0.05);
    for (const { what, reason } of [...result.resourcesLeftOut, ...result.argumentsLeftOut]) {
      expect(what).not.toBe("");
      expect(reason).not.toBe("");
    }
    // What an older provider does not know is little; with the pinned one nothing is left out for it.
    const unknown = result.argumentsLeftOut.filter(({ reason }) => /does not know/.test(reason));
    expect(unknown.length).toBeLessThanOrEqual(result.provider.version === result.provider.pinned ? 0 : 10);
  });
});
