import type { Manifest } from "../../custom-resources/metadata";
import { inForce, type ValidatingAdmissionPolicyBinding } from "../admission/policy";
import { hostname, type PublishedHost } from "./hosts";
import { platformLabels } from "./names";

/** What the API server checks of objects, by expressions of CEL: a part of Kubernetes itself. */
interface AdmissionPolicy extends Manifest {
  readonly apiVersion: "admissionregistration.k8s.io/v1";
  readonly kind: "ValidatingAdmissionPolicy";
  readonly spec: {
    readonly failurePolicy: "Fail";
    readonly matchConstraints: {
      readonly namespaceSelector: { readonly matchLabels: Readonly<Record<string, string>> };
      readonly resourceRules: readonly {
        readonly apiGroups: readonly string[];
        readonly apiVersions: readonly string[];
        readonly operations: readonly ("CREATE" | "UPDATE")[];
        readonly resources: readonly string[];
      }[];
    };
    readonly validations: readonly { readonly expression: string; readonly messageExpression: string }[];
  };
}

/**
 * Routes of a namespace name the hosts that were published from it, and no others: a route for a longer path of
 * somebody else's host would take its visitors. Deployments of models bring routes of their own.
 */
export function hostsPolicy(
  published: readonly PublishedHost[],
  domain: string,
  edge: string,
): (AdmissionPolicy | ValidatingAdmissionPolicyBinding)[] {
  const name = "open-mlops-hosts";
  const own = new Map<string, string[]>([[edge, [`*.${domain}`]]]);
  for (const each of published) own.set(each.namespace, [...(own.get(each.namespace) ?? []), hostname(each, domain)]);
  const hosts = `${cel(Object.fromEntries(own))}[?request.namespace].orValue([])`;
  const named = "object.spec.?hostnames.orValue([])";
  return [
    {
      apiVersion: "admissionregistration.k8s.io/v1",
      kind: "ValidatingAdmissionPolicy",
      metadata: { name },
      spec: {
        failurePolicy: "Fail",
        matchConstraints: {
          namespaceSelector: { matchLabels: platformLabels },
          resourceRules: [
            {
              apiGroups: ["gateway.networking.k8s.io"],
              apiVersions: ["*"],
              operations: ["CREATE", "UPDATE"],
              resources: ["httproutes", "grpcroutes"],
            },
          ],
        },
        validations: [
          {
            expression: `size(${named}) > 0 && ${named}.all(host, host in ${hosts})`,
            messageExpression: `"routes of this namespace name hosts among " + ${hosts}.join(", ") + ", and no others"`,
          },
        ],
      },
    },
    inForce(name),
  ];
}

/** Texts and lists are written in CEL as in JSON. */
function cel(value: Readonly<Record<string, readonly string[]>>): string {
  return JSON.stringify(value);
}
