import type { PartContext } from "../../contracts/foundation";
import type { SecurityPolicy } from "../../custom-resources/envoy-gateway";
import type { Manifest } from "../../custom-resources/metadata";
import { publishedHosts } from "./hosts";
import { wholeGateway } from "./traffic-policies";

/**
 * Who comes through. Nobody, unless a host asks by itself: what holds for the gateway holds for each route that has no
 * policy of its own, among them those that are made later.
 */
export function signInPolicies({ namespace, parts }: PartContext): Manifest[] {
  const policy = (
    name: string,
    at: string,
    target: SecurityPolicy["spec"]["targetRefs"][number],
    defaultAction: "Allow" | "Deny",
  ): SecurityPolicy => ({
    apiVersion: "gateway.envoyproxy.io/v1alpha1",
    kind: "SecurityPolicy",
    metadata: { name, namespace: at },
    spec: { targetRefs: [target], authorization: { defaultAction } },
  });
  const own = publishedHosts(parts).filter(({ signIn, backend }) => signIn === "own" && backend);
  return [
    policy("edge", namespace, wholeGateway, "Deny"),
    ...own.map((each) =>
      policy(each.host, each.namespace, { group: wholeGateway.group, kind: "HTTPRoute", name: each.host }, "Allow"),
    ),
  ];
}
