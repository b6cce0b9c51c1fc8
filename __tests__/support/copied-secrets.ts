import type { ClusterSecretStore, ExternalSecret } from "../../constructs/custom-resources/external-secrets";
import type { Role } from "../../constructs/custom-resources/rights";
import { writtenObjects } from "./custom-resources";
import type { SynthesizedPlatform } from "./platform";

/**
 * What a release copies, from where: each copy by the store that it names, which must be one that may read it and answers
 * there.
 *
 * @throws Error with what a copy would be refused for
 */
export function copiesBy(platform: SynthesizedPlatform, release: string) {
  const objects = writtenObjects({ releases: platform.releases.filter(({ name }) => name === release) });
  const ofKind = <T>(kind: string) => objects.filter((each) => each.kind === kind) as unknown as T[];
  const roles = ofKind<Role>("Role");
  return ofKind<ExternalSecret>("ExternalSecret").map(({ metadata, spec }) => {
    const to = { namespace: metadata.namespace, name: metadata.name };
    const store = ofKind<ClusterSecretStore>("ClusterSecretStore").find(
      (each) => each.metadata.name === spec.secretStoreRef.name,
    );
    if (!store?.spec.conditions.some(({ namespaces }) => namespaces.includes(to.namespace)))
      throw new Error(`no store ${spec.secretStoreRef.name} answers in ${to.namespace}`);
    const namespace = store.spec.provider.kubernetes.remoteNamespace;
    const [name = "", ...others] = [...new Set(spec.data.map(({ remoteRef }) => remoteRef.key))];
    if (others.length > 0) throw new Error(`${to.namespace}/${to.name} is made of several secrets`);
    const may = roles.some(
      ({ metadata, rules }) =>
        metadata.namespace === namespace && rules.every(({ resourceNames }) => resourceNames?.includes(name)),
    );
    if (!may) throw new Error(`nobody may read ${namespace}/${name}`);
    return { from: { namespace, name }, to, keys: spec.data.map(({ secretKey }) => secretKey) };
  });
}
