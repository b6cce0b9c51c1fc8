import { setTimeout as sleep } from "node:timers/promises";
import { DeploymentError } from "./errors";
import type { Kubectl, KubernetesObject } from "./kubectl";

interface Job extends KubernetesObject {
  readonly status?: { readonly conditions?: readonly { readonly type: string; readonly status: string }[] };
}

/** A job of the platform that can be run again: a cron job that never runs by the clock. */
export interface AgainJob {
  readonly namespace: string;
  readonly name: string;
  /** What it does, for the message when it did not: `set the users' passwords`. */
  readonly does: string;
  /** How long it may take, in milliseconds. */
  readonly patience: number;
}

/**
 * Runs a job that was made once at deployment again, with the secrets of now, and waits until it is over. One that an
 * interrupted command has left is ended first; one that failed stays to be looked at.
 *
 * @param every milliseconds between two looks
 * @throws DeploymentError with the end of its log
 */
export async function runAgain(
  kubectl: Kubectl,
  { namespace, name, does, patience }: AgainJob,
  say: (text: string) => void,
  every = 1000,
): Promise<void> {
  const at = ["--namespace", namespace];
  const job = `${name}-again`;
  await kubectl.text("delete", "job", job, ...at, "--ignore-not-found", "--wait");
  await kubectl.text("create", "job", job, ...at, `--from=cronjob/${name}`);
  const deadline = Date.now() + patience;
  for (;;) {
    const [found] = await kubectl.list<Job>("job", job, ...at);
    const is = (type: string) =>
      found?.status?.conditions?.some((each) => each.type === type && each.status === "True");
    if (is("Complete")) break;
    if (is("Failed") || Date.now() > deadline) {
      const { output } = await kubectl.try("logs", `job/${job}`, ...at, "--all-containers", "--tail=5");
      throw new DeploymentError(`the job ${namespace}/${job} did not ${does}`, output.slice(-10));
    }
    say("the job is running");
    await sleep(every);
  }
  await kubectl.text("delete", "job", job, ...at, "--ignore-not-found");
}
