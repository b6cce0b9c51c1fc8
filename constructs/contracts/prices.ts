/**
 * The EC2 instance types that an environment may name, with what they have and cost.
 *
 * Source: AWS on-demand prices for Linux in us-east-1, dollars an hour, read on 2026-07-20. A type that is not here
 * cannot be chosen: its bill could not be told before it is made. To allow one, add its line.
 */
export interface InstanceType {
  readonly vcpus: number;
  readonly memoryGiB: number;
  readonly architecture: "x86_64" | "arm64";
  readonly gpus: number;
  /** Dollars an hour. */
  readonly price: number;
}

const cpu = (vcpus: number, memoryGiB: number, architecture: InstanceType["architecture"], price: number) => ({
  vcpus,
  memoryGiB,
  architecture,
  gpus: 0,
  price,
});
const gpu = (vcpus: number, memoryGiB: number, architecture: InstanceType["architecture"], price: number) => ({
  ...cpu(vcpus, memoryGiB, architecture, price),
  gpus: 1,
});

export const pricesReadOn = "2026-07-20";
export const pricesRegion = "us-east-1";

export const instanceTypes: Readonly<Record<string, InstanceType>> = {
  "t3.medium": cpu(2, 4, "x86_64", 0.0416),
  "t3.large": cpu(2, 8, "x86_64", 0.0832),
  "m5.large": cpu(2, 8, "x86_64", 0.096),
  "m6i.large": cpu(2, 8, "x86_64", 0.096),
  "m6i.xlarge": cpu(4, 16, "x86_64", 0.192),
  "m6i.2xlarge": cpu(8, 32, "x86_64", 0.384),
  "t4g.large": cpu(2, 8, "arm64", 0.0672),
  "m7g.large": cpu(2, 8, "arm64", 0.0816),
  "g4dn.xlarge": gpu(4, 16, "x86_64", 0.526),
  "g5.xlarge": gpu(4, 16, "x86_64", 1.006),
  "g6.xlarge": gpu(4, 16, "x86_64", 0.8048),
  "g5g.xlarge": gpu(4, 8, "arm64", 0.42),
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

/** Postgres on RDS, in one zone; Multi-AZ costs twice as much. */
export interface DatabaseClass {
  readonly memoryGiB: number;
  /** Dollars an hour. */
  readonly price: number;
}

export const databaseClasses: Readonly<Record<string, DatabaseClass>> = {
  "db.t4g.micro": { memoryGiB: 1, price: 0.016 },
  "db.t4g.small": { memoryGiB: 2, price: 0.032 },
  "db.t4g.medium": { memoryGiB: 4, price: 0.065 },
};
