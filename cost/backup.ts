import { type Context, serviceLine } from "./context";
import type { Line } from "./line";

/** GB of one night's dumps of all databases, compressed: of the platform, and what a person's runs and flows add. */
export const dumpGb = { platform: 0.1, eachPerson: 0.05 };

/** What keeping copies adds: their bucket. Each night's are kept whole until their time is over. */
export function backupLines(context: Context): Line[] {
  const { backup } = context.environment;
  if (backup.mode === "off") return [];
  const kept = {
    idle: dumpGb.platform * backup.keepDays,
    inUse: (dumpGb.platform + dumpGb.eachPerson * context.usage.users) * backup.keepDays,
  };
  const remarks = { estimate: true, part: "backup" } as const;
  return [serviceLine(context, "storage", `databases' dumps of ${backup.keepDays} days`, "s3", kept, remarks)];
}
