import type { EnvironmentInput } from "../constructs/contracts/environment";

/**
 * A platform that people rely on: three zones with a way out each, a database with a second server, GPU nodes that
 * exist while someone uses them, homes that outlive a zone, and nothing with data in it that can be destroyed by mistake.
 *
 * Before the first deploy replace what belongs to nobody: the account 111122223333 in `admins` and `state`, the network
 * 198.51.100.0/24, which stands for your office, the addresses in `budget` and `observability.alerts` with the mail server
 * there, and the name in `domain`, which must be a zone of the account.
 */
export default {
  name: "prod",
  place: "aws",
  region: "eu-west-1",
  network: { mode: "new", cidr: "10.20.0.0/16", zones: 3, egress: { mode: "nat-gateway", perZone: true } },
  kubernetes: {
    version: "1.35",
    admins: ["arn:aws:iam::111122223333:role/platform-admin"],
    publicAccess: ["198.51.100.0/24"],
  },
  nodes: {
    mode: "groups",
    zones: 3,
    system: { instanceTypes: ["m6i.large"], min: 1, max: 2 },
    general: { instanceTypes: ["m6i.xlarge"], min: 1, max: 4 },
    gpu: [{ name: "gpu", instanceTypes: ["g4dn.xlarge"], max: 2 }],
  },
  database: { instanceClass: "db.t4g.medium", storageGiB: 50, multiZone: true, backupDays: 14 },
  homes: "efs",
  domain: { mode: "route53", name: "mlops.example.com", zone: "find", from: ["198.51.100.0/24"] },
  identity: { mode: "builtin", admin: "ada" },
  observability: {
    mode: "on",
    alerts: [
      {
        to: "email",
        addresses: ["platform@example.com"],
        from: "mlops@example.com",
        server: "smtp.example.com:587",
      },
    ],
  },
  backup: { mode: "on", keepDays: 30 },
  protect: true,
  budget: { monthly: 2500, emails: ["platform@example.com"] },
  state: { mode: "s3", bucket: "open-mlops-state-111122223333", region: "eu-west-1", make: true },
  images: { mode: "build" },
  components: [
    {
      tool: "jupyterhub",
      // They have room on the nodes that stay, and are the first to give it up.
      placeholders: 2,
      profiles: [
        { name: "small", description: "1 core, 4 GiB", cpu: 1, memoryGiB: 4 },
        { name: "large", description: "3 cores, 12 GiB", cpu: 3, memoryGiB: 12 },
        { name: "gpu", description: "3 cores, 12 GiB, one GPU", cpu: 3, memoryGiB: 12, gpus: 1 },
      ],
    },
    { tool: "mlflow", replicas: 2, maxReplicas: 4 },
    { tool: "prefect" },
    { tool: "dask-gateway" },
    { tool: "seldon" },
  ],
} satisfies EnvironmentInput;
