import * as fs from "node:fs";
import * as path from "node:path";
import type { Manifest } from "../../constructs/custom-resources/metadata";
import { Definitions, isCustom, writtenObjects } from "../support/custom-resources";
import { allVariants } from "../support/variants";

/** Schemas of the definitions that charts bring. They are not part of this repository. */
const schemas = process.env["CRD_SCHEMAS"] ?? path.join(__dirname, "../../../shared/crds");

test("what a chart brings is told from what every cluster knows", () => {
  const custom = (apiVersion: string) => isCustom({ apiVersion, kind: "Any", metadata: { name: "any" } });
  for (const apiVersion of ["cert-manager.io/v1", "gateway.networking.k8s.io/v1", "karpenter.k8s.aws/v1"]) {
    expect([apiVersion, custom(apiVersion)]).toEqual([apiVersion, true]);
  }
  for (const apiVersion of ["v1", "apps/v1", "networking.k8s.io/v1", "rbac.authorization.k8s.io/v1", "policy/v1"]) {
    expect([apiVersion, custom(apiVersion)]).toEqual([apiVersion, false]);
  }
});

/** Kinds that the folder of schemas has not, as `<group>/<kind>`: an API server alone says what it thinks of them. */
const withoutSchema: readonly string[] = [
  "external-secrets.io/PushSecret",
  "generators.external-secrets.io/Password",
  "monitoring.coreos.com/AlertmanagerConfig",
  "monitoring.coreos.com/PodMonitor",
  "monitoring.coreos.com/PrometheusRule",
];
const kindOf = ({ apiVersion, kind }: Manifest) => `${apiVersion.split("/")[0]}/${kind}`;

if (fs.existsSync(schemas)) {
  const definitions = new Definitions(schemas);

  test.each(Object.entries(allVariants))("%s: every definition accepts what is written for it", (_, synthesize) => {
    const objects = writtenObjects(synthesize()).filter(
      (object) => isCustom(object) && !withoutSchema.includes(kindOf(object)),
    );
    expect(objects.flatMap((object) => definitions.problems(object))).toEqual([]);
  });

  test("a field that no definition knows, a missing one and a wrong value are found", () => {
    const cluster = (spec: object) => ({
      apiVersion: "postgresql.cnpg.io/v1",
      kind: "Cluster",
      metadata: { name: "postgres" },
      spec,
    });
    expect(definitions.problems(cluster({ instances: 1 }))).toEqual([]);
    expect(definitions.problems(cluster({ instances: 1, enablePdb: true }))).toEqual([
      expect.stringContaining("enablePdb"),
    ]);
    expect(definitions.problems(cluster({ instances: 1, storage: { class: "fast" } }))).toEqual([
      expect.stringContaining('"class"'),
    ]);
    expect(definitions.problems(cluster({ instances: "two" }))).toEqual([expect.stringContaining("/spec/instances")]);
    expect(definitions.problems({ ...cluster({ instances: 1 }), specs: {} } as Manifest)).toEqual([
      expect.stringContaining("specs"),
    ]);
    expect(definitions.problems({ ...cluster({}), kind: "Clutser" })).toEqual([expect.stringContaining("no schema")]);
  });
} else {
  describe("custom resources against their definitions", () => {
    test.skip(`not run: ${schemas} is not there; set CRD_SCHEMAS to a folder of <group>/<kind>_<version>.json`, () => {});
  });
  console.warn(`Custom resources were not checked: ${schemas} is not there. Set CRD_SCHEMAS.`);
}
