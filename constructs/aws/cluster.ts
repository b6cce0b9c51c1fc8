import { Construct } from "constructs";
import type { ClusterProfile } from "../contracts/cluster-profile";
import type { AwsEnvironment } from "../contracts/environment";
import type { Part } from "../contracts/foundation";
import { foundationNamespace } from "../contracts/names";
import { Account } from "./account";
import { NodeAddOns, WorkloadAddOns } from "./add-ons";
import { Buckets } from "./buckets";
import { MonthlyBudget } from "./budget";
import { DatabaseServer } from "./database";
import { Domain } from "./domain";
import { EksCluster } from "./eks-cluster";
import { EncryptionKey } from "./encryption-key";
import { FileSystem } from "./file-system";
import { imagePlan } from "./image-plan";
import { BuiltImages } from "./images";
import { makeNetwork } from "./network";
import { NodeGroups } from "./node-groups";
import { PodIdentity } from "./pod-identity";
import { AwsProfile } from "./profile";
import { SleepSchedule } from "./schedule";

export interface AwsClusterProps {
  readonly environment: AwsEnvironment;
  /** The parts as far as a cluster knows them: names, and what they need. */
  readonly parts: readonly Pick<Part, "name" | "needs">[];
}

/** The service account of the job that makes databases, in the foundation's namespace. */
const databaseServiceAccount = "databases";

/**
 * A new EKS cluster with everything its parts' needs ask for. What it gives is its profile; no part's name
 * means anything here.
 */
export class AwsCluster extends Construct {
  readonly profile: ClusterProfile;
  readonly clusterName: string;
  /** The name servers of a zone that was made here. */
  readonly nameServers?: readonly string[];

  constructor(scope: Construct, id: string, props: AwsClusterProps) {
    super(scope, id);
    const { environment, parts } = props;
    const { protect, kubernetes, nodes } = environment;
    const account = new Account(this, "account", environment);
    const key = new EncryptionKey(this, "key", { account, protect });
    const network = makeNetwork(this, "network", { environment, account, key });
    const cluster = new EksCluster(this, "kubernetes", { account, kubernetes, network, key, protect });

    // A node is ready when its add-ons are there, and the other add-ons are when there are nodes.
    const nodeAddOns = new NodeAddOns(this, "node-add-ons", { account, cluster });
    const { schedule } = environment;
    const groups = new NodeGroups(this, "nodes", {
      account,
      cluster,
      network,
      nodes,
      sleeps: schedule !== undefined,
      after: nodeAddOns.ready,
    });
    new WorkloadAddOns(this, "add-ons", { account, cluster, nodes: groups.ready, homes: environment.homes });

    const buckets = new Buckets(this, "buckets", { account, key, parts, protect });
    let database: DatabaseServer | undefined;
    if (parts.some((part) => part.needs.database)) {
      database = new DatabaseServer(this, "database", {
        account,
        network,
        key,
        protect,
        settings: environment.database,
        clientSecurityGroupId: cluster.securityGroupId,
      });
      new PodIdentity(this, "identity-databases", {
        account,
        cluster,
        namespace: foundationNamespace,
        serviceAccount: databaseServiceAccount,
        allow: database.readAdminSecret(),
      });
    }
    for (const { name: part, needs } of parts) {
      for (const need of needs.serviceAccounts ?? []) {
        const { name: serviceAccount, namespace = part, buckets: used, databaseAdmin } = need;
        const allow = [
          ...used.flatMap((name) =>
            buckets.bucket(name, needs.buckets?.includes(name) ? part : undefined).readAndWrite(),
          ),
          ...((databaseAdmin && database?.readAdminSecret()) || []),
        ];
        // An identity without rights would be no identity at all: such pods get no credentials.
        if (allow.length === 0) continue;
        new PodIdentity(this, `identity-${namespace}-${serviceAccount}`, {
          account,
          cluster,
          namespace,
          serviceAccount,
          allow,
        });
      }
    }
    const clientSecurityGroupId = cluster.securityGroupId;
    const homes = { account, network, key, zones: nodes.zones, clientSecurityGroupId, protect };
    const fileSystem = environment.homes === "efs" ? new FileSystem(this, "homes", homes) : undefined;
    const named = environment.domain.mode === "route53" ? environment.domain : undefined;
    const domain =
      named && new Domain(this, "domain", { account, cluster, network, settings: named, protect, nodes: groups.ready });
    this.nameServers = domain?.nameServers;
    const plan = imagePlan(environment);
    // Not before the cluster: S3 needs some minutes until it tells of the first upload.
    const built = plan && new BuiltImages(this, "images", { account, key, environment, plan, after: nodeAddOns.ready });
    if (environment.budget) new MonthlyBudget(this, "budget", { account, budget: environment.budget });
    if (schedule) {
      new SleepSchedule(this, "schedule", {
        account,
        key,
        schedule,
        clusterName: cluster.name,
        groups: groups.scheduled,
        databaseIdentifier: database?.identifier,
      });
    }
    this.clusterName = cluster.clusterName;
    this.profile = new AwsProfile({
      environment,
      cluster,
      buckets,
      database,
      databaseServiceAccount,
      fileSystem,
      edge: domain?.edge,
      gpu: groups.gpu,
      inCluster: {
        clusterName: cluster.clusterName,
        region: account.region,
        nodes,
        karpenter: groups.karpenter,
        isolated: environment.network.mode === "new" && environment.network.egress.mode === "none",
      },
      built,
    });
  }
}
