import type { EnvironmentInput } from "../constructs/contracts/environment";

/**
 * A cluster to try things in, as cheap as a real one gets: two zones behind one small NAT instance, all nodes on spot
 * in one of them, the smallest database, and nights and weekends without either. What that gives up: a node may be taken
 * at two minutes' notice, with the servers and runs on it, and the tools are away for some minutes until the next one is
 * there; and all is down when the zone is. Nothing in it is protected: destroying it deletes its data.
 *
 * Before the first deploy replace what belongs to nobody: the account 111122223333 in `admins`, the network
 * 203.0.113.0/24, which stands for the one you sit in, the address in `budget`, and the name in `domain`, which must be a
 * zone of the account. Without one, `domain: { mode: "none" }` saves the load balancer and leaves `kubectl port-forward`.
 */
export default {
  name: "dev",
  place: "aws",
  region: "eu-west-1",
  network: { mode: "new", cidr: "10.10.0.0/16", zones: 2, egress: { mode: "nat-instance" } },
  kubernetes: {
    version: "1.35",
    admins: ["arn:aws:iam::111122223333:role/platform-admin"],
    publicAccess: ["203.0.113.0/24"],
  },
  nodes: {
    mode: "groups",
    zones: 1,
    // Any of these has 8 GiB; the more kinds, the less often spot has none.
    system: { instanceTypes: ["t3.large", "m5.large", "m6i.large"], min: 1, max: 2, spot: true },
    general: { instanceTypes: ["m6i.large", "m5.large"], min: 0, max: 4, spot: true },
  },
  database: { instanceClass: "db.t4g.micro", storageGiB: 20, multiZone: false, backupDays: 1 },
  domain: { mode: "route53", name: "dev.mlops.example.com", zone: "find", from: ["203.0.113.0/24"] },
  identity: { mode: "builtin", admin: "ada" },
  protect: false,
  budget: { monthly: 200, emails: ["platform@example.com"] },
  schedule: { days: ["MON", "TUE", "WED", "THU", "FRI"], from: "07:00", until: "19:00", timezone: "Europe/Dublin" },
  state: { mode: "local" },
  images: { mode: "build" },
  components: [
    {
      tool: "jupyterhub",
      // What fits on an m6i.large beside what every node runs.
      profiles: [
        { name: "small", description: "Half a core, 2 GiB", cpu: 0.5, memoryGiB: 2 },
        { name: "large", description: "1.5 cores, 5 GiB", cpu: 1.5, memoryGiB: 5 },
      ],
    },
    { tool: "mlflow" },
    { tool: "prefect" },
    { tool: "dask-gateway" },
    { tool: "seldon" },
  ],
} satisfies EnvironmentInput;
