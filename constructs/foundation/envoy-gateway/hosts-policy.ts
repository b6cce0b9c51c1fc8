import { inForce, type ValidatingAdmissionPolicy, type ValidatingAdmissionPolicyBinding } from "../admission/policy";
import { hostname, type PublishedHost } from "./hosts";
import { modelsNames, platformLabels, staysAtTheEdge } from "./names";

/**
 * Routes of a namespace name the hosts that were published from it, and no others: a route for a longer path of
 * somebody else's host would take its visitors. Deployments of models bring routes of their own, which may name the
 * models' host inside.
 *
 * Whoever writes a route says what it hands on, and people's code writes those of models. So each rule takes away what a
 * person signs in with, but at hosts that ask by themselves. A backend's own filters come before those of its rule, and
 * could copy a token to another header, so there are none.
 *
 * @param edge the edge's own namespace, and its domain where it has one
 * @param models the namespaces in which models are deployed
 */
export function hostsPolicy(
  published: readonly PublishedHost[],
  edge: { readonly namespace: string; readonly domain?: string },
  models: readonly string[],
): (ValidatingAdmissionPolicy | ValidatingAdmissionPolicyBinding)[] {
  const name = "open-mlops-hosts";
  const { domain } = edge;
  const own = new Map<string, string[]>();
  const add = (namespace: string, host: string) => own.set(namespace, [...(own.get(namespace) ?? []), host]);
  if (domain !== undefined) {
    add(edge.namespace, `*.${domain}`);
    for (const each of published) add(each.namespace, hostname(each, domain));
  }
  for (const namespace of models) add(namespace, modelsNames.host);
  const hosts = `${cel(Object.fromEntries(own))}[?request.namespace].orValue([])`;
  const named = "object.spec.?hostnames.orValue([])";
  const rules = "object.spec.?rules.orValue([])";
  const asking =
    domain === undefined
      ? []
      : published.filter(({ signIn }) => signIn === "own").map((each) => hostname(each, domain));
  const asks = asking.length > 0 ? `${named}.all(host, host in ${JSON.stringify(asking)}) || ` : "";
  const takesAway = `filter.type == 'RequestHeaderModifier' && ${JSON.stringify(staysAtTheEdge)}.all(header, header in filter.?requestHeaderModifier.?remove.orValue([]))`;
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
          {
            expression: `${asks}${rules}.all(rule, rule.?filters.orValue([]).exists(filter, filter.type == 'RequestRedirect' || ${takesAway}))`,
            message:
              "a rule that does not redirect hands on whatever people sign in with; give it a RequestHeaderModifier that removes authorization and cookie",
          },
          {
            expression: `${rules}.all(rule, rule.?backendRefs.orValue([]).all(backend, size(backend.?filters.orValue([])) == 0))`,
            message: "filters of a backend come before those of its rule; write them at the rule",
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
