import type { ChartPin } from "../constructs/pins/pin";
import { chartDefinitions, type Definition, fingerprint } from "../deployment/definitions";
import type { Kubectl } from "../deployment/kubectl";
import { pass, warn } from "./check";

/**
 * Whether the definitions that charts bring once are those of the charts that are pinned: Helm changes none that is there,
 * and a newer controller would then ask for fields that the API server throws away.
 *
 * @param parts the namespaces that the environment installs charts in
 */
export async function definitions(kubectl: Kubectl, parts: readonly string[]) {
  const wanted = Object.entries(chartDefinitions).flatMap(([part, each]) => (parts.includes(part) ? [each] : []));
  if (wanted.length === 0) return pass("none come with the charts alone");
  const there = await kubectl.list<Definition>("customresourcedefinitions");
  const old = wanted.flatMap(({ pin, definitions: known }) => {
    const found = there.filter(({ metadata }) => Object.hasOwn(known, metadata.name));
    const other = found.filter((each) => fingerprint(each) !== known[each.metadata.name]);
    // Where none is there, Helm installs all of them; where some are, it leaves those alone and adds the others.
    return other.length > 0 ? [{ pin, names: other.map(({ metadata }) => metadata.name) }] : [];
  });
  if (old.length === 0) return pass("those of the pinned charts, or none yet");
  return warn(
    old.map(({ pin, names }) => `not those of ${pin.chart} ${pin.version}: ${names.join(", ")}`).join("; "),
    `Helm changes none that is there; where nobody else needs the old ones, before you deploy: ${old.map(({ pin }) => replacing(pin)).join("; ")} (docs/upgrades.md)`,
  );
}

function replacing({ charts, chart, version }: ChartPin): string {
  const where = charts.startsWith("oci://") ? `${charts}/${chart}` : `${chart} --repo ${charts}`;
  return `helm show crds ${where} --version ${version} | kubectl apply --server-side --force-conflicts -f -`;
}
