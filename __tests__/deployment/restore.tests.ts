import { chooseKept, shown } from "../../cli/restore";
import { catalogue } from "../../constructs/components/catalogue";
import { loadEnvironment } from "../../constructs/contracts/load";
import { runBackupJob } from "../../deployment/backup-job";
import { Board } from "../../deployment/board";
import { databasesOf, homesArgs, restore, restoreHomes } from "../../deployment/restore";
import type { ClusterEnvironment } from "../../deployment/synthesize";
import { changed, inputs } from "../support/environments";
import { fakeKubectl, object } from "./fake-kubectl";

/** Dumps and their way back are tried on a real Postgres by the toolbox's tests; here is what the command does around them. */
const environment = loadEnvironment(
  changed(inputs.existing(), "backup", { mode: "on" }),
  catalogue,
) as ClusterEnvironment;

const template = { containers: [{ name: "backup", args: ["dump"] }] };
const restored = { event: "restored", database: "mlflow", time: "20261121T023000Z", replaced: "mlflow_before_x" };

function cluster(log: readonly object[], condition: "Complete" | "Failed" = "Complete", annotations: object = {}) {
  return fakeKubectl({
    "get cronjob databases": object("databases", {
      spec: { jobTemplate: { spec: { backoffLimit: 2, template: { metadata: {}, spec: template } } } },
    }),
    "get cronjob homes": object("homes", {
      spec: { jobTemplate: { spec: { backoffLimit: 0, template: { metadata: {}, spec: template } } } },
    }),
    "get job": object("by-command", { status: { conditions: [{ type: condition, status: "True" }] } }),
    logs: ["Traceback, which is no event", ...log.map((line) => JSON.stringify(line))].join("\n"),
    "get deployments,statefulsets": [
      { ...object("server", { spec: { replicas: 2 }, status: { replicas: 0 } }, { annotations }), kind: "Deployment" },
    ],
  });
}
const mlflow = () => databasesOf(environment, ["mlflow"]);

test("all databases are meant where none is named, and a wrong name is told with the right ones", () => {
  expect(databasesOf(environment, []).map(({ database }) => database)).toEqual(
    expect.arrayContaining(["jupyterhub", "mlflow", "prefect"]),
  );
  expect(() => databasesOf(environment, ["mlfow"])).toThrow(
    expect.objectContaining({ details: [expect.stringMatching(/"mlfow" is no database of existing; use .*mlflow/)] }),
  );
  const without = loadEnvironment(inputs.existing(), catalogue) as ClusterEnvironment;
  expect(() => databasesOf(without, [])).toThrow("existing keeps no backups");
});

test("what writes is stopped before the job runs, and started again after it", async () => {
  const { kubectl, asked } = cluster([{ event: "restoring", database: "mlflow" }, restored], "Complete", {
    "open-mlops.io/replicas-before-restore": "2",
  });
  expect(await restore(kubectl, mlflow(), "2026-11-21", new Board(), 1)).toEqual([restored]);
  const at = (pattern: RegExp) => asked.findIndex((each) => pattern.test(each));
  expect(at(/^annotate deployment\/server .*replicas-before-restore=2/)).toBeGreaterThan(-1);
  expect(at(/^scale .*--replicas=0/)).toBeGreaterThan(at(/^annotate .*=2/));
  expect(at(/^create --filename/)).toBeGreaterThan(at(/^scale .*--replicas=0/));
  expect(at(/^scale .*--replicas=2/)).toBeGreaterThan(at(/^logs/));
  expect(at(/^annotate .*replicas-before-restore-$/)).toBeGreaterThan(at(/^scale .*--replicas=2/));
});

test("a Keycloak of another day is told the secrets of now, once it runs again; other databases keep none", async () => {
  const people = loadEnvironment(changed(inputs.dev(), "backup", { mode: "on" }), catalogue) as ClusterEnvironment;
  const { kubectl, asked } = cluster([restored], "Complete", { "open-mlops.io/replicas-before-restore": "1" });
  await restore(kubectl, databasesOf(people, ["keycloak"]), undefined, new Board(), 1);
  const job = asked.findIndex((each) => each.startsWith("create job keycloak-realm-again"));
  expect(job).toBeGreaterThan(asked.findIndex((each) => /^scale .*--namespace keycloak --replicas=1/.test(each)));
  const without = cluster([restored]);
  await restore(without.kubectl, mlflow(), undefined, new Board(), 1);
  expect(without.asked.filter((each) => each.includes("keycloak"))).toEqual([]);
});

test("tools start again when the job failed, and the reason is told with how things stand", async () => {
  const { kubectl, asked } = cluster([{ event: "failed", reason: "no dump of mlflow" }], "Failed", {
    "open-mlops.io/replicas-before-restore": "2",
  });
  await expect(restore(kubectl, mlflow(), undefined, new Board(), 1)).rejects.toMatchObject({
    message: expect.stringContaining("The restore was not finished"),
    details: expect.arrayContaining(["no dump of mlflow", expect.stringMatching(/whole as it was dumped/)]),
  });
  expect(asked).toContainEqual(expect.stringMatching(/^scale .*--replicas=2/));
});

test("a job that an interrupted command has left is ended before another is made", async () => {
  const { kubectl, asked } = cluster([{ event: "dump", database: "mlflow" }]);
  const events = await runBackupJob(kubectl, "databases", ["list"], () => {}, 1);
  expect(events).toEqual([{ event: "dump", database: "mlflow" }]);
  const deleted = asked.findIndex((each) => /^delete job databases-by-command-list .*--wait/.test(each));
  expect(deleted).toBeGreaterThan(-1);
  expect(deleted).toBeLessThan(asked.findIndex((each) => each.startsWith("create")));
});

test("without the part there is a remedy", async () => {
  const { kubectl } = fakeKubectl({});
  await expect(runBackupJob(kubectl, "databases", ["drill"], () => {}, 1)).rejects.toMatchObject({
    details: [expect.stringContaining('backup: { mode: "on" }')],
  });
});

describe("homes", () => {
  const copy = { event: "restored", home: "claim-ada", user: "ada", time: "20261121T023000Z", bytes: 2e6, files: 3 };
  const nothing = { database: [], home: [] };

  test("are restored while their people work: no tool is stopped", async () => {
    const { kubectl, asked } = cluster([
      { event: "restoring", home: "claim-ada" },
      { ...copy, into: "restored-x" },
    ]);
    const chosen = homesArgs(environment, ["ada"]);
    expect(await restoreHomes(kubectl, chosen, "2026-11-21", new Board(), 1)).toEqual([
      { ...copy, into: "restored-x" },
    ]);
    expect(asked.filter((each) => /scale|annotate/.test(each))).toEqual([]);
    expect(asked).toContainEqual(expect.stringMatching(/^delete job homes-by-command-restore /));
  });

  test("change only where somebody names them; what is shown and tried is everything", () => {
    expect(chooseKept(environment, nothing).homes).toBeUndefined();
    expect(chooseKept(environment, { ...nothing, home: ["ada", "bob"] })).toEqual({
      homes: ["--home", "ada", "--home", "bob"],
    });
    expect(chooseKept(environment, { ...nothing, homes: true })).toEqual({ homes: [] });
    for (const what of [{ list: true }, { drill: true }, { undelete: true }])
      expect(chooseKept(environment, { ...nothing, ...what })).toMatchObject({
        homes: [],
        databases: expect.anything(),
      });
    expect(chooseKept(environment, { ...nothing, list: true, database: ["mlflow"] }).homes).toBeUndefined();
    const without = loadEnvironment(inputs.existing(), catalogue) as ClusterEnvironment;
    expect(() => homesArgs(without, [])).toThrow("existing keeps no backups");
  });

  test("that could not be restored are told by their people", async () => {
    const { kubectl } = cluster(
      [{ event: "failed", home: "claim-ada", user: "ada", reason: "5 bytes left" }],
      "Failed",
    );
    await expect(restoreHomes(kubectl, [], undefined, new Board(), 1)).rejects.toMatchObject({
      details: ["ada: 5 bytes left"],
    });
  });

  test("are shown beside databases, with where a copy went", () => {
    const text = shown([
      { ...restored, event: "restored" },
      { ...copy, event: "restored", into: "." },
      { ...copy, event: "restored", user: "bob", into: "restored-x" },
    ]);
    expect(text).toMatch(/DATABASE.*mlflow.*HOME OF.*ada.*2\.0 MB.*3.*restored to its place.*bob.*to restored-x/s);
    expect(shown([])).toBe("There are no backups.");
  });
});
