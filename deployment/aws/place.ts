import { partition, prefix } from "../../constructs/aws/names";
import type { AwsEnvironment } from "../../constructs/contracts/aws-environment";
import { type AwsClients, awsClients } from "./clients";

/** Where an environment is in AWS, and how one asks there. */
export interface AwsPlace {
  readonly clients: AwsClients;
  /** The environment's name. */
  readonly environment: string;
  /** The cluster's name, with which every other name begins. */
  readonly cluster: string;
  readonly region: string;
  readonly partition: string;
  /** The bucket with Terraform's state; it outlives the environment. */
  readonly stateBucket?: string;
}

/** The region of each partition that is always enabled, and where what has no region is kept. */
const homeRegions: Readonly<Record<string, string>> = { "aws-us-gov": "us-gov-west-1" };

export function homeRegion({ partition: of }: Pick<AwsPlace, "partition">): string {
  return homeRegions[of] ?? "us-east-1";
}

export function awsPlace(environment: Pick<AwsEnvironment, "name" | "region" | "state">): AwsPlace {
  const { name, region, state } = environment;
  return {
    clients: awsClients(region),
    environment: name,
    cluster: prefix(name),
    region,
    partition: partition(region),
    stateBucket: state.mode === "s3" ? state.bucket : undefined,
  };
}
