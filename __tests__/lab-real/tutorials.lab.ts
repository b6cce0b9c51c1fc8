import { spawnSync } from "node:child_process";
import { mlops, run } from "./running-lab";

/** Tutorials as a person runs them, each by itself, in a lab that is up. */

beforeAll(async () => {
  const up = await mlops("lab", "up", "--detach");
  if (up.code !== 0) throw new Error(up.output);
});

afterAll(async () => {
  await mlops("lab", "down");
});

async function tutorial(name: string): Promise<string> {
  const { code, output } = await run("npm", ["run", "tutorial", "--", name]);
  console.log(output.slice(-6000));
  if (code !== 0) throw new Error(output.slice(-8000));
  return output;
}

test("deploy-a-model: what is running is said in full, and each prediction is explained", async () => {
  const output = await tutorial("deploy-a-model");
  for (const said of ["model_uri", "version", "run_id", "git_commit", "dataset_digest", "flavor", "state"])
    expect(output).toMatch(new RegExp(`^${said}: \\S+$`, "m"));
  expect(output).toContain("Everything was as expected.");
});

test("bring-your-own-model: ONNX, a class, and R where this machine has it", async () => {
  const output = await tutorial("bring-your-own-model");
  const names = ["own-onnx", "own-class"];
  const hasR = spawnSync("Rscript", ["--version"]).status === 0;
  if (hasR) names.push("own-r");
  else expect(output).toContain("own-r: left out, this machine has no R");
  for (const name of names) expect(output).toMatch(new RegExp(`^${name}: models:/${name}/\\d+ is READY`, "m"));
  expect(output.match(/500 of 500 predictions equal the model's, AUC/g)).toHaveLength(names.length);
});

test("gpu-training: says on which device it trained, and why", async () => {
  const output = await tutorial("gpu-training");
  expect(output).toMatch(/trained on (cpu|cuda) \(.+\) in [\d.]+ s/);
  expect(output).toMatch(/gpu-training version \d+ is served/);
});
