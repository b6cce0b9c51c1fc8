import { writtenObjects } from "../support/custom-resources";
import { type KubernetesObject, render } from "../support/helm";
import { allVariants } from "../support/variants";

/** What the real charts let whom read: HELM is the program, CHARTS_DIR a folder with `<chart>-<version>` in it. */
const { HELM: helm, CHARTS_DIR: chartsDir } = process.env;

/** Whose pods may read every secret of the cluster; `docs/secrets.md` says so of each. */
const everySecret = ["cert-manager", "external-secrets", "monitoring"];
/** Between them they have every tool and every part. */
const places = ["on AWS with all that tools can stand on", "in a team's cluster that has everything"];

interface Rule {
  readonly apiGroups?: readonly string[];
  readonly resources?: readonly string[];
  readonly verbs: readonly string[];
  readonly resourceNames?: readonly string[];
}
interface Binding {
  readonly roleRef: { readonly kind: string; readonly name: string };
  readonly subjects?: readonly { readonly name: string; readonly namespace?: string }[];
}

const readsSecrets = ({ apiGroups = [], resources = [], verbs, resourceNames }: Rule) =>
  resourceNames === undefined &&
  apiGroups.some((group) => ["", "*"].includes(group)) &&
  resources.some((resource) => ["secrets", "*"].includes(resource)) &&
  verbs.some((verb) => ["get", "list", "watch", "*"].includes(verb));

if (helm && chartsDir) {
  test.each(places)(
    "%s: nobody reads all secrets of the cluster but those who are known to",
    (place) => {
      const platform = allVariants[place]?.() ?? { releases: [] };
      const rendered = [
        ...writtenObjects(platform).map((object) => ({ object: object as unknown as KubernetesObject, namespace: "" })),
        ...platform.releases
          .filter(({ chart }) => !chart.startsWith("charts/"))
          .flatMap((release) =>
            render(release, helm, chartsDir).map((object) => ({ object, namespace: release.namespace })),
          ),
      ];
      const ofKind = (kind: string) => rendered.filter(({ object }) => object.kind === kind);
      const roles = ofKind("ClusterRole")
        .filter(({ object }) => (object as KubernetesObject & { rules?: Rule[] }).rules?.some(readsSecrets))
        .map(({ object }) => object.metadata.name);
      const readers = ofKind("ClusterRoleBinding").flatMap(({ object, namespace }) => {
        const { roleRef, subjects = [] } = object as unknown as Binding;
        return roles.includes(roleRef.name) ? subjects.map((subject) => subject.namespace ?? namespace) : [];
      });
      expect([...new Set(readers)].filter((namespace) => !everySecret.includes(namespace))).toEqual([]);
      expect(readers).toContain("external-secrets");
    },
    120_000,
  );
} else {
  test.skip("not run: HELM and CHARTS_DIR name no helm and no charts", () => {});
}
