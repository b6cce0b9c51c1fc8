import { Construct } from "constructs";
import type { ClusterProfile, DatabaseAdmin } from "../contracts/cluster-profile";
import type { Part } from "../contracts/foundation";
import type { PodTraffic } from "../contracts/traffic";
import { HelmChart } from "../helm-chart";
import { ownChart } from "../sources";
import { type EnvVar, fromSecret } from "./pods";
import { priorities } from "./scheduling/priorities";
import { secretNames } from "./secrets";

const labels = { "app.kubernetes.io/name": "databases" } as const;
/** The job that makes databases and users, and what it is made from again. */
export const databasesJob = "databases";

export interface DatabasesProps {
  readonly namespace: string;
  readonly cluster: ClusterProfile;
  /** All parts of the foundation and all components. */
  readonly parts: readonly Part[];
}

/**
 * One database and one user for each part that needs one, made by a job inside the cluster that can be run again.
 * The job reads the server's master password from the cloud's secret store with its own identity, or from a secret of
 * its namespace, and the users' passwords from the generated secrets.
 */
export class Databases extends Construct {
  constructor(scope: Construct, id: string, props: DatabasesProps) {
    super(scope, id);
    const { cluster, namespace, parts } = props;
    const admin = cluster.databaseAdmin;
    if (!admin) throw new Error("parts need databases and the cluster profile names no database server");
    const { toolbox } = cluster.images;
    const databases = parts
      .filter((c) => c.needs.database)
      .map((c) => ({ component: c.name, ...cluster.database(c.name) }));
    const account = admin.credentials === "cloud" ? admin.serviceAccount : "databases";
    const podSpec = {
      serviceAccountName: account,
      automountServiceAccountToken: false,
      priorityClassName: priorities.foundation,
      restartPolicy: "Never",
      securityContext: { runAsNonRoot: true, runAsUser: 1000, seccompProfile: { type: "RuntimeDefault" } },
      containers: [
        {
          name: "databases",
          image: `${toolbox.repository}:${toolbox.tag}`,
          command: ["python", "-m", "open_mlops.databases"],
          env: [
            ...adminEnv(admin),
            { name: "DATABASES", value: JSON.stringify(databases.map(({ name, user }) => ({ name, user }))) },
            ...databases.map(({ component, user }) => ({
              name: `PASSWORD_${user}`,
              valueFrom: fromSecret({ name: secretNames.database(component), key: "password" }),
            })),
          ],
          resources: { requests: { cpu: "100m", memory: "256Mi" }, limits: { memory: "512Mi" } },
          securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ["ALL"] } },
        },
      ],
    };
    const job = { backoffLimit: 6, template: { metadata: { labels }, spec: podSpec } };
    new HelmChart(this, "chart", {
      chart: ownChart("manifests"),
      name: databasesJob,
      namespace,
      values: {
        manifests: [
          { apiVersion: "v1", kind: "ServiceAccount", metadata: { name: account, namespace } },
          {
            apiVersion: "batch/v1",
            kind: "Job",
            metadata: {
              name: databasesJob,
              namespace,
              // A job cannot be changed: as a hook, Helm deletes the last one and runs this one at each upgrade.
              annotations: {
                "helm.sh/hook": "post-install,post-upgrade",
                "helm.sh/hook-delete-policy": "before-hook-creation",
              },
            },
            spec: job,
          },
          {
            apiVersion: "batch/v1",
            kind: "CronJob",
            metadata: { name: databasesJob, namespace },
            // It never runs by the clock: after a rotation, the job is made from it once more.
            spec: { suspend: true, schedule: "0 0 1 1 *", jobTemplate: { spec: job } },
          },
        ],
      },
    });
  }
}

/** The job's pods, and whom they talk to: the server, and where the master password is in the cloud's store, that. */
export function databasesPods({ credentials }: DatabaseAdmin): PodTraffic<never> {
  return { labels, uses: ["database", ...(credentials === "cloud" ? (["cloud"] as const) : [])] };
}

/** The server and how to sign in to it as its administrator, as `open_mlops.databases` reads it. */
export function adminEnv(admin: DatabaseAdmin): EnvVar[] {
  return [
    { name: "DATABASE_HOST", value: admin.host },
    { name: "DATABASE_PORT", value: String(admin.port) },
    { name: "DATABASE_SSLMODE", value: admin.tls },
    ...credentialsEnv(admin),
  ];
}

function credentialsEnv(admin: DatabaseAdmin): EnvVar[] {
  return admin.credentials === "cloud"
    ? [
        { name: "DATABASE_ADMIN_SECRET_ARN", value: admin.secretArn },
        { name: "AWS_REGION", value: admin.region },
      ]
    : [
        { name: "DATABASE_ADMIN_USER", valueFrom: fromSecret({ name: admin.secret, key: "username" }) },
        { name: "DATABASE_ADMIN_PASSWORD", valueFrom: fromSecret({ name: admin.secret, key: "password" }) },
      ];
}
