import { buckets, databaseBackups, databaseSnapshots } from "./kinds/data";
import { keys } from "./kinds/keys";
import { loadBalancers, targetGroups } from "./kinds/load-balancers";
import { logGroups, repositories } from "./kinds/logs-and-images";
import { autoScalingGroups, instances, launchTemplates } from "./kinds/machines";
import { addresses, natGateways, networkInterfaces } from "./kinds/network";
import { securityGroups } from "./kinds/security-groups";
import { snapshots, volumes } from "./kinds/volumes";
import type { AwsLeftover, LeftoverKind } from "./leftover";
import type { AwsPlace } from "./place";
import { stillThere } from "./still-there";
import { taggedArns } from "./tagged";

/**
 * In the order in which they can be removed: what uses something goes before what is used, and what starts something
 * before what is started.
 */
export const leftoverKinds: readonly LeftoverKind[] = [
  loadBalancers,
  targetGroups,
  autoScalingGroups,
  instances,
  launchTemplates,
  natGateways,
  networkInterfaces,
  addresses,
  volumes,
  snapshots,
  securityGroups,
  logGroups,
  repositories,
  databaseSnapshots,
  databaseBackups,
  buckets,
  keys,
];

/**
 * What is left of an environment in AWS, in the order in which one removes it.
 *
 * @param known what Terraform's state has: that is no leftover, `mlops destroy` removes it
 */
export async function findAwsLeftovers(
  place: AwsPlace,
  known: ReadonlySet<string> = new Set(),
  kinds: readonly LeftoverKind[] = leftoverKinds,
): Promise<AwsLeftover[]> {
  const found = await Promise.all([...kinds.map((kind) => kind.find(place)), otherTagged(place)]);
  return found.flat().filter(({ id }) => !known.has(id));
}

/** What carries the environment's tags and is of no kind above: a person must look at it. */
async function otherTagged(place: AwsPlace): Promise<AwsLeftover[]> {
  const all = (await taggedArns(place)).filter(({ arn }) => !leftoverKinds.some(({ arns }) => arns?.test(arn)));
  const there = await stillThere(
    place,
    all.map(({ arn }) => arn),
  );
  return all
    .filter(({ arn }) => there.has(arn))
    .map(({ arn, because }) => ({
      kind: kindOf(arn),
      id: arn,
      name: arn,
      because,
      remedy: "look whether it is still there, for AWS lists some for an hour after they are gone; then delete it",
    }));
}

/** Service and type, as an ARN names them: `rds db`, `ec2 vpc`. */
function kindOf(arn: string): string {
  const [, , service = "", , , ...rest] = arn.split(":");
  return [service, rest.join(":").split(/[/:]/)[0]].filter(Boolean).join(" ");
}
