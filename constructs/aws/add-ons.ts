import { EksAddon } from "@cdktf/provider-aws/lib/eks-addon";
import type { ITerraformDependable } from "cdktf";
import { Construct } from "constructs";
import type { JsonObject } from "../contracts/json";
import type { Account } from "./account";
import type { EksCluster } from "./eks-cluster";
import { Role } from "./iam";
import { trustPods } from "./pod-identity";

export interface AddOnsProps {
  readonly account: Account;
  readonly cluster: EksCluster;
}

/** The add-ons that a node needs before it can be ready: network, service routing, and the pods' identities. */
export class NodeAddOns extends Construct {
  readonly ready: readonly ITerraformDependable[];

  constructor(scope: Construct, id: string, props: AddOnsProps) {
    super(scope, id);
    const { account } = props;
    const network = addOnRole(this, "vpc-cni", "aws-node", account.managedPolicy("AmazonEKS_CNI_Policy"), props);
    this.ready = [
      addOn(this, "eks-pod-identity-agent", props),
      addOn(this, "kube-proxy", props),
      addOn(this, "vpc-cni", props, {
        role: network,
        serviceAccount: "aws-node",
        // Without it a NetworkPolicy is accepted and does nothing.
        values: { enableNetworkPolicy: "true" },
        // It stays in the cluster when the add-on goes, so that it can give back the nodes' network interfaces.
        preserve: true,
      }),
    ];
  }
}

export interface WorkloadAddOnsProps extends AddOnsProps {
  /** The nodes their pods run on: an add-on without nodes is never ready. */
  readonly nodes: readonly ITerraformDependable[];
}

/** The add-ons that run on nodes: names, and volumes. */
export class WorkloadAddOns extends Construct {
  constructor(scope: Construct, id: string, props: WorkloadAddOnsProps) {
    super(scope, id);
    const { account, nodes } = props;
    const policy = account.managedPolicy("service-role/AmazonEBSCSIDriverPolicy");
    const serviceAccount = "ebs-csi-controller-sa";
    addOn(this, "coredns", props, { dependsOn: nodes });
    addOn(this, "aws-ebs-csi-driver", props, {
      role: addOnRole(this, "aws-ebs-csi-driver", serviceAccount, policy, props),
      serviceAccount,
      // Volumes of claims are made by the driver, not by Terraform: only so do they carry the tags.
      values: { controller: { extraVolumeTags: account.tags } },
      dependsOn: nodes,
    });
  }
}

interface AddOnOptions {
  readonly role?: Role;
  readonly serviceAccount?: string;
  readonly values?: JsonObject;
  readonly preserve?: true;
  readonly dependsOn?: readonly ITerraformDependable[];
}

/** One add-on, in the version that AWS recommends for the cluster's. */
function addOn(scope: Construct, name: string, props: AddOnsProps, options: AddOnOptions = {}): EksAddon {
  const { role, serviceAccount, values } = options;
  return new EksAddon(scope, name, {
    clusterName: props.cluster.name,
    addonName: name,
    resolveConflictsOnCreate: "OVERWRITE",
    resolveConflictsOnUpdate: "OVERWRITE",
    preserve: options.preserve,
    ...(values ? { configurationValues: JSON.stringify(values) } : {}),
    ...(role && serviceAccount ? { podIdentityAssociation: [{ roleArn: role.arn, serviceAccount }] } : {}),
    dependsOn: [...(role?.ready ?? []), ...(options.dependsOn ?? [])],
  });
}

function addOnRole(
  scope: Construct,
  name: string,
  serviceAccount: string,
  policyArn: string,
  props: AddOnsProps,
): Role {
  return new Role(scope, `${name}-role`, {
    name: [props.account.prefix, name],
    trust: [trustPods(props.cluster.arn, "kube-system", serviceAccount)],
    managedPolicies: [policyArn],
  });
}
