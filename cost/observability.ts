import { scaleOf } from "../constructs/contracts/aws-nodes";
import { alloyGiB, lokiGiB } from "../constructs/foundation/logging/storage";
import { alertmanagerGiB, grafanaGiB, metricsGiB } from "../constructs/foundation/monitoring/storage";
import { always, type Context, serviceLine } from "./context";
import type { Line } from "./line";

/** GB of log lines in a month, of the platform and of each person's work, and what compression leaves of them. */
export const linesGb = { platform: 10, eachPerson: 2, share: 0.15 };

/**
 * What watching adds: its disks, which hold data while nodes sleep, and its bucket. Its pods find room on the nodes that
 * stay, which are counted already; what they take of them, `foundationCost` says.
 */
export function observabilityLines(context: Context): Line[] {
  const { observability, nodes } = context.environment;
  if (observability.mode === "off") return [];
  const { metricsDays, logsDays, alerts } = observability;
  const metrics = metricsGiB(metricsDays, scaleOf(nodes));
  const pages = grafanaGiB + (alerts.length > 0 ? alertmanagerGiB : 0);
  const lines = lokiGiB + alloyGiB;
  const kept = (gigabytes: number) => gigabytes * linesGb.share * (logsDays / 30);
  const logs = {
    idle: kept(linesGb.platform),
    inUse: kept(linesGb.platform + linesGb.eachPerson * context.usage.users),
  };
  const monitoring = { part: "monitoring" };
  const logging = { part: "logging" };
  const disk = (item: string, gibibytes: number, remarks: { part: string }) =>
    serviceLine(context, "observability", `${item}, ${gibibytes} GiB`, "gp3", always(gibibytes), remarks);
  return [
    disk(`figures of ${metricsDays} days, disk`, metrics, monitoring),
    disk(alerts.length > 0 ? "Grafana's and Alertmanager's disks" : "Grafana's disk", pages, monitoring),
    disk("the logs' own disks", lines, logging),
    serviceLine(context, "observability", `logs of ${logsDays} days`, "s3", logs, { estimate: true, ...logging }),
  ];
}
