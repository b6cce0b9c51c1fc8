import { catalogue } from "../../constructs/components/catalogue";
import { loadEnvironment } from "../../constructs/contracts/load";
import { runBackupJob } from "../../deployment/backup-job";
import { Board } from "../../deployment/board";
import { databasesOf, restore } from "../../deployment/restore";
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
  const events = await runBackupJob(kubectl, ["list"], () => {}, 1);
  expect(events).toEqual([{ event: "dump", database: "mlflow" }]);
  const deleted = asked.findIndex((each) => /^delete job by-command-list .*--wait/.test(each));
  expect(deleted).toBeGreaterThan(-1);
  expect(deleted).toBeLessThan(asked.findIndex((each) => each.startsWith("create")));
});

test("without the part there is a remedy", async () => {
  const { kubectl } = fakeKubectl({});
  await expect(runBackupJob(kubectl, ["drill"], () => {}, 1)).rejects.toMatchObject({
    details: [expect.stringContaining('backup: { mode: "on" }')],
  });
});
