import type { Construct } from "constructs";
import type { BackupSettings, FoundationPart, FoundationSettings, PartContext } from "../../contracts/foundation";
import { foundationNamespace } from "../../contracts/names";
import type { Needs } from "../../contracts/needs";
import type { Traffic } from "../../contracts/traffic";
import { HelmChart } from "../../helm-chart";
import { ownChart } from "../../sources";
import { account, adminSecret, backupJobs, bucket, labels } from "./jobs";

/**
 * Every database of the platform, dumped to a bucket of its own on a schedule, and each month restored to try. Its jobs
 * sign in to the server as its administrator, and nothing answers here: nobody reaches them.
 */
export class Backup implements FoundationPart {
  readonly name = "backup";
  readonly needs: Needs;
  readonly traffic: Traffic<never>;

  constructor(
    private readonly settings: BackupSettings,
    place: FoundationSettings["place"],
  ) {
    this.needs = {
      buckets: [bucket],
      lockedDays: { [bucket]: settings.keepDays },
      serviceAccounts: [{ name: account, buckets: [bucket], databaseAdmin: true }],
    };
    this.traffic = {
      // On AWS the administrator's password is in the cloud's store.
      jobs: { labels, uses: ["database", "buckets", ...(place === "aws" ? (["cloud"] as const) : [])] },
    };
  }

  install(scope: Construct, context: PartContext): void {
    const { cluster, namespace, parts } = context;
    const admin = cluster.databaseAdmin;
    const databases = parts.filter(({ needs }) => needs.database).map(({ name }) => cluster.database(name));
    if (!admin || databases.length === 0) return;
    const copied =
      admin.credentials === "secret"
        ? [
            new HelmChart(scope, adminSecret, {
              chart: ownChart("copied-secrets"),
              name: "backup-database-admin",
              namespace,
              values: {
                copies: [
                  {
                    from: { namespace: foundationNamespace, name: admin.secret },
                    to: { namespace, name: adminSecret },
                    keys: ["username", "password"],
                  },
                ],
              },
            }),
          ]
        : [];
    new HelmChart(scope, "jobs", {
      chart: ownChart("manifests"),
      name: this.name,
      namespace,
      values: { manifests: backupJobs(context, this.settings, admin, databases) },
      after: copied,
    });
  }
}
