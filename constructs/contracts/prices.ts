/**
 * The machines that an environment may name, with what they have. What they cost is in `price-list.json`, by region. A
 * type that is not here cannot be chosen: its bill could not be told before it is made. To allow one, add its line here
 * and its price there.
 */
export interface InstanceType {
  readonly vcpus: number;
  readonly memoryGiB: number;
  readonly architecture: "x86_64" | "arm64";
  readonly gpus: number;
}

const machine =
  (architecture: InstanceType["architecture"]) =>
  (vcpus: number, memoryGiB: number, gpus = 0): InstanceType => ({ vcpus, memoryGiB, architecture, gpus });
const x86 = machine("x86_64");
const arm = machine("arm64");

export const instanceTypes: Readonly<Record<string, InstanceType>> = {
  "t3.medium": x86(2, 4),
  "t3.large": x86(2, 8),
  "t3a.large": x86(2, 8),
  "m5.large": x86(2, 8),
  "m5a.large": x86(2, 8),
  "m6a.large": x86(2, 8),
  "m6i.large": x86(2, 8),
  "m6i.xlarge": x86(4, 16),
  "m6i.2xlarge": x86(8, 32),
  "m7i.large": x86(2, 8),
  "r6i.large": x86(2, 16),
  "t4g.large": arm(2, 8),
  "m7g.large": arm(2, 8),
  "g4dn.xlarge": x86(4, 16, 1),
  "g4dn.2xlarge": x86(8, 32, 1),
  "g4dn.12xlarge": x86(48, 192, 4),
  "g5.xlarge": x86(4, 16, 1),
  "g5.12xlarge": x86(48, 192, 4),
  "g6.xlarge": x86(4, 16, 1),
  "g6.2xlarge": x86(8, 32, 1),
  "g6.12xlarge": x86(48, 192, 4),
  "g5g.xlarge": arm(4, 8, 1),
};

/** The machine behind a type's name. */
export function instanceType(name: string): InstanceType {
  const type = Object.hasOwn(instanceTypes, name) ? instanceTypes[name] : undefined;
  if (!type) {
    throw new Error(
      `"${name}" is not in the price list; use one of ${Object.keys(instanceTypes).join(", ")}, or add it to constructs/contracts/prices.ts`,
    );
  }
  return type;
}

/** What a node has for pods. Kubernetes and what runs on every node take a quarter of a core, and 15 % of the memory. */
export function roomOnNode(name: string): { readonly cpu: number; readonly memoryGiB: number } {
  const { vcpus, memoryGiB } = instanceType(name);
  return { cpu: vcpus - 0.25, memoryGiB: Math.floor(memoryGiB * 85) / 100 };
}

/** The machine that a NAT instance is. */
export const natInstanceType = "t4g.nano";

/** Postgres on RDS, in one zone; Multi-AZ is two of them. */
export interface DatabaseClass {
  readonly memoryGiB: number;
}

export const databaseClasses: Readonly<Record<string, DatabaseClass>> = {
  "db.t4g.micro": { memoryGiB: 1 },
  "db.t4g.small": { memoryGiB: 2 },
  "db.t4g.medium": { memoryGiB: 4 },
};
