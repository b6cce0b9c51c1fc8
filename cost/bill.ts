import { databaseBefore, nodesBefore, othersAfter } from "../constructs/aws/schedule-times";
import type { AwsEnvironment } from "../constructs/contracts/aws-environment";
import { scaleOf } from "../constructs/contracts/aws-nodes";
import type { Environment } from "../constructs/contracts/load";
import { type PriceTable, priceTable } from "../constructs/contracts/price-table";
import { backupLines } from "./backup";
import type { Context } from "./context";
import { databaseLines, imageLines, logsAndKeysLines, storageLines } from "./data";
import { awakeHours } from "./hours";
import type { Line, Quantity } from "./line";
import { entryLines, networkLines } from "./network";
import { controlPlaneLines, nodeLines } from "./nodes";
import { observabilityLines } from "./observability";
import { peopleOf } from "./people";
import { defaultUsage, type Usage } from "./usage";

export type Billed = AwsEnvironment & Pick<Environment, "components" | "foundation">;

export interface BillProps {
  readonly environment: Billed;
  /** Default: `defaultUsage`. */
  readonly usage?: Usage;
  /** As if there were no schedule. Default false. */
  readonly alwaysOn?: boolean;
  /** Default: the project's own. */
  readonly table?: PriceTable;
}

/**
 * A month of an environment, line by line: idle is what it costs when it is deployed and nobody has come, in use what a
 * team's work makes of it. A schedule's nodes and database server are paid while it is awake; a team that works longer
 * than that keeps it awake.
 */
export function bill(props: BillProps): Line[] {
  const context = contextOf(props);
  const { foundation, components } = props.environment;
  const database = [...foundation, ...components].some(({ needs }) => needs.database);
  return [
    ...controlPlaneLines(context),
    ...networkLines(context),
    ...entryLines(context),
    ...nodeLines(context),
    ...(database ? databaseLines(context) : []),
    ...storageLines(context),
    ...backupLines(context),
    ...logsAndKeysLines(context),
    ...observabilityLines(context),
    ...imageLines(context),
  ];
}

/** What every part of the bill reads. */
export function contextOf({
  environment,
  usage = defaultUsage,
  alwaysOn = false,
  table = priceTable,
}: BillProps): Context {
  const { components } = environment;
  const people = peopleOf(components, scaleOf(environment.nodes));
  const schedule = alwaysOn ? undefined : environment.schedule;
  const longest = people && usage.users > 0 ? usage.notebookHours : 0;
  const hours = (around: number): Quantity => {
    const idle = awakeHours(schedule, around);
    return { idle, inUse: Math.max(idle, longest) };
  };
  const awake = { nodes: hours(nodesBefore + othersAfter), database: hours(databaseBefore + othersAfter) };
  return { environment, people, usage, awake, table };
}

/** What nobody can tell beforehand, or what is too little to count. */
export const notInTheBill = [
  "taxes, support plans and free tiers",
  "traffic to the internet (the first 100 GB a month are free, then about 0.09 a GB)",
  "requests to S3, KMS and Route53, old versions of what is in buckets",
  "what scheduler, queues, budget and certificates cost: less than a dollar",
];
