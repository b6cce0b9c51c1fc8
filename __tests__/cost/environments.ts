import { catalogue } from "../../constructs/components/catalogue";
import { loadEnvironment } from "../../constructs/contracts/load";
import type { Billed } from "../../cost/bill";
import { changed, inputs } from "../support/environments";

/** An AWS environment with its components, as the command reads it. */
export function read(input: unknown): Billed {
  const environment = loadEnvironment(input, catalogue);
  if (environment.place !== "aws") throw new Error("not on AWS");
  return environment;
}

/** Parts of `dev` by their path, changed one after the other. */
export function devWith(changes: Readonly<Record<string, unknown>>): Billed {
  return read(Object.entries(changes).reduce((input, [path, value]) => changed(input, path, value), inputs.dev()));
}

/** Everything cheap: whatever `dev` is today, these are the choices that the tests calculate with. */
export const cheap = {
  network: { mode: "new", cidr: "10.10.0.0/16", zones: 2, egress: { mode: "nat-instance" } },
  nodes: {
    mode: "groups",
    zones: 1,
    system: { instanceTypes: ["t3.large"], min: 1, max: 2, spot: true },
    general: { instanceTypes: ["m6i.large", "m5.large"], min: 0, max: 4, spot: true },
  },
  database: { instanceClass: "db.t4g.micro", storageGiB: 20, multiZone: false, backupDays: 1 },
  homes: "ebs",
  domain: { mode: "route53", name: "mlops.example.com", zone: "make", from: ["203.0.113.0/24"] },
  schedule: { days: ["MON", "TUE", "WED", "THU", "FRI"], from: "07:00", until: "19:00", timezone: "Europe/Dublin" },
  images: { mode: "build" },
  region: "eu-west-1",
} as const;

export const usage = { users: 5, notebookHours: 80, gpuHours: 20, trainingHours: 40, dataGb: 100 };
