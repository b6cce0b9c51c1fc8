import { DataAwsEksAddonVersion } from "@cdktf/provider-aws/lib/data-aws-eks-addon-version";
import { EksAddon } from "@cdktf/provider-aws/lib/eks-addon";
import type { ITerraformDependable } from "cdktf";
import { Construct } from "constructs";
import type { AwsEnvironment } from "../contracts/environment";
import type { JsonObject } from "../contracts/json";
import type { Account } from "./account";
import type { EksCluster } from "./eks-cluster";
import { nodesLabel } from "./gpu";
import { Role } from "./iam";
import { trustPods } from "./pod-identity";

export interface AddOnsProps {
  readonly account: Account;
  readonly cluster: EksCluster;
}

/** Where pods run that must outlive a spot node, and must not keep a node of people's work alive. */
export const onSystemNodes = { nodeSelector: { [nodesLabel]: "system" } };

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
        values: {
          // Without it a NetworkPolicy is accepted and does nothing. The mode stays `standard`: in the strict one a pod that no
          // policy names is closed for ever, and in kube-system there are none (constructs/foundation/README.md).
          enableNetworkPolicy: "true",
          // Addresses by sixteen: a node with 8 GiB has room for 29 pods otherwise, fewer than there are tools. EKS allows
          // 110 on the nodes of its groups then.
          env: { ENABLE_PREFIX_DELEGATION: "true" },
        },
        // It stays in the cluster when the add-on goes, so that it can give back the nodes' network interfaces.
        preserve: true,
      }),
    ];
  }
}

export interface WorkloadAddOnsProps extends AddOnsProps {
  /** The nodes their pods run on: an add-on without nodes is never ready. */
  readonly nodes: readonly ITerraformDependable[];
  /** What people's homes are on; EFS has a driver of its own. */
  readonly homes: AwsEnvironment["homes"];
}

/**
 * The add-ons that run on nodes: names, volumes, the figures behind `kubectl top` and autoscaling, and what tells a
 * node's ills, which node repair acts upon. What is not on every node keeps to the nodes that stay.
 */
export class WorkloadAddOns extends Construct {
  constructor(scope: Construct, id: string, props: WorkloadAddOnsProps) {
    super(scope, id);
    const { account, nodes: dependsOn } = props;
    addOn(this, "coredns", props, { values: onSystemNodes, dependsOn });
    addOn(this, "metrics-server", props, { values: onSystemNodes, dependsOn });
    addOn(this, "eks-node-monitoring-agent", props, { dependsOn });
    const driver = (name: string, serviceAccount: string, policy: string, controller: JsonObject = {}) =>
      addOn(this, name, props, {
        role: addOnRole(this, name, serviceAccount, account.managedPolicy(policy), props),
        serviceAccount,
        values: { controller: { ...onSystemNodes, ...controller } },
        dependsOn,
      });
    // Volumes of claims are made by the driver, not by Terraform: only so do they carry the tags.
    const tags = { extraVolumeTags: account.tags };
    // The second version of the policy: the first lets a driver take every volume of the account off its machine.
    driver("aws-ebs-csi-driver", "ebs-csi-controller-sa", "AmazonEBSCSIDriverPolicyV2", tags);
    if (props.homes === "efs") {
      driver("aws-efs-csi-driver", "efs-csi-controller-sa", "service-role/AmazonEFSCSIDriverPolicy");
    }
  }
}

interface AddOnOptions {
  readonly role?: Role;
  readonly serviceAccount?: string;
  readonly values?: JsonObject;
  readonly preserve?: true;
  readonly dependsOn?: readonly ITerraformDependable[];
}

/** One add-on, in the version that AWS recommends for the cluster's: it follows when the cluster is upgraded. */
export function addOn(scope: Construct, name: string, props: AddOnsProps, options: AddOnOptions = {}): EksAddon {
  const { role, serviceAccount, values } = options;
  const recommended = new DataAwsEksAddonVersion(scope, `${name}-version`, {
    addonName: name,
    kubernetesVersion: props.cluster.kubernetesVersion,
  });
  return new EksAddon(scope, name, {
    clusterName: props.cluster.name,
    addonName: name,
    addonVersion: recommended.version,
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
