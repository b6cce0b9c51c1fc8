import { type Context, onlyInUse, serviceLine } from "./context";
import { homesGb } from "./data";
import type { Line } from "./line";

/** GB of one night's dumps of all databases, compressed: of the platform, and what a person's runs and flows add. */
export const dumpGb = { platform: 0.1, eachPerson: 0.05 };

/**
 * What keeping copies adds: their buckets. Each night's dump is kept whole until its time is over. A month of homes has each
 * of them once, and what changed: there is the month that is written to, and those whose time is not over.
 */
export function backupLines(context: Context): Line[] {
  const { environment, people, usage } = context;
  const { backup } = environment;
  if (backup.mode === "off") return [];
  const kept = {
    idle: dumpGb.platform * backup.keepDays,
    inUse: (dumpGb.platform + dumpGb.eachPerson * context.usage.users) * backup.keepDays,
  };
  const remarks = { estimate: true, part: "backup" } as const;
  const dumps = serviceLine(context, "storage", `databases' dumps of ${backup.keepDays} days`, "s3", kept, remarks);
  if (!people) return [dumps];
  const months = 1 + Math.ceil(backup.keepDays / 30);
  const homes = onlyInUse(usage.users * months * (people.homeGiB + homesGb.written));
  const note = `as if full, ${people.homeGiB} GiB each`;
  return [
    dumps,
    serviceLine(context, "storage", `homes' copies of ${months} months`, "s3", homes, { ...remarks, note }),
  ];
}
