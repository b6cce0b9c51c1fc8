import { AwsProvider } from "@cdktf/provider-aws/lib/provider";
import { TerraformOutput, TerraformStack } from "cdktf";
import { Construct } from "constructs";
import { Account } from "../../constructs/aws/account";
import { EncryptionKey } from "../../constructs/aws/encryption-key";
import { makeNetwork, type Network } from "../../constructs/aws/network";
import { awsSchema } from "../../constructs/contracts/environment";
import { changed, inputs } from "../support/environments";
import { resourcesOfType, type StackJson, synthesizeApp } from "../support/synth";

export interface NetworkStack {
  readonly network: Network;
  readonly stack: StackJson;
  /** What nodes wait for, as Terraform names it. */
  readonly awaited: readonly string[];
}

/** The network of dev, with parts of the environment changed by their paths, and nothing else of a cluster. */
export function networkOf(changes: Readonly<Record<string, unknown>>): NetworkStack {
  const input = Object.entries(changes).reduce((so, [path, value]) => changed(so, path, value), inputs.dev());
  const environment = awsSchema.parse(input);
  const made: { network?: Network } = {};
  const { test: stack } = synthesizeApp((app) => {
    const root = new TerraformStack(app, "test");
    new AwsProvider(root, "aws", { region: environment.region });
    const cluster = new Construct(root, "cluster");
    const account = new Account(cluster, "account", environment);
    const key = new EncryptionKey(cluster, "key", { account, protect: environment.protect });
    made.network = makeNetwork(cluster, "network", { environment, account, key });
    new TerraformOutput(root, "node", { value: "", dependsOn: [...made.network.egress] });
  });
  if (!stack || !made.network) throw new Error("no stack");
  const { depends_on: awaited = [] } = stack.output["node"] as { depends_on?: string[] };
  return { network: made.network, stack, awaited };
}

/** A new VPC over two zones, with this way out. */
export function newNetwork(egress: unknown, changes: Readonly<Record<string, unknown>> = {}) {
  return networkOf({ network: { mode: "new", cidr: "10.10.0.0/16", zones: 2, egress }, ...changes });
}

export const paths = (stack: StackJson, type: string) => Object.keys(resourcesOfType(stack, type));
