/** Kubernetes' `ValidatingAdmissionPolicy`: what the API server refuses, in its language of expressions (CEL). */
export interface ValidatingAdmissionPolicy {
  readonly apiVersion: "admissionregistration.k8s.io/v1";
  readonly kind: "ValidatingAdmissionPolicy";
  readonly metadata: { readonly name: string };
  readonly spec: {
    /** A request that cannot be judged is refused. */
    readonly failurePolicy: "Fail";
    readonly matchConstraints: {
      /** Left out: every namespace. */
      readonly namespaceSelector?: { readonly matchLabels: Readonly<Record<string, string>> };
      readonly resourceRules: readonly {
        readonly apiGroups: readonly string[];
        readonly apiVersions: readonly ["v1" | "*"];
        readonly operations: readonly ("CREATE" | "UPDATE")[];
        readonly resources: readonly string[];
      }[];
    };
    /** Of the requests that match, those that are judged. Left out: all. */
    readonly matchConditions?: readonly { readonly name: string; readonly expression: string }[];
    readonly variables?: readonly { readonly name: string; readonly expression: string }[];
    readonly validations: readonly Validation[];
  };
}

/** Something that must be true, and what is said where it is not: a text, or an expression that makes one. */
export type Validation = { readonly expression: string } & (
  | { readonly message: string; readonly messageExpression?: undefined }
  | { readonly message?: undefined; readonly messageExpression: string }
);

export interface ValidatingAdmissionPolicyBinding {
  readonly apiVersion: "admissionregistration.k8s.io/v1";
  readonly kind: "ValidatingAdmissionPolicyBinding";
  readonly metadata: { readonly name: string };
  readonly spec: { readonly policyName: string; readonly validationActions: readonly ["Deny"] };
}

/** What puts a policy in force, under the policy's own name. */
export function inForce(policyName: string): ValidatingAdmissionPolicyBinding {
  return {
    apiVersion: "admissionregistration.k8s.io/v1",
    kind: "ValidatingAdmissionPolicyBinding",
    metadata: { name: policyName },
    spec: { policyName, validationActions: ["Deny"] },
  };
}

/** A text, or a list of texts, as an expression has it. */
export function literal(value: string | readonly string[]): string {
  return typeof value === "string" ? `'${value}'` : `[${value.map(literal).join(", ")}]`;
}
