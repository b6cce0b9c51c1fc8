import { setTimeout as sleep } from "node:timers/promises";
import { DeploymentError } from "./errors";
import type { Kubectl, KubernetesObject } from "./kubectl";

/** Karpenter's pools, and the machines that it started: a name each, across the cluster. */
const pools = "nodepools.karpenter.sh";
const machines = "nodeclaims.karpenter.sh";
/** What keeps Karpenter from emptying a node. */
const staying = "karpenter.sh/do-not-disrupt";

export interface EndMachinesOptions {
  /** Told what is waited for. */
  readonly say: (text: string) => void;
  /** Milliseconds until it is given up. Default: 15 minutes. */
  readonly patience?: number;
  /** Milliseconds between two looks. Default: 5 seconds. */
  readonly pause?: number;
}

/**
 * Ends every machine that Karpenter started, and waits until they are gone: no stack knows of them, and without
 * Karpenter they would stay, and be paid for. The pools go first, so that no machine is started in place of one that is
 * ended; then what holds its node, which is people's servers, runs and workers. Safe to run again.
 *
 * @returns how many machines there were
 * @throws DeploymentError with the machines that are still there
 */
export async function endMachines(kubectl: Kubectl, options: EndMachinesOptions): Promise<number> {
  const { say, patience = 900_000, pause = 5000 } = options;
  const before = await kubectl.list(machines);
  if ((await kubectl.list(pools)).length > 0) await kubectl.text("delete", pools, "--all", "--wait=false");
  const deadline = Date.now() + patience;
  for (;;) {
    const left = await kubectl.list(machines);
    if (left.length === 0) return before.length;
    if (Date.now() > deadline) throw stillThere(left);
    say(`${left.length} of ${before.length} still there`);
    await letGo(kubectl);
    await sleep(pause);
  }
}

/** Deletes the pods that hold their nodes. */
async function letGo(kubectl: Kubectl): Promise<void> {
  const pods = await kubectl.list("pods", "--all-namespaces");
  for (const { metadata } of pods.filter((pod) => pod.metadata.annotations?.[staying] !== undefined)) {
    if (metadata.deletionTimestamp !== undefined) continue;
    const where = ["--namespace", metadata.namespace ?? "default"];
    await kubectl.text("delete", "pod", metadata.name, ...where, "--wait=false", "--ignore-not-found");
  }
}

function stillThere(left: readonly KubernetesObject[]): DeploymentError {
  return new DeploymentError(
    `${left.length} machines that Karpenter started are still there, and Karpenter must end them; look at what holds them, and run the same command again`,
    left.map(({ metadata }) => `kubectl describe ${machines} ${metadata.name}`),
  );
}
