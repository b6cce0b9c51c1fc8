import { always, type Context, onlyInUse, serviceLine, times } from "./context";
import type { Line } from "./line";

/** GB of logs in a month: the control plane's five and the network's, and what a team's work adds. */
export const logsGb = { idle: 6, eachPerson: 0.5 };
/** Months that a log is kept, and what compression leaves of it: what is stored when as much goes as comes. */
export const logsKept = { months: 12, share: 0.15 };
/** GB of the project's own images in ECR, those that their lifecycle keeps, and of copies of others where they are kept. */
export const imagesGb = { own: 12, copies: 15 };
/** GB that a person reads and writes at home in a month: EFS bills both. */
export const homesGb = { read: 20, written: 5 };
/** Minutes that a month's builds take: two of all images. */
export const buildMinutes = 60;

/** Postgres. A second server has a second disk. */
export function databaseLines(context: Context): Line[] {
  const { database, region } = context.environment;
  const { dollars, region: priceRegion } = context.table.database(database.instanceClass, region);
  const servers = database.multiZone ? 2 : 1;
  return [
    {
      group: "database",
      item: `${database.instanceClass}${database.multiZone ? ", two servers" : ""}`,
      quantity: times(servers, context.awake.database),
      unit: "hour",
      unitPrice: dollars,
      priceRegion,
    },
    serviceLine(
      context,
      "database",
      `disk of ${database.storageGiB} GiB`,
      "database-storage",
      always(database.storageGiB * servers),
      {
        note: "also while it sleeps; backups up to its size are free",
      },
    ),
    serviceLine(context, "database", "password, a secret", "secret", always(1)),
  ];
}

/** People's homes, and what they keep in buckets. */
export function storageLines(context: Context): Line[] {
  const { environment, people, usage } = context;
  const buckets = serviceLine(context, "storage", "buckets", "s3", onlyInUse(usage.dataGb));
  if (!people) return [buckets];
  const homes = onlyInUse(usage.users * people.homeGiB);
  const each = `${people.homeGiB} GiB each`;
  if (environment.homes === "ebs") {
    return [serviceLine(context, "storage", "homes on disks", "gp3", homes, { note: each }), buckets];
  }
  const estimate = { estimate: true } as const;
  return [
    serviceLine(context, "storage", "homes on EFS", "efs", homes, { estimate: true, note: `as if full, ${each}` }),
    serviceLine(context, "storage", "homes read", "efs-read", onlyInUse(usage.users * homesGb.read), estimate),
    serviceLine(context, "storage", "homes written", "efs-write", onlyInUse(usage.users * homesGb.written), estimate),
    buckets,
  ];
}

/** What is kept of who did what, and the keys and secrets of it all. */
export function logsAndKeysLines(context: Context): Line[] {
  const written = { idle: logsGb.idle, inUse: logsGb.idle + logsGb.eachPerson * context.usage.users };
  const share = logsKept.months * logsKept.share;
  const kept = { idle: written.idle * share, inUse: written.inUse * share };
  const estimate = { estimate: true } as const;
  return [
    serviceLine(context, "logs and keys", "logs written", "logs-ingest", written, estimate),
    serviceLine(context, "logs and keys", "logs kept", "logs-storage", kept, estimate),
    serviceLine(context, "logs and keys", "encryption key", "kms-key", always(1), {
      note: "a dollar more after each of its first two yearly rotations",
    }),
  ];
}

/** The project's own images, and copies of others. */
export function imageLines(context: Context): Line[] {
  const { images } = context.environment;
  if (images.mode === "given") return [];
  const estimate = { estimate: true } as const;
  const lines = [
    serviceLine(context, "images", "the project's own", "ecr", always(imagesGb.own), estimate),
    serviceLine(context, "images", "building them", "build-minute", onlyInUse(buildMinutes), estimate),
  ];
  if (images.pullThrough) {
    lines.push(serviceLine(context, "images", "copies of others", "ecr", always(imagesGb.copies), estimate));
  }
  return lines;
}
