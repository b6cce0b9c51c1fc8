import { TerraformOutput, TerraformStack } from "cdktf";
import type { Construct } from "constructs";
import type { ClusterProfile } from "../constructs/contracts/cluster-profile";
import type { AnyComponent } from "../constructs/contracts/component";
import type { State } from "../constructs/contracts/environment-parts";
import type { Mirror } from "../constructs/contracts/mirror";
import { type Offers, roles } from "../constructs/contracts/offers";
import { Platform } from "../constructs/platform";
import { connect } from "./connection";
import { portForward } from "./port-forward";
import { keepState } from "./state";

export interface PlatformStackProps {
  readonly environment: { readonly state: State; readonly mirror?: Mirror };
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
    connect(this, props.cluster.connection);
    const { offers } = new Platform(this, "platform", {
      cluster: props.cluster,
      components: props.components,
      mirror: props.environment.mirror,
    });
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
