import {
  DeleteDBInstanceAutomatedBackupCommand,
  DeleteDBSnapshotCommand,
  paginateDescribeDBInstanceAutomatedBackups,
  paginateDescribeDBSnapshots,
} from "@aws-sdk/client-rds";
import {
  DeleteBucketCommand,
  DeleteObjectsCommand,
  GetBucketTaggingCommand,
  ListBucketsCommand,
  ListObjectVersionsCommand,
} from "@aws-sdk/client-s3";
import type { AwsClients } from "../clients";
import { isNotFound } from "../errors";
import type { AwsLeftover, LeftoverKind } from "../leftover";
import { tagsOf, whyNamedOurs, whyOurs } from "../ownership";

/** The last snapshot of a protected database, and those that people took of it. */
export const databaseSnapshots: LeftoverKind = {
  kind: "database snapshot",
  arns: /:rds:[^:]*:[^:]*:snapshot:/,
  async find(place) {
    const found: AwsLeftover[] = [];
    const own = { SnapshotType: "manual" };
    for await (const page of paginateDescribeDBSnapshots({ client: place.clients.rds }, own)) {
      for (const each of page.DBSnapshots ?? []) {
        const { DBSnapshotIdentifier: id = "", AllocatedStorage = 0, TagList } = each;
        const because = whyNamedOurs(id, each.DBInstanceIdentifier === place.cluster, tagsOf(TagList), place);
        if (!because) continue;
        found.push({
          kind: this.kind,
          id,
          name: `${id} (of ${AllocatedStorage} GiB)`,
          because,
          remedy: `aws rds delete-db-snapshot --region ${place.region} --db-snapshot-identifier ${id}`,
          data: true,
        });
      }
    }
    return found;
  },
  async remove({ clients }, { id }) {
    await clients.rds.send(new DeleteDBSnapshotCommand({ DBSnapshotIdentifier: id }));
  },
};

/** Backups that a protected database keeps when it is deleted; AWS removes them when their days are over. */
export const databaseBackups: LeftoverKind = {
  kind: "database backup",
  arns: /:rds:[^:]*:[^:]*:auto-backup:/,
  async find(place) {
    const found: AwsLeftover[] = [];
    const filter = { Filters: [{ Name: "status", Values: ["retained"] }] };
    for await (const page of paginateDescribeDBInstanceAutomatedBackups({ client: place.clients.rds }, filter)) {
      for (const each of page.DBInstanceAutomatedBackups ?? []) {
        const { DbiResourceId: id = "", DBInstanceIdentifier, BackupRetentionPeriod } = each;
        if (DBInstanceIdentifier !== place.cluster) continue;
        found.push({
          kind: this.kind,
          id,
          name: `${id} (kept for ${BackupRetentionPeriod ?? "?"} days)`,
          because: `it is of the environment's database ${DBInstanceIdentifier}`,
          remedy: `aws rds delete-db-instance-automated-backup --region ${place.region} --dbi-resource-id ${id}`,
          data: true,
        });
      }
    }
    return found;
  },
  async remove({ clients }, { id }) {
    await clients.rds.send(new DeleteDBInstanceAutomatedBackupCommand({ DbiResourceId: id }));
  },
};

/** Buckets by name and tags: both, because a name alone says nothing about whose it is. */
export const buckets: LeftoverKind = {
  kind: "bucket",
  arns: /:s3:::/,
  async find(place) {
    const { Buckets = [] } = await place.clients.s3.send(new ListBucketsCommand({}));
    const found: AwsLeftover[] = [];
    for (const { Name: id = "" } of Buckets) {
      // The state's bucket knows what is there; it outlives what it remembers.
      if (!id.startsWith(`${place.cluster}-`) || id === place.stateBucket) continue;
      const because = whyOurs(await bucketTags(place.clients, id), place);
      const remedy = `aws s3 rb s3://${id} --force, after its old versions are deleted`;
      if (because) found.push({ kind: this.kind, id, name: id, because, remedy, data: true });
    }
    return found;
  },
  async remove({ clients: { s3 } }, { id: Bucket }) {
    for (;;) {
      // From the top each time, since what was listed is gone then.
      const page = await s3.send(new ListObjectVersionsCommand({ Bucket }));
      const Objects = [...(page.Versions ?? []), ...(page.DeleteMarkers ?? [])].map(({ Key, VersionId }) => ({
        Key,
        VersionId,
      }));
      if (Objects.length === 0) break;
      const remove = async (BypassGovernanceRetention?: true) =>
        (
          await s3.send(
            new DeleteObjectsCommand({ Bucket, Delete: { Objects, Quiet: true }, BypassGovernanceRetention }),
          )
        ).Errors ?? [];
      const refused = await remove();
      // Dumps are locked. A lock of an environment that was not protected yields to who may ask for it; another does not.
      const [error] = refused.some(({ Code }) => Code === "AccessDenied") ? await remove(true) : refused;
      if (error) throw new Error(`${error.Key} could not be deleted: ${error.Message ?? error.Code}`);
    }
    await s3.send(new DeleteBucketCommand({ Bucket }));
  },
};

async function bucketTags({ s3 }: AwsClients, Bucket: string) {
  try {
    return tagsOf((await s3.send(new GetBucketTaggingCommand({ Bucket }))).TagSet);
  } catch (error) {
    if (isNotFound(error)) return {};
    throw error;
  }
}
