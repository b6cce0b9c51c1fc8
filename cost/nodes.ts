import { nodeDisks } from "../constructs/aws/node-disks";
import type { GpuGroup, NodeGroupSize } from "../constructs/contracts/aws-nodes";
import { always, type Context, serviceLine, times } from "./context";
import { monthHours } from "./hours";
import type { Line, Quantity } from "./line";
import { nodesForTeam, serversOnNode } from "./people";

/** Every group's machines, and their disks. Nodes that sleep are gone, with their disks. */
export function nodeLines(context: Context): Line[] {
  const { nodes } = context.environment;
  const system = times(nodes.system.min * nodes.zones, context.awake.nodes);
  const general = generalHours(context);
  return [
    ...groupLines(context, "system", nodes.system, system),
    ...groupLines(context, "general", nodes.general, general.hours, general.note),
    ...nodes.gpu.flatMap((group, index) =>
      groupLines(context, group.name, group, gpuHours(context, group, index === 0)),
    ),
  ];
}

/** The machines that are always there while awake, and their disks: what tools and foundation have room on. */
export function stayingLines(context: Context): Line[] {
  const { nodes } = context.environment;
  return (["system", "general"] as const).flatMap((name) =>
    groupLines(context, name, nodes[name], times(nodes[name].min * nodes.zones, context.awake.nodes)),
  );
}

/**
 * What is always there while awake, what a team's servers need beyond it when all work at the same hours, and training
 * beside them.
 */
function generalHours(context: Context): { readonly hours: Quantity; readonly note?: string } {
  const { nodes } = context.environment;
  const { general, zones } = nodes;
  const { users, notebookHours, trainingHours } = context.usage;
  if (!context.people) {
    const least = times(general.min * zones, context.awake.nodes);
    return { hours: { idle: least.idle, inUse: least.inUse + trainingHours } };
  }
  const perNode = serversOnNode(general.instanceTypes[0] ?? "", context.people.server);
  // Kept for the next server, beside the nodes that stay anyway where those have no room for it.
  const kept = Math.max(general.min * zones, Math.ceil(context.people.placeholders / perNode));
  const least = times(kept, context.awake.nodes);
  const needed = nodesForTeam(users, zones, perNode);
  const most = general.max * zones;
  const more = Math.max(0, Math.min(needed, most) - kept) * notebookHours;
  const note =
    needed > most
      ? `the team needs ${needed} nodes at a time and the group has ${most} at the most: people wait`
      : `${perNode} small servers a node`;
  return { hours: { idle: least.idle, inUse: least.inUse + more + trainingHours }, note };
}

/** GPU hours are spent in the first group. */
function gpuHours(context: Context, group: GpuGroup, isFirst: boolean): Quantity {
  const least = times(group.min * context.environment.nodes.zones, context.awake.nodes);
  return { idle: least.idle, inUse: least.inUse + (isFirst ? context.usage.gpuHours : 0) };
}

function groupLines(
  context: Context,
  name: string,
  group: NodeGroupSize | GpuGroup,
  hours: Quantity,
  note?: string,
): Line[] {
  const { table, environment } = context;
  const type = billedType(context, group);
  const disk = nodeDisks(group).reduce((sum, { sizeGiB }) => sum + sizeGiB, 0);
  const { dollars, region } = table.instance(type, environment.region);
  const disks = { idle: (hours.idle * disk) / monthHours, inUse: (hours.inUse * disk) / monthHours };
  return [
    {
      group: "nodes",
      item: `${name}, ${type}${group.spot ? " spot" : ""}`,
      quantity: hours,
      unit: "hour",
      unitPrice: group.spot ? dollars * table.list.spotShare : dollars,
      priceRegion: region,
      ...(group.spot ? { estimate: true } : {}),
      ...(note ? { note } : {}),
    },
    serviceLine(context, "nodes", `${name}, disks of ${disk} GiB`, "gp3", disks),
  ];
}

/** On demand a group takes its first type while it can be had; on spot any of them may come, so the dearest is counted. */
function billedType({ table, environment }: Context, { instanceTypes, spot }: NodeGroupSize | GpuGroup): string {
  const price = (type: string) => table.instance(type, environment.region).dollars;
  const [first = "", ...others] = instanceTypes;
  return spot ? others.reduce((dearest, type) => (price(type) > price(dearest) ? type : dearest), first) : first;
}

/** The control plane, which never sleeps. */
export function controlPlaneLines(context: Context): Line[] {
  return [serviceLine(context, "control plane", "EKS", "eks-cluster", always(monthHours))];
}
