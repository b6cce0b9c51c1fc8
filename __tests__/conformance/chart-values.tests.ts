import * as fs from "node:fs";
import * as path from "node:path";
import Ajv from "ajv";
import { chartSchema, withDefaults } from "../support/helm";
import { allVariants } from "../support/variants";

/** Schemas that the charts ship, one folder `<chart>-<version>` each. They are not part of this repository. */
const schemas = process.env["CHART_SCHEMAS"] ?? path.join(__dirname, "../../../shared/charts");
const there = fs.existsSync(schemas);

/** What has no schema there, beside our own charts. `rendered.tests.ts` looks at those values another way. */
const withoutSchema = [
  "seldon-core-operator",
  "seaweedfs",
  "cluster-autoscaler",
  "karpenter",
  "karpenter-crd",
  "nvidia-device-plugin",
  "reloader",
  "cert-manager",
  "gateway-helm",
  "dcgm-exporter",
  "node-feature-discovery",
  "alloy",
  "loki",
  "prometheus-operator-crds",
  "kube-prometheus-stack",
  "opencost",
  "prometheus-node-exporter",
];

if (there) {
  describe.each(Object.entries(allVariants))("values of each chart, %s", (_, synthesize) => {
    const { releases } = synthesize();

    test.each(releases.map((release) => [release.name, release] as const))(
      "%s: its schema accepts them",
      (_, release) => {
        const schema = chartSchema(release, schemas);
        if (release.chart.startsWith("charts/") || withoutSchema.includes(release.chart)) {
          expect(schema).toBeUndefined();
          return;
        }
        if (!schema) throw new Error(`${schemas} has no schema for ${release.chart} ${release.version}; add it`);
        // Some charts name a draft that ajv does not know by that name; all are read as draft 7.
        const accepts = new Ajv({ strict: false, allErrors: true, validateSchema: false, logger: false }).compile({
          ...schema,
          $schema: undefined,
        });
        for (const values of release.values) {
          accepts(withDefaults(schema, values));
          // What is required may be among the defaults that no schema tells.
          const errors = (accepts.errors ?? []).filter((error) => error.keyword !== "required");
          expect(
            errors.map((error) => `${error.instancePath}: ${error.message} ${JSON.stringify(error.params)}`),
          ).toEqual([]);
        }
      },
    );
  });
} else {
  describe("values of each chart against its schema", () => {
    test.skip(`not run: ${schemas} is not there; set CHART_SCHEMAS to a folder of <chart>-<version>/values.schema.json`, () => {});
  });
  console.warn(`Chart schemas were not checked: ${schemas} is not there. Set CHART_SCHEMAS.`);
}
