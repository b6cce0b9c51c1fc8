import { DataAwsCallerIdentity } from "@cdktf/provider-aws/lib/data-aws-caller-identity";
import { Construct } from "constructs";
import type { AwsEnvironment } from "../contracts/environment";
import { partition, prefix } from "./names";

/** Where an environment's resources are: what every other construct needs to name them and to write ARNs. */
export class Account extends Construct {
  /** The number of the account, known when Terraform runs. */
  readonly id: string;
  readonly region: string;
  readonly partition: string;
  /** The account's own registry of images in the region. */
  readonly registry: string;
  /** The environment's name, and the beginning of every name. */
  readonly environment: string;
  readonly prefix: string;
  /** Tags of everything. The provider sets them; only what the provider does not make, such as instances, must repeat them. */
  readonly tags: Readonly<Record<string, string>>;

  constructor(scope: Construct, id: string, environment: AwsEnvironment) {
    super(scope, id);
    this.id = new DataAwsCallerIdentity(this, "caller").accountId;
    this.region = environment.region;
    this.partition = partition(environment.region);
    this.registry = `${this.id}.dkr.ecr.${this.region}.amazonaws.com`;
    this.environment = environment.name;
    this.prefix = prefix(environment.name);
    this.tags = defaultTags(environment);
  }

  /** The ARN of a policy that AWS manages, by its path. */
  managedPolicy(path: string): string {
    return `arn:${this.partition}:iam::aws:policy/${path}`;
  }
}

/** Tags by which costs are split and leftovers are found. */
export function defaultTags(environment: Pick<AwsEnvironment, "name">): Record<string, string> {
  return { Project: "open-mlops-blueprint", Environment: environment.name, ManagedBy: "terraform" };
}
