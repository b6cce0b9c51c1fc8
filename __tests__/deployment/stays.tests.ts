import { catalogue } from "../../constructs/components/catalogue";
import { loadEnvironment } from "../../constructs/contracts/load";
import { whatStays } from "../../deployment/stays";
import type { ClusterEnvironment } from "../../deployment/synthesize";
import { changed, inputs } from "../support/environments";

const stays = (input: unknown) => whatStays(loadEnvironment(input, catalogue) as ClusterEnvironment).join("\n");

test("what was made in a server and in buckets that were given is named, with what removes it", () => {
  const database = { mode: "postgres", host: "db.example.com", admin: { namespace: "data", name: "admin" } };
  const told = stays(changed(inputs.existing(), "database", database));
  expect(told).toMatch(/db\.example\.com, the databases .*mlflow.*DROP DATABASE/);
});

test("what comes and goes with the cluster is not", () => {
  const input = changed(inputs.existing(), "objectStore", { mode: "seaweedfs", storageGiB: 20 });
  expect(stays(changed(input, "database", { mode: "cloudnative-pg", instances: 1, storageGiB: 10 }))).toBe("");
});

test("the bucket of the states outlives what it remembers", () => {
  expect(stays(inputs.prod())).toContain("open-mlops-state-111122223333");
  expect(stays(inputs.dev())).toBe("");
});
