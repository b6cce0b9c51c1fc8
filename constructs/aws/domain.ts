import { DataAwsRoute53Zone } from "@cdktf/provider-aws/lib/data-aws-route53-zone";
import { Route53Zone } from "@cdktf/provider-aws/lib/route53-zone";
import type { ITerraformDependable } from "cdktf";
import { Construct } from "constructs";
import type { Domain as DomainSettings } from "../contracts/aws-environment";
import { type Edge, proofWriter } from "../contracts/edge";
import type { Account } from "./account";
import { addOn, onSystemNodes } from "./add-ons";
import type { EksCluster } from "./eks-cluster";
import { Role } from "./iam";
import type { Network } from "./network";
import { PodIdentity, trustPods } from "./pod-identity";
import { waive } from "./waive";

export interface DomainProps {
  readonly account: Account;
  readonly cluster: EksCluster;
  readonly network: Pick<Network, "publicSubnetIds" | "egressAddresses">;
  readonly settings: Extract<DomainSettings, { mode: "route53" }>;
  /** A made zone with records in it is not deleted. */
  readonly protect: boolean;
  /** The nodes that external-dns runs on. */
  readonly nodes: readonly ITerraformDependable[];
}

/**
 * The platform's name: its zone, found or made, external-dns, which writes the address of the load balancer into the zone,
 * and the right to write the proof that the name is ours, for which Let's Encrypt signs its certificate. A made zone must be
 * delegated before, or no certificate comes: the name servers are an output.
 */
export class Domain extends Construct {
  /** How people come in. */
  readonly edge: Edge;
  /** The name servers of a zone that was made; absent where it was found. */
  readonly nameServers?: readonly string[];

  constructor(scope: Construct, id: string, props: DomainProps) {
    super(scope, id);
    const { account, settings } = props;
    const zone = settings.zone === "find" ? this.find(settings.name) : this.make(props);
    if (zone instanceof Route53Zone) this.nameServers = zone.nameServers;
    this.externalDns(props, zone.arn);
    this.proofs(props, zone.arn);

    const cloud = "service.beta.kubernetes.io/aws-load-balancer";
    this.edge = {
      domain: settings.name,
      certificates: { mode: "lets-encrypt", email: settings.email, zoneId: zone.zoneId, region: account.region },
      service: {
        type: "load-balancer",
        // Code in the cluster comes to the public addresses by the way out, from the internet like everybody.
        from: [...settings.from, ...props.network.egressAddresses.map((address) => `${address}/32`)],
        // Read by the controller that every EKS cluster has; without a type it would make a load balancer of the first kind.
        // It hands connections on as they are, so that TLS ends at the proxies, which see the address people come from.
        annotations: {
          [`${cloud}-type`]: "nlb",
          [`${cloud}-subnets`]: props.network.publicSubnetIds.join(","),
          [`${cloud}-cross-zone-load-balancing-enabled`]: "true",
          [`${cloud}-backend-protocol`]: "tcp",
          // Terraform does not make it: only so does it carry the tags.
          [`${cloud}-additional-resource-tags`]: Object.entries(account.tags)
            .map(([key, value]) => `${key}=${value}`)
            .join(","),
          // One record for every host in the domain.
          "external-dns.alpha.kubernetes.io/hostname": `*.${settings.name}`,
        },
      },
    };
  }

  private find(name: string): DataAwsRoute53Zone {
    return new DataAwsRoute53Zone(this, "zone", { name, privateZone: false });
  }

  private make({ account, settings, protect }: DomainProps): Route53Zone {
    const zone = new Route53Zone(this, "zone", {
      name: settings.name,
      comment: `${account.prefix}: made by Terraform`,
      forceDestroy: !protect,
    });
    waive(zone, {
      CKV2_AWS_38: "signing takes a record at the parent's registrar by hand, and a lapse takes the name off the air",
      CKV2_AWS_39: "who looks up a public name is no secret of ours, and the logs must be in another region",
    });
    return zone;
  }

  /** One record, and that one alone: cert-manager writes it for each certificate, and takes it away again. */
  private proofs({ account, cluster, settings }: DomainProps, zoneArn: string): void {
    new PodIdentity(this, "proofs", {
      account,
      cluster,
      ...proofWriter,
      allow: [
        {
          Effect: "Allow",
          Action: ["route53:ChangeResourceRecordSets"],
          Resource: [zoneArn],
          Condition: {
            "ForAllValues:StringEquals": {
              "route53:ChangeResourceRecordSetsNormalizedRecordNames": [`_acme-challenge.${settings.name}`],
              "route53:ChangeResourceRecordSetsRecordTypes": ["TXT"],
            },
          },
        },
        { Effect: "Allow", Action: ["route53:ListResourceRecordSets"], Resource: [zoneArn] },
        // Whether a change is everywhere. A change has an id that nobody knows before.
        { Effect: "Allow", Action: ["route53:GetChange"], Resource: [`arn:${account.partition}:route53:::change/*`] },
      ],
    });
  }

  private externalDns({ account, cluster, settings, nodes }: DomainProps, zoneArn: string): void {
    const name = "external-dns";
    const role = new Role(this, `${name}-role`, {
      name: [account.prefix, name],
      trust: [trustPods(cluster.arn, name, name)],
      allow: [
        {
          Effect: "Allow",
          Action: [
            "route53:ChangeResourceRecordSets",
            "route53:ListResourceRecordSets",
            "route53:ListTagsForResources",
          ],
          Resource: [zoneArn],
        },
        // It cannot be limited to a zone: names of zones, and nothing of what is in them.
        { Effect: "Allow", Action: ["route53:ListHostedZones"], Resource: ["*"] },
      ],
    });
    addOn(
      this,
      name,
      { account, cluster },
      {
        role,
        serviceAccount: name,
        // `sync` takes away the record of what is gone; the owner keeps it from records of others.
        values: { ...onSystemNodes, domainFilters: [settings.name], policy: "sync", txtOwnerId: cluster.clusterName },
        dependsOn: nodes,
      },
    );
  }
}
