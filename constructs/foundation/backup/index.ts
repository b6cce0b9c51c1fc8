import type { Construct } from "constructs";
import type { BackupSettings, FoundationPart, FoundationSettings, PartContext } from "../../contracts/foundation";
import type { HomesIn } from "../../contracts/homes";
import { foundationNamespace } from "../../contracts/names";
import type { Needs } from "../../contracts/needs";
import type { StartsForPeople } from "../../contracts/peoples-work";
import type { Traffic } from "../../contracts/traffic";
import { HelmChart } from "../../helm-chart";
import { ownChart } from "../../sources";
import { CopiedSecrets } from "../copied-secrets";
import { priorities } from "../scheduling/priorities";
import {
  besideAccount,
  besideLabels,
  homesBucket,
  homesJob,
  homesLabels,
  homesLockedDays,
  homesObjects,
} from "./homes";
import { account, adminSecret, backupJobs, bucket, labels } from "./jobs";

/**
 * Every database of the platform and every home of its people, copied on a schedule to buckets of its own, and each month
 * tried. Nothing answers here: nobody reaches its jobs. Those of databases sign in to the server as its administrator; those
 * of homes run beside each home, in its namespace.
 */
export class Backup implements FoundationPart {
  readonly name = "backup";
  readonly needs: Needs;
  readonly traffic: Traffic<never>;
  /** No code of people's: what runs beside homes. Where people's pods are, nothing is made that is not judged. */
  readonly startsForPeople?: StartsForPeople;

  constructor(
    private readonly settings: BackupSettings,
    place: FoundationSettings["place"],
    private readonly homes?: HomesIn,
  ) {
    const { keepDays } = settings;
    const { namespace } = homes ?? {};
    this.needs = {
      buckets: [bucket, ...(homes ? [homesBucket] : [])],
      lockedDays: { [bucket]: keepDays, ...(homes ? { [homesBucket]: homesLockedDays(keepDays) } : {}) },
      serviceAccounts: [
        { name: account, buckets: [bucket], databaseAdmin: true },
        ...(namespace
          ? [
              { name: homesJob, buckets: [homesBucket] },
              { name: besideAccount, namespace, buckets: [homesBucket] },
            ]
          : []),
      ],
    };
    this.traffic = {
      // On AWS the administrator's password is in the cloud's store.
      jobs: { labels, uses: ["database", "buckets", ...(place === "aws" ? (["cloud"] as const) : [])] },
      ...(namespace
        ? {
            [homesJob]: { labels: homesLabels, uses: ["buckets", "kubernetes-api"] },
            [besideAccount]: { namespace, labels: besideLabels, uses: ["buckets"] },
          }
        : {}),
    };
    if (namespace) {
      this.startsForPeople = {
        maker: homesJob,
        makes: "jobs",
        namespace,
        groups: [besideAccount],
        serviceAccount: besideAccount,
        priorities: [priorities.workers],
      };
    }
  }

  install(scope: Construct, context: PartContext): void {
    const { namespace } = context;
    const { objects, after } = this.databases(scope, context);
    const manifests = [...objects, ...(this.homes ? homesObjects(context, this.settings, this.homes) : [])];
    if (manifests.length === 0) return;
    new HelmChart(scope, "jobs", {
      chart: ownChart("manifests"),
      name: this.name,
      namespace,
      values: { manifests },
      after,
    });
  }

  private databases(
    scope: Construct,
    context: PartContext,
  ): { readonly objects: readonly object[]; readonly after: readonly HelmChart<object>[] } {
    const { cluster, namespace, parts } = context;
    const admin = cluster.databaseAdmin;
    const databases = parts.filter(({ needs }) => needs.database).map(({ name }) => cluster.database(name));
    if (!admin || databases.length === 0) return { objects: [], after: [] };
    const after =
      admin.credentials === "secret"
        ? [
            new CopiedSecrets(scope, "backup-database-admin", { release: namespace, foundation: foundationNamespace }, [
              {
                from: { namespace: foundationNamespace, name: admin.secret },
                to: { namespace, name: adminSecret },
                keys: ["username", "password"],
              },
            ]).chart,
          ]
        : [];
    return { objects: backupJobs(context, this.settings, admin, databases), after };
  }
}
