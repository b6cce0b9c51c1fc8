import * as fs from "node:fs";
import * as path from "node:path";
import { parseAllDocuments } from "yaml";
import { chartDefinitions, type Definition, fingerprint } from "../../deployment/definitions";

/** CHARTS_DIR is a folder with `<chart>-<version>` in it: what we say of definitions is held against the charts' own. */
const { CHARTS_DIR: chartsDir } = process.env;
const all = Object.entries(chartDefinitions);

const definition = (properties: Record<string, object>, more: object = {}): Pick<Definition, "spec"> => ({
  spec: { versions: [{ name: "v1", ...more, schema: { openAPIV3Schema: { properties: { spec: { properties } } } } }] },
});

test.each(all)("%s: they were read from the version that is pinned", (_, { pin, version }) => {
  expect(version).toBe(pin.version);
});

test("another field is another definition, and what an API server adds is none", () => {
  const one = fingerprint(definition({ a: { type: "string" } }));
  expect(fingerprint(definition({ a: { type: "string" }, b: {} }))).not.toBe(one);
  expect(fingerprint(definition({ a: { properties: { b: {} } } }))).not.toBe(one);
  expect(fingerprint(definition({ a: { items: { properties: { b: {} } } } }))).not.toBe(one);
  expect(fingerprint(definition({ a: { type: "string", description: "x" } }, { served: true }))).toBe(one);
});

if (chartsDir) {
  test.each(all)("%s: they are what the chart has", (_, { pin, version, definitions }) => {
    const folder = path.join(chartsDir, `${pin.chart}-${version}`);
    const files = fs
      .readdirSync(folder, { recursive: true, encoding: "utf8" })
      .filter((file) => /(^|\/)crds\/.*\.yaml$/.test(file) && !/(^|\/)(templates|charts\/\w+\/\w+\.yaml)/.test(file));
    const objects = files
      .flatMap((file) => parseAllDocuments(fs.readFileSync(path.join(folder, file), "utf8")))
      .map((document) => document.toJS() as Definition | null);
    const found = objects.flatMap((object) =>
      object?.kind === "CustomResourceDefinition" ? [[object.metadata.name, fingerprint(object)]] : [],
    );
    expect(Object.fromEntries(found)).toEqual(definitions);
  });
} else {
  test.skip("what the charts have; not run: set CHARTS_DIR to a folder of charts, <chart>-<version>", () => {});
}
