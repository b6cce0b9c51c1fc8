import { setTimeout as sleep } from "node:timers/promises";
import { homesJob } from "../constructs/foundation/backup/homes";
import { container, dumpJob } from "../constructs/foundation/backup/jobs";
import { DeploymentError } from "./errors";
import type { Kubectl, KubernetesObject } from "./kubectl";

/** The namespace of the part that keeps backups. */
export const backupNamespace = "backup";

/** What is kept of a platform: each kind has a job that copies it, a CronJob. */
export const kept = { databases: dumpJob, homes: homesJob } as const;
export type Kept = keyof typeof kept;

/** What the job says of a database or of a home, a line each. */
export interface BackupEvent {
  readonly event: "dump" | "copy" | "restoring" | "restored" | "proved" | "undeleted" | "failed";
  readonly database?: string;
  /** A home, by its volume's claim, and whose it is. */
  readonly home?: string;
  readonly user?: string;
  /** When it was dumped or copied, in UTC: `20261121T023000Z`. */
  readonly time?: string;
  readonly bytes?: number;
  readonly files?: number;
  /** The folder of a home that its copy was restored to; `.` where the home was empty and is as it was again. */
  readonly into?: string;
  readonly tables?: number;
  readonly rows?: number;
  /** The name under which the database is kept that another was restored in place of. */
  readonly replaced?: string | null;
  /** The name of an object that was brought back in the bucket. */
  readonly key?: string;
  readonly reason?: string;
}

interface CronJob extends KubernetesObject {
  readonly spec: { readonly jobTemplate: { readonly spec: JobSpec } };
}
interface JobSpec {
  readonly template: {
    readonly metadata: object;
    readonly spec: { readonly containers: readonly { readonly name: string; readonly args: readonly string[] }[] };
  };
}
interface Job extends KubernetesObject {
  readonly status?: { readonly conditions?: readonly { readonly type: string; readonly status: string }[] };
}

/**
 * Runs the backup's own job with other arguments, inside the cluster: what opens the server and the bucket stays there. One
 * of this name that an interrupted command has left is ended first.
 *
 * @param of whose job
 * @param args as `open_mlops.backup` or `open_mlops.backup.homes` reads them; the first makes the job's name
 * @param every milliseconds between two looks
 * @throws DeploymentError with each reason that the job gave
 */
export async function runBackupJob(
  kubectl: Kubectl,
  of: Kept,
  args: readonly string[],
  say: (text: string) => void,
  every = 2000,
): Promise<BackupEvent[]> {
  const at = ["--namespace", backupNamespace];
  const [template] = await kubectl.list<CronJob>("cronjob", kept[of], ...at);
  if (!template)
    throw new DeploymentError(`the namespace ${backupNamespace} has no cronjob ${kept[of]}`, [
      'Say `backup: { mode: "on" }` in the environment and deploy it; the first backup is made on schedule.',
    ]);
  const name = `${of}-by-command-${args[0]}`;
  const gone = () => kubectl.text("delete", "job", name, ...at, "--ignore-not-found", "--wait");
  await gone();
  await kubectl.put("create", jobOf(name, template.spec.jobTemplate.spec, args));
  for (;;) {
    const [job] = await kubectl.list<Job>("job", name, ...at);
    const is = (type: string) => job?.status?.conditions?.some((each) => each.type === type && each.status === "True");
    const over = is("Complete") || is("Failed");
    const { code, output } = await kubectl.try("logs", `job/${name}`, ...at, "--tail=-1");
    const events = code === 0 ? output.flatMap(eventOf) : [];
    const [last] = events.slice(-1);
    say(last ? `${last.event} ${last.database ?? last.user ?? ""}` : "the job starts");
    if (!job) throw new DeploymentError(`the job ${backupNamespace}/${name} was deleted by somebody`);
    if (over) {
      const reasons = events.flatMap((each) => (each.event === "failed" ? [reasonOf(each)] : []));
      if (is("Failed") || reasons.length > 0)
        throw new DeploymentError(
          `the job ${backupNamespace}/${name} failed`,
          reasons.length > 0 ? reasons : output.slice(-8),
        );
      await gone();
      return events;
    }
    await sleep(every);
  }
}

function reasonOf({ database, user, home, reason = "" }: BackupEvent): string {
  const of = database || user || home;
  return of ? `${of}: ${reason}` : reason;
}

function jobOf(name: string, spec: JobSpec, args: readonly string[]): object {
  const pod = spec.template.spec;
  const containers = pod.containers.map((each) => (each.name === container ? { ...each, args } : each));
  return {
    apiVersion: "batch/v1",
    kind: "Job",
    metadata: { name, namespace: backupNamespace },
    // What a person has asked for is not tried again behind their back.
    spec: { ...spec, backoffLimit: 0, template: { ...spec.template, spec: { ...pod, containers } } },
  };
}

/** A line of the log, where it is an event: what Python prints when it fails is not. */
function eventOf(line: string): BackupEvent[] {
  try {
    const said = JSON.parse(line) as Partial<BackupEvent> | null;
    return typeof said === "object" && typeof said?.event === "string" ? [said as BackupEvent] : [];
  } catch {
    return [];
  }
}
