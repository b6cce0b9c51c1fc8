import * as fs from "node:fs";
import type { Kubectl } from "./kubectl";
import type { Release } from "./synthesize";

/** A revision of a release that an interrupted run has left half-way. */
export interface StaleRevision {
  readonly release: string;
  readonly namespace: string;
  readonly status: string;
  /** The secret in which Helm keeps the revision. */
  readonly secret: string;
}

const halfWay = ["pending-install", "pending-upgrade", "pending-rollback", "uninstalling"];

/**
 * Revisions of our releases that are half-way. Helm refuses every later operation on a pending release, and finds no
 * deployed one where an uninstall was cut short; the provider's `upgrade_install` takes over neither.
 */
export async function staleRevisions(kubectl: Kubectl, releases: readonly Release[]): Promise<StaleRevision[]> {
  const selector = `owner=helm,status in (${halfWay.join(", ")})`;
  // The data of these secrets is the whole release, with every value; their labels say enough.
  const columns =
    "custom-columns=N:.metadata.namespace,S:.metadata.name,R:.metadata.labels.name,T:.metadata.labels.status";
  const text = await kubectl.text(
    ...["get", "secrets", "--all-namespaces", "--selector", selector, "--output", columns, "--no-headers"],
  );
  return text
    .split("\n")
    .map((line) => line.trim().split(/\s+/))
    .flatMap(([namespace = "", secret = "", release = "", status = ""]) =>
      releases.some((ours) => ours.namespace === namespace && ours.name === release)
        ? [{ release, namespace, status, secret }]
        : [],
    );
}

/**
 * Forgets a revision that is half-way. The one before is then the last again; where there was none, the next install
 * takes over what is there, because every object carries the release's name.
 */
export async function forget(kubectl: Kubectl, revision: StaleRevision): Promise<void> {
  await kubectl.text("delete", "secret", revision.secret, "--namespace", revision.namespace, "--ignore-not-found");
}

/**
 * Providers that outlived a killed Terraform in this folder and are still installing. Helm's provider does not stop when
 * nobody listens any more, so what it does must end before anything is taken from under it. Read from /proc, so none are
 * seen elsewhere than on Linux; the wait for a revision to settle covers that.
 */
export function orphanedProviders(folder: string): number[] {
  const seen: number[] = [];
  for (const entry of fs.existsSync("/proc") ? fs.readdirSync("/proc") : []) {
    if (!/^\d+$/.test(entry)) continue;
    try {
      if (fs.readlinkSync(`/proc/${entry}/cwd`) !== fs.realpathSync(folder)) continue;
      if (/terraform-provider-/.test(fs.readFileSync(`/proc/${entry}/cmdline`, "utf8"))) seen.push(Number(entry));
    } catch {
      // It has ended, or is somebody else's.
    }
  }
  return seen;
}
