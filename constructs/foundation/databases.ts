import * as path from "node:path";
import { Construct } from "constructs";
import type { ClusterProfile } from "../contracts/cluster-profile";
import type { AnyComponent } from "../contracts/component";
import { HelmChart } from "../helm-chart";
import { secretNames } from "./secrets";

export interface DatabasesProps {
  readonly namespace: string;
  readonly cluster: ClusterProfile;
  readonly components: readonly AnyComponent[];
}

/**
 * One database and one user for each component that needs one, made by a job inside the cluster that can be run again.
 * The job reads the server's master password from the cloud's secret store with its own identity, and the users'
 * passwords from the generated secrets.
 */
export class Databases extends Construct {
  constructor(scope: Construct, id: string, props: DatabasesProps) {
    super(scope, id);
    const { cluster, namespace, components } = props;
    const admin = cluster.databaseAdmin;
    if (!admin) throw new Error("components need databases and the cluster profile names no database server");
    const { toolbox } = cluster.images;
    const databases = components
      .filter((c) => c.needs.database)
      .map((c) => ({ component: c.name, ...cluster.database(c.name) }));
    const podSpec = {
      serviceAccountName: admin.serviceAccount,
      restartPolicy: "Never",
      securityContext: { runAsNonRoot: true, runAsUser: 1000, seccompProfile: { type: "RuntimeDefault" } },
      containers: [
        {
          name: "databases",
          image: `${toolbox.repository}:${toolbox.tag}`,
          command: ["python", "-m", "open_mlops.databases"],
          env: [
            { name: "DATABASE_HOST", value: admin.host },
            { name: "DATABASE_PORT", value: String(admin.port) },
            { name: "DATABASE_ADMIN_SECRET_ARN", value: admin.secretArn },
            { name: "AWS_REGION", value: admin.region },
            { name: "DATABASES", value: JSON.stringify(databases.map(({ name, user }) => ({ name, user }))) },
            ...databases.map(({ component, user }) => ({
              name: `PASSWORD_${user}`,
              valueFrom: { secretKeyRef: { name: secretNames.database(component), key: "password" } },
            })),
          ],
          resources: { requests: { cpu: "100m", memory: "256Mi" }, limits: { memory: "512Mi" } },
          securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ["ALL"] } },
        },
      ],
    };
    new HelmChart(this, "chart", {
      chart: { folder: path.join(__dirname, "../../charts/manifests") },
      name: "databases",
      namespace,
      values: {
        manifests: [
          { apiVersion: "v1", kind: "ServiceAccount", metadata: { name: admin.serviceAccount, namespace } },
          {
            apiVersion: "batch/v1",
            kind: "Job",
            metadata: {
              name: "databases",
              namespace,
              // A job cannot be changed: as a hook, Helm deletes the last one and runs this one at each upgrade.
              annotations: {
                "helm.sh/hook": "post-install,post-upgrade",
                "helm.sh/hook-delete-policy": "before-hook-creation",
              },
            },
            spec: { backoffLimit: 6, template: { spec: podSpec } },
          },
        ],
      },
    });
  }
}
