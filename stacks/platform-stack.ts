import { TerraformOutput, TerraformStack } from "cdktf";
import type { Construct } from "constructs";
import type { ClusterProfile } from "../constructs/contracts/cluster-profile";
import type { AnyComponent } from "../constructs/contracts/component";
import { publicUrl } from "../constructs/contracts/edge";
import type { State } from "../constructs/contracts/environment-parts";
import type { FoundationPart } from "../constructs/contracts/foundation";
import type { Identity } from "../constructs/contracts/identity";
import type { Mirror } from "../constructs/contracts/mirror";
import { type Offers, roles } from "../constructs/contracts/offers";
import type { Team } from "../constructs/contracts/teams";
import { ownAuthority } from "../constructs/foundation/cert-manager/issuers";
import { Platform } from "../constructs/platform";
import { connect } from "./connection";
import { kubectlFlags, pageWay } from "./page-way";
import { keepState } from "./state";

export interface PlatformStackProps {
  readonly environment: {
    readonly state: State;
    readonly mirror?: Mirror;
    readonly identity: Identity;
    readonly teams?: readonly Team[];
  };
  readonly cluster: ClusterProfile;
  /** In the order in which they are installed. */
  readonly foundation: readonly FoundationPart[];
  /** In the order of `planComponents`. */
  readonly components: readonly AnyComponent[];
}

/** Everything an environment has in its cluster. It knows the cluster by its profile, and no cloud. */
export class PlatformStack extends TerraformStack {
  /** Where each role is found, for the commands that look after what is deployed. */
  readonly offers: Offers;
  /** What it was made of, for the rules that look at it. */
  readonly given: PlatformStackProps;

  constructor(scope: Construct, id: string, props: PlatformStackProps) {
    super(scope, id);
    this.given = props;
    keepState(this, props.environment);
    const { connection, edge } = props.cluster;
    connect(this, connection);
    const { offers } = new Platform(this, "platform", {
      cluster: props.cluster,
      foundation: props.foundation,
      components: props.components,
      mirror: props.environment.mirror,
      identity: props.environment.identity,
      teams: props.environment.teams,
    });
    this.offers = offers;

    if (edge?.certificates.mode === "own-ca") {
      const kubectl = ["kubectl", ...kubectlFlags(connection), "--namespace", "cert-manager"].join(" ");
      new TerraformOutput(this, "certificate-authority", {
        description: "Run this, and have browsers and clients trust what it writes: it signs for every page",
        value: `${kubectl} get secret ${ownAuthority} --output 'jsonpath={.data.tls\\.crt}' | base64 --decode > certificate-authority.crt`,
      });
    }

    roles.forEach((role, index) => {
      const { address, page } = offers[role];
      new TerraformOutput(this, `${role}-address`, {
        description: `Where code in the cluster finds ${role}`,
        value: address,
      });
      if (page === undefined) return;
      // The place among the roles makes the port, so that a page has the same one whatever else there is.
      const host = props.components
        .find((component) => component.role === role)
        ?.published?.find((each) => each.page)?.host;
      const way = pageWay(page, 8001 + index, edge && host ? publicUrl(edge, host) : undefined, connection);
      new TerraformOutput(this, `${role}-page`, {
        description: `${way.command ? "Run this, then open" : "Open"} ${way.address}`,
        value: way.command ?? way.address,
      });
    });
  }
}
