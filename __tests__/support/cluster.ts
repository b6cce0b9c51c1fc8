import type { ClusterProfile, GpuNodes } from "../../constructs/contracts/cluster-profile";
import { databaseUser } from "../../constructs/contracts/names";

export const gpuNodes: GpuNodes = {
  perNode: 1,
  resource: "nvidia.com/gpu",
  nodeSelector: { "open-mlops/nodes": "gpu" },
  tolerations: [{ key: "nvidia.com/gpu", operator: "Exists", effect: "NoSchedule" }],
};

/** A cluster as plain data: what a place answers, with names that show where a value came from. */
export function testCluster(changes: Partial<ClusterProfile> = {}): ClusterProfile {
  return {
    connection: {
      signIn: "exec",
      host: "https://api.cluster.example",
      caCertificate: "Y2VydGlmaWNhdGU=",
      exec: { command: "aws", args: ["eks", "get-token", "--cluster-name", "test"] },
    },
    storageClass: { name: "fast" },
    homes: { name: "fast" },
    bucket: (name, component) => {
      const full = component ? `test-${component}-${name}` : `test-${name}`;
      return { name: full, region: "eu-west-1", uri: `s3://${full}` };
    },
    bucketAccess: () => ({ env: { AWS_REGION: "eu-west-1" }, secretEnv: {} }),
    database: (component) => ({
      host: "postgres.example",
      port: 5432,
      name: databaseUser(component),
      user: databaseUser(component),
      tls: "require",
    }),
    databaseAdmin: {
      host: "postgres.example",
      port: 5432,
      tls: "require",
      credentials: "cloud",
      secretArn: "arn:aws:secretsmanager:eu-west-1:111122223333:secret:master",
      region: "eu-west-1",
      serviceAccount: "databases",
    },
    serviceAccountAnnotations: () => ({}),
    scale: "regular",
    network: {
      database: { in: "network", ports: [5432], blocks: ["10.1.0.0/16"] },
      buckets: { in: "network", ports: [443] },
      podIdentityAgent: true,
    },
    images: {
      toolbox: { repository: "registry.example/toolbox", tag: "1.2.3" },
      serving: { repository: "registry.example/serving", tag: "1.2.3" },
    },
    ...changes,
  };
}
