import { HelmProvider } from "@cdktf/provider-helm/lib/provider";
import { KubernetesProvider } from "@cdktf/provider-kubernetes/lib/provider";
import { Fn, TerraformOutput, TerraformStack } from "cdktf";
import type { Construct } from "constructs";
import type { ClusterConnection, ClusterProfile } from "../constructs/contracts/cluster-profile";
import type { AnyComponent } from "../constructs/contracts/component";
import type { AwsEnvironment } from "../constructs/contracts/environment";
import { type Offers, roles } from "../constructs/contracts/offers";
import { Platform } from "../constructs/platform";
import { portForward } from "./port-forward";
import { keepState } from "./state";

export interface PlatformStackProps {
  readonly environment: Pick<AwsEnvironment, "state">;
  readonly cluster: ClusterProfile;
  /** In the order of `planComponents`. */
  readonly components: readonly AnyComponent[];
}

/** Everything an environment has in its cluster. It knows the cluster by its profile, and no cloud. */
export class PlatformStack extends TerraformStack {
  /** Where each role is found, for the commands that look after what is deployed. */
  readonly offers: Offers;

  constructor(scope: Construct, id: string, props: PlatformStackProps) {
    super(scope, id);
    keepState(this, props.environment);
    const { host, clusterCaCertificate, exec } = connection(props.cluster.connection);
    new HelmProvider(this, "helm", { kubernetes: { host, clusterCaCertificate, exec } });
    new KubernetesProvider(this, "kubernetes", { host, clusterCaCertificate, exec: [exec] });
    const { offers } = new Platform(this, "platform", props);
    this.offers = offers;

    roles.forEach((role, index) => {
      const { address, page } = offers[role];
      new TerraformOutput(this, `${role}-address`, {
        description: `Where code in the cluster finds ${role}`,
        value: address,
      });
      if (page === undefined) return;
      // The place among the roles makes the port, so that a page has the same one whatever else there is.
      const forward = portForward(page, 8001 + index);
      new TerraformOutput(this, `${role}-page`, {
        description: `Run this, then open ${forward.address}`,
        value: forward.command,
      });
    });
  }
}

/** A command that prints a token, run each time: a token itself would be dead after 15 minutes, and readable in the state. */
function connection({ host, caCertificate, exec }: ClusterConnection) {
  return {
    host,
    clusterCaCertificate: Fn.base64decode(caCertificate),
    exec: { apiVersion: "client.authentication.k8s.io/v1beta1", command: exec.command, args: [...exec.args] },
  };
}
