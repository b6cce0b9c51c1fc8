import { readdirSync } from "node:fs";
import * as path from "node:path";
import { catalogue } from "../../constructs/components/catalogue";
import { environmentSchema } from "../../constructs/contracts/environment";
import { loadEnvironments } from "../../constructs/contracts/load";
import { instanceType } from "../../constructs/contracts/prices";

const folder = path.join(__dirname, "../../environments");
const files = readdirSync(folder).sort();
const inputs: readonly unknown[] = files.map(
  (file) => (require(path.join(folder, file)) as { default: unknown }).default,
);

test("each file is named as its environment", () => {
  expect(inputs.map((input) => `${(input as { name: string }).name}.ts`)).toEqual(files);
});

test("all of them can be used together", () => {
  expect(loadEnvironments(inputs, catalogue)).toHaveLength(files.length);
});

test("they are data: nothing is lost on a trip through JSON", () => {
  expect(JSON.parse(JSON.stringify(inputs))).toEqual(inputs);
});

const onAws = inputs.flatMap((input) => {
  const environment = environmentSchema.parse(input);
  return environment.place === "aws" ? [[environment.name, environment] as const] : [];
});

describe.each(onAws)("%s", (_, { nodes, components }) => {
  type Size = { name: string; cpu: number; memoryGiB: number; gpus?: number };
  const profiles = components.flatMap((choice) => (choice as { profiles?: Size[] }).profiles ?? []);

  test.each(profiles.map((profile) => [profile.name, profile] as const))(
    "its profile %s fits on a node",
    (__, profile) => {
      const [group] = profile.gpus ? (nodes.gpu ?? []) : [nodes.general];
      if (!group) throw new Error("there are no nodes for it");
      const [type = ""] = group.instanceTypes;
      const { vcpus, memoryGiB } = instanceType(type);
      // Kubernetes and what runs on every node take a part: about a fifth of a core, and a seventh of the memory.
      expect(profile.cpu).toBeLessThanOrEqual(vcpus - 0.25);
      expect(profile.memoryGiB).toBeLessThanOrEqual(memoryGiB * 0.85);
    },
  );
});
