import { databaseUser } from "../../constructs/contracts/names";
import type { Manifest } from "../../constructs/custom-resources/metadata";
import { writtenObjects } from "../support/custom-resources";
import { synthesizeOnAll } from "../support/in-cluster";

interface CronJob extends Manifest {
  readonly spec: {
    readonly schedule: string;
    readonly timeZone: string;
    readonly concurrencyPolicy: string;
    readonly jobTemplate: { readonly spec: { readonly template: { readonly spec: PodSpec } } };
  };
}
interface PodSpec {
  readonly containers: readonly {
    readonly args: string[];
    readonly env: { readonly name: string; value?: string }[];
  }[];
}

const platform = synthesizeOnAll();
const jobs = (writtenObjects(platform) as CronJob[]).filter(
  ({ kind, metadata }) => kind === "CronJob" && metadata.namespace === "backup",
);
const containerOf = (name: string) => {
  const found = jobs.find(({ metadata }) => metadata.name === name)?.spec.jobTemplate.spec.template.spec.containers[0];
  if (!found) throw new Error(`no job ${name}`);
  return found;
};

test("dumps are made when the environment says, and tried each month, in UTC and never two at once", () => {
  expect(jobs.map(({ metadata, spec }) => [metadata.name, spec.schedule])).toEqual([
    ["databases", "30 2 * * *"],
    ["drill", "30 6 1 * *"],
  ]);
  for (const { spec } of jobs) expect(spec).toMatchObject({ timeZone: "Etc/UTC", concurrencyPolicy: "Forbid" });
  expect([containerOf("databases").args, containerOf("drill").args]).toEqual([["dump"], ["drill"]]);
});

test("every part's database is dumped, people's sign-in among them", () => {
  const wanted = [...platform.foundation, ...platform.components]
    .filter(({ needs }) => needs.database)
    .map(({ name }) => databaseUser(name));
  const said = containerOf("databases").env.find(({ name }) => name === "DATABASES")?.value ?? "[]";
  const dumped = (JSON.parse(said) as { name: string }[]).map(({ name }) => name);
  expect(dumped.sort()).toEqual(wanted.sort());
  expect(dumped).toContain("keycloak");
});

test("each variable is said once, and no value of a secret is said at all", () => {
  const { env } = containerOf("databases");
  const names = env.map(({ name }) => name);
  expect(new Set(names).size).toBe(names.length);
  for (const { name, value } of env) if (/PASSWORD|SECRET_ACCESS/.test(name)) expect(value).toBeUndefined();
});
