import type { AwsNodes } from "../constructs/contracts/aws-nodes";
import { roomOnNode } from "../constructs/contracts/prices";
import { type Requested, sum } from "./requests";

/**
 * EKS' own pods that are not on every node, as its add-ons' manifests of 1.35 ask: CoreDNS (two of 100m and 70Mi), the
 * EBS driver's controller (two of six containers with 10m and 40Mi), metrics-server (two of 100m and 200Mi).
 */
export const addOns: Requested = {
  millicores: 2 * 100 + 12 * 10 + 2 * 100,
  mebibytes: 2 * 70 + 12 * 40 + 2 * 200,
  pods: 6,
};
/** On each node: network, service routing, identities, volumes, health, and what holds the toolbox image. */
const daemons = 6;
/** With addresses by sixteen, as the network add-on hands them out. */
const podsOnNode = 110;

type Staying = Pick<AwsNodes, "system" | "general" | "zones">;

/** Nodes that are always there while the environment is awake. */
export function stayingNodes({ system, general, zones }: Staying): number {
  return (system.min + general.min) * zones;
}

/**
 * What they have for pods beside those of every node. A group's smallest machine is reckoned with: on spot any of its
 * types may come.
 */
export function room({ system, general, zones }: Staying): Requested {
  return sum(
    [system, general].map((group) => {
      const machines = group.instanceTypes.map(roomOnNode);
      const count = group.min * zones;
      return {
        millicores: Math.min(...machines.map(({ cpu }) => cpu * 1000)) * count,
        mebibytes: Math.min(...machines.map(({ memoryGiB }) => memoryGiB * 1024)) * count,
        pods: (podsOnNode - daemons) * count,
      };
    }),
  );
}

/** What is asked and not there, as sentences; none where all fits. That it fits on each node one by one is not said. */
export function lacking(asked: Requested, found: Requested): readonly string[] {
  return (["millicores", "mebibytes", "pods"] as const)
    .filter((key) => asked[key] > found[key])
    .map((key) => `${asked[key]} ${key} of ${found[key]}`);
}
