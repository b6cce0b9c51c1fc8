import { catalogue } from "../../constructs/components/catalogue";
import { loadEnvironment } from "../../constructs/contracts/load";
import { sleeper } from "../../deployment/sleep";
import type { ClusterEnvironment } from "../../deployment/synthesize";
import { changed, inputs } from "../support/environments";

const asked = (input: unknown) => () => sleeper(loadEnvironment(input, catalogue) as ClusterEnvironment);

test("what has a schedule can be put to sleep at any time", () => {
  expect(asked(inputs.dev())().name).toBe("dev");
});

test("what has nothing to put to sleep says why", () => {
  expect(asked(inputs.existing())).toThrow("existing has no nodes and no database of its own");
  expect(asked(inputs.prod())).toThrow(/prod has no schedule, so every deployment would ask for its nodes again/);
  const karpenter = changed(changed(inputs.dev(), "schedule", undefined), "nodes.mode", "karpenter");
  expect(asked(karpenter)).toThrow(/dev cannot sleep: Karpenter's nodes are in no group/);
});
