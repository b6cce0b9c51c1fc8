import { IamRole } from "@cdktf/provider-aws/lib/iam-role";
import { IamRolePolicy } from "@cdktf/provider-aws/lib/iam-role-policy";
import { IamRolePolicyAttachment } from "@cdktf/provider-aws/lib/iam-role-policy-attachment";
import type { ITerraformDependable } from "cdktf";
import { Construct } from "constructs";
import { boundedName } from "./names";

/** One statement of a policy, in IAM's own spelling. */
export interface Statement {
  readonly Sid?: string;
  readonly Effect: "Allow" | "Deny";
  readonly Principal?: Readonly<Record<string, string>> | "*";
  readonly Action: readonly string[];
  readonly Resource?: readonly string[];
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, string | readonly string[]>>>>;
}

export function policy(statements: readonly Statement[]): string {
  return JSON.stringify({ Version: "2012-10-17", Statement: statements });
}

export interface RoleProps {
  /** Parts of the role's name, joined by dashes and cut to IAM's 64 characters. */
  readonly name: readonly string[];
  /** Who may take the role. */
  readonly trust: readonly Statement[];
  /** ARNs of policies that AWS manages. Default: none. */
  readonly managedPolicies?: readonly string[];
  /** What else the role may do. Default: nothing. */
  readonly allow?: readonly Statement[];
}

/** An IAM role with its rights. What uses it should depend on `ready`, so that rights come before and go after it. */
export class Role extends Construct {
  readonly arn: string;
  /** The name as a reference: what uses it is made after the role. */
  readonly name: string;
  readonly ready: readonly ITerraformDependable[];

  constructor(scope: Construct, id: string, props: RoleProps) {
    super(scope, id);
    const role = new IamRole(this, "role", {
      name: boundedName(props.name, 64),
      assumeRolePolicy: policy(props.trust),
    });
    const attached = (props.managedPolicies ?? []).map(
      (policyArn) =>
        new IamRolePolicyAttachment(this, policyArn.split("/").at(-1) ?? policyArn, { role: role.name, policyArn }),
    );
    const own = props.allow?.length
      ? [new IamRolePolicy(this, "policy", { role: role.name, name: "needs", policy: policy(props.allow) })]
      : [];
    this.arn = role.arn;
    this.name = role.name;
    this.ready = [role, ...attached, ...own];
  }
}

/** A service of AWS that takes a role, such as `eks.amazonaws.com`. */
export function trustService(service: string, condition?: Statement["Condition"]): Statement {
  return {
    Effect: "Allow",
    Principal: { Service: service },
    Action: ["sts:AssumeRole"],
    ...(condition ? { Condition: condition } : {}),
  };
}
