/** Kubernetes' `ValidatingAdmissionPolicy`: what the API server refuses, in its language of expressions (CEL). */
export interface ValidatingAdmissionPolicy {
  readonly apiVersion: "admissionregistration.k8s.io/v1";
  readonly kind: "ValidatingAdmissionPolicy";
  readonly metadata: { readonly name: string };
  readonly spec: {
    /** A request that cannot be judged is refused. */
    readonly failurePolicy: "Fail";
    readonly matchConstraints: {
      readonly resourceRules: readonly {
        readonly apiGroups: readonly string[];
        readonly apiVersions: readonly ["v1"];
        readonly operations: readonly ("CREATE" | "UPDATE")[];
        readonly resources: readonly string[];
      }[];
    };
    /** Of the requests that match, those that are judged. */
    readonly matchConditions: readonly { readonly name: string; readonly expression: string }[];
    readonly variables: readonly { readonly name: string; readonly expression: string }[];
    readonly validations: readonly Validation[];
  };
}

/** Something that must be true, and what is said where it is not. */
export interface Validation {
  readonly expression: string;
  readonly message: string;
}

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
