import type { Database, DatabaseAdmin } from "../../contracts/cluster-profile";
import type { BackupSettings, PartContext } from "../../contracts/foundation";
import { adminEnv } from "../databases";
import { bucketEnv, imageUser, resources, restrictedContainer, restrictedPod, stayingPod } from "../pods";
import { priorities } from "../scheduling/priorities";

/** The service account of the jobs, and their bucket. */
export const account = "backup";
export const bucket = "dumps";
/** The administrator's name and password, where they are copied from a secret of the foundation's namespace. */
export const adminSecret = "database-admin";
export const labels = { "app.kubernetes.io/name": "backup" } as const;
/** The job that dumps, and the one that tries the dumps; each is a CronJob of this name. */
export const dumpJob = "databases";
export const drillJob = "drill";
/** The container of every job here, whose arguments say what it does. */
export const container = "backup";

/** In the night of each month's first day, long after the dump. */
export const monthly = "30 6 1 * *";

/** What dumps and what tries the dumps. */
export function backupJobs(
  context: PartContext,
  { schedule, keepDays }: BackupSettings,
  admin: DatabaseAdmin,
  databases: readonly Database[],
): object[] {
  const { cluster, namespace } = context;
  const { toolbox } = cluster.images;
  const job = (what: "dump" | "drill") => ({
    // Six hours: one that hangs is not in the way of the next.
    activeDeadlineSeconds: 21_600,
    backoffLimit: 2,
    template: {
      metadata: { labels, annotations: stayingPod },
      spec: {
        serviceAccountName: account,
        automountServiceAccountToken: false,
        priorityClassName: priorities.copies,
        restartPolicy: "Never",
        securityContext: { ...restrictedPod, runAsUser: imageUser },
        containers: [
          {
            name: container,
            image: `${toolbox.repository}:${toolbox.tag}`,
            command: ["python", "-m", "open_mlops.backup"],
            args: [what],
            env: [
              ...adminEnv(admin.credentials === "secret" ? { ...admin, secret: adminSecret } : admin),
              { name: "DATABASES", value: JSON.stringify(databases.map(({ name, user }) => ({ name, user }))) },
              { name: "BACKUP_BUCKET", value: context.bucket(bucket).name },
              { name: "BACKUP_KEEP_DAYS", value: String(keepDays) },
              // The region is said twice where the cloud keeps the password too, and is the same.
              ...bucketEnv(context.bucketAccess(account)).filter(
                ({ name }) => name !== "AWS_REGION" || admin.credentials === "secret",
              ),
            ],
            resources: resources(cluster.scale, 100, 256, 1024),
            securityContext: restrictedContainer,
          },
        ],
      },
    },
  });
  return [
    cronJob({ name: dumpJob, namespace }, schedule, job("dump")),
    cronJob({ name: drillJob, namespace }, monthly, job("drill")),
  ];
}

/** A job on a schedule, in UTC. */
export function cronJob(
  metadata: { readonly name: string; readonly namespace: string },
  schedule: string,
  job: object,
  more: { readonly suspend?: true } = {},
): object {
  return {
    apiVersion: "batch/v1",
    kind: "CronJob",
    metadata,
    spec: {
      schedule,
      timeZone: "Etc/UTC",
      // A time that was slept through is made good when the cluster wakes.
      concurrencyPolicy: "Forbid",
      successfulJobsHistoryLimit: 2,
      failedJobsHistoryLimit: 2,
      jobTemplate: { spec: job },
      ...more,
    },
  };
}
