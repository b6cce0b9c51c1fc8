import type { Kubectl, KubernetesObject } from "../../../deployment/kubectl";

interface Rule {
  readonly filters?: readonly { readonly type: string }[];
  readonly backendRefs?: readonly object[];
}
interface WrittenRoute extends KubernetesObject {
  readonly spec: { readonly rules: readonly Rule[] };
}

/** A model's route changed so that its server would be told people's tokens: handed on as they are, or copied beside. */
export async function leakingRoutes(kubectl: Kubectl, model: string) {
  const all = await kubectl.list<WrittenRoute>("httproutes", "--all-namespaces");
  const route = all.find(({ metadata }) => metadata.name === model);
  if (!route) throw new Error(`${model} has no route`);
  const { name, namespace, labels } = route.metadata;
  const changed = (change: (rule: Rule) => Rule) => ({
    apiVersion: "gateway.networking.k8s.io/v1",
    kind: "HTTPRoute",
    metadata: { name, namespace, labels },
    spec: { ...route.spec, rules: route.spec.rules.map(change) },
  });
  const redirects = ({ filters = [] }: Rule) => filters.some(({ type }) => type === "RequestRedirect");
  const set = [{ name: "x-copied", value: "%REQ(authorization)%" }];
  const filters = [{ type: "RequestHeaderModifier", requestHeaderModifier: { set } }];
  return {
    handingOn: changed((rule) => (redirects(rule) ? rule : { ...rule, filters: [] })),
    copying: changed((rule) => ({ ...rule, backendRefs: rule.backendRefs?.map((each) => ({ ...each, filters })) })),
  };
}
