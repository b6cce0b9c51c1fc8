import { waitUntilAnswering } from "../../deployment/answering";
import { Board } from "../../deployment/board";
import { connect } from "../../deployment/connection";
import { clearCustomResources, deleteDefinitions, ourDefinitions } from "../../deployment/crds";
import type { Kubectl } from "../../deployment/kubectl";
import { findLeftovers } from "../../deployment/leftovers";
import { smokeTest } from "../../deployment/smoke";
import { type Synthesis, synthesize } from "../../deployment/synthesize";
import { ByHelm } from "./by-helm";
import { eventually, inOrder, step, writeEnvironment } from "./running-cluster";

/** What can be shown without Terraform's providers: the releases as they were synthesized, installed by helm. */

let synthesis: Synthesis;
let kubectl: Kubectl;
let byHelm: ByHelm;

beforeAll(async () => {
  synthesis = synthesize(writeEnvironment());
  kubectl = await connect(synthesis.environment);
  const platform = synthesis.stacks.find(({ isPlatform }) => isPlatform);
  if (!platform) throw new Error("the environment has no platform stack");
  byHelm = new ByHelm(platform, kubectl);
});

inOrder("the releases are installed, and every tool answers", async () => {
  await step("install by helm", async () => byHelm.install());
  await waitUntilAnswering(kubectl, synthesis.components, new Board());
});

inOrder("the smoke test passes", async () => {
  const steps = await step("smoke test", () => smokeTest(kubectl, synthesis.components, new Board()));
  expect(steps.every(({ ok }) => ok)).toBe(true);
});

inOrder("destroy leaves nothing", async () => {
  const names = synthesis.components.map(({ name }) => name);
  await step("destroy", async () => {
    const definitions = await ourDefinitions(kubectl, names);
    await clearCustomResources(kubectl, names, () => {});
    byHelm.destroy();
    await deleteDefinitions(kubectl, definitions);
    await eventually(
      async () => (await findLeftovers(kubectl, synthesis.namespaces, definitions)).length === 0,
      120_000,
    );
  });
});
