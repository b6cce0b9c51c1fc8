import type { ITerraformDependable } from "cdktf";
import type { Construct } from "constructs";
import type { AwsEnvironment } from "../contracts/environment";
import type { Account } from "./account";
import type { EncryptionKey } from "./encryption-key";
import { ExistingVpc } from "./existing-vpc";
import { NewVpc } from "./new-vpc";

/** The VPC of a cluster, new or there before it: nobody who uses one can tell. */
export interface Network {
  readonly vpcId: string;
  /** Of nodes and pods; one a zone, in the order of the zones. */
  readonly privateSubnetIds: readonly string[];
  /** Of load balancers that the internet reaches; one a zone, or none. */
  readonly publicSubnetIds: readonly string[];
  /** Of the database; one a zone. */
  readonly databaseSubnetIds: readonly string[];
  /** The way from private subnets to AWS and the internet: what starts a node must wait for it. */
  readonly egress: readonly ITerraformDependable[];
  /** The addresses that nodes and pods have on the internet. None where the network was there before: whoever made it knows them. */
  readonly egressAddresses: readonly string[];
}

export interface NetworkProps {
  readonly environment: Pick<AwsEnvironment, "network" | "nodes" | "homes">;
  readonly account: Account;
  readonly key: EncryptionKey;
}

/** The network that an environment asks for. */
export function makeNetwork(scope: Construct, id: string, props: NetworkProps): Network {
  const { network, nodes, homes } = props.environment;
  return network.mode === "new"
    ? new NewVpc(scope, id, { ...props, network, nodes, homes })
    : new ExistingVpc(scope, id, { network });
}
