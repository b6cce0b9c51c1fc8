import { databaseUser } from "../../constructs/contracts/names";
import type { Manifest } from "../../constructs/custom-resources/metadata";
import { Backup } from "../../constructs/foundation/backup";
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

test("backups are made when the environment says, and tried each month, in UTC and never two at once", () => {
  expect(jobs.map(({ metadata, spec }) => [metadata.name, spec.schedule])).toEqual([
    ["databases", "30 2 * * *"],
    ["drill", "30 6 1 * *"],
    ["homes", "30 2 * * *"],
    ["homes-drill", "30 6 1 * *"],
  ]);
  for (const { spec } of jobs) expect(spec).toMatchObject({ timeZone: "Etc/UTC", concurrencyPolicy: "Forbid" });
  expect(["databases", "drill", "homes", "homes-drill"].map((name) => containerOf(name).args[0])).toEqual([
    "dump",
    "drill",
    "copy",
    "drill",
  ]);
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

describe("what runs beside a home", () => {
  const written = writtenObjects(platform);
  const hub = platform.components.find(({ homes }) => homes);
  const template = (written as CronJob[]).find(
    ({ kind, metadata }) => kind === "CronJob" && metadata.namespace === hub?.name,
  );
  const pod = template?.spec.jobTemplate.spec.template.spec;

  test("never runs by itself, as the user that the files are of, and signs in to no cluster", () => {
    expect(template?.spec).toMatchObject({ suspend: true });
    expect(pod).toMatchObject({
      automountServiceAccountToken: false,
      securityContext: { runAsUser: hub?.homes?.user, fsGroup: hub?.homes?.group, runAsNonRoot: true },
    });
  });

  test("gives way to everybody's work, and holds no room that a person's server would need", () => {
    expect(pod).toMatchObject({
      priorityClassName: "open-mlops-workers",
      containers: [{ resources: { requests: { cpu: "20m", memory: "64Mi" } } }],
    });
  });

  test("finds homes by what the spawner writes on their claims", () => {
    const said = containerOf("homes").env.find(({ name }) => name === "HOMES")?.value ?? "{}";
    expect(JSON.parse(said)).toEqual({
      namespace: "jupyterhub",
      labels: { app: "jupyterhub", component: "singleuser-storage" },
      owner: "hub.jupyter.org/username",
      storageClass: platform.cluster.homes.name,
    });
  });

  test("is asked for by an account that may do that and little else, and is judged where it is made", () => {
    const role = written.find(
      ({ kind, metadata }) => kind === "Role" && metadata.name === "home-copies",
    ) as unknown as { rules: { resources: string[]; verbs: string[] }[]; metadata: Manifest["metadata"] };
    expect(role.metadata.namespace).toBe("jupyterhub");
    expect(role.rules.map(({ resources, verbs }) => `${resources.join()}: ${verbs.join()}`)).toEqual([
      "persistentvolumeclaims: list,create",
      "pods: list",
      "jobs: list,create,delete",
      "cronjobs: get",
    ]);
    const policy = written.find(({ metadata }) => metadata.name === "open-mlops-backup");
    const judged = JSON.stringify(policy);
    expect(judged).toContain("system:serviceaccount:backup:homes");
    expect(judged).toContain("serviceAccountName == 'home-copies'");
    expect(judged).toContain("request.namespace == 'jupyterhub'");
  });

  test("is not what a person's server can look like", () => {
    const policy = written.find(({ metadata }) => metadata.name === "open-mlops-jupyterhub");
    expect(JSON.stringify(policy)).toContain(
      "!(variables.labels[?'app.kubernetes.io/name'].orValue('') == 'home-copy')",
    );
  });
});

test("where no tool makes homes there are databases alone", () => {
  const backup = new Backup({ mode: "on", schedule: "30 2 * * *", keepDays: 30 }, "aws");
  expect(backup.needs.buckets).toEqual(["dumps"]);
  expect(Object.keys(backup.traffic)).toEqual(["jobs"]);
  expect(backup.startsForPeople).toBeUndefined();
});

test("each variable is said once, and no value of a secret is said at all", () => {
  const { env } = containerOf("databases");
  const names = env.map(({ name }) => name);
  expect(new Set(names).size).toBe(names.length);
  for (const { name, value } of env) if (/PASSWORD|SECRET_ACCESS/.test(name)) expect(value).toBeUndefined();
});
