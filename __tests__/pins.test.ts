import * as fs from "node:fs";
import * as path from "node:path";
import * as pins from "../constructs/pins";

const root = path.resolve(__dirname, "..");
const read = (file: string) => fs.readFileSync(path.join(root, file), "utf8");
const { charts, images, machineImages, npm, python } = pins;
const groups = {
  chart: charts,
  image: images,
  machine: machineImages,
  npm,
  tool: { uv: python.uv },
  toolbox: python.toolbox,
  serving: python.serving,
  door: python.door,
  rehearsal: python.rehearsal,
  security: python.security,
};
const all = Object.entries(groups).flatMap(([group, members]) =>
  Object.entries(members).map(([name, pin]): [string, pins.Pin] => [`${group} ${name}`, pin]),
);

/** Licences approved by the Open Source Initiative, and the public-domain dedication of the flights' data. */
const open = [
  "Apache-2.0",
  "MIT",
  "MIT-0",
  "BSD-3-Clause",
  "BSD-2-Clause",
  "MPL-2.0",
  "ISC",
  "PSF-2.0",
  "PostgreSQL",
  "CC0-1.0",
  // Of Grafana and Loki, which run as they come: its duties are of who changes them and lets others use that.
  "AGPL-3.0-only",
];

test.each(all)("%s is pinned to one version, with its source and an open licence", (_, pin) => {
  // Amazon Linux' images are versions of a day.
  expect(pin.version).toMatch(/^(distroless-|vectoradd-cuda)?v?\d+(\.\d+)+|^v20\d{6}$/);
  expect(pin.repository).toMatch(/^https:\/\/github\.com\/[\w.-]+\/[\w.-]+$/);
  for (const licence of pin.licence.split(" OR ")) expect(open).toContain(licence);
});

test.each(["toolbox", "serving", "door", "rehearsal", "security"] as const)(
  "the lock of %s holds what is pinned, with hashes and no address",
  (name) => {
    const lock = read(`toolbox/locks/${name}.txt`);
    for (const [wanted, pin] of Object.entries(python[name])) {
      expect(lock).toMatch(new RegExp(`^${wanted}(\\[[^\\]]+\\])?==${pin.version.replaceAll(".", "\\.")} `, "m"));
    }
    expect(lock).not.toMatch(/https?:\/\//);
    const packages = lock.match(/^[a-z0-9][^\n]*==/gm)?.length ?? 0;
    expect(packages).toBeGreaterThanOrEqual(Object.keys(python[name]).length);
    // Each package is followed by its first hash.
    expect(lock.match(/^[a-z0-9][^\n]*== ?[^\n]*\\\n\s+--hash=sha256:/gm)).toHaveLength(packages);
  },
);

test("what computes a prediction is the same in both environments", () => {
  const version = (lock: string, name: string) => new RegExp(`^${name}==(\\S+)`, "m").exec(lock)?.[1];
  const [toolbox, serving] = [read("toolbox/locks/toolbox.txt"), read("toolbox/locks/serving.txt")];
  for (const name of ["numpy", "pandas", "scipy", "scikit-learn", "mlflow", "cloudpickle", "joblib"]) {
    expect(version(serving, name)).toBe(version(toolbox, name));
    expect(version(serving, name)).toBeDefined();
  }
});

test("package.json asks for exactly the pinned versions, and for no range at all", () => {
  const { dependencies, devDependencies } = JSON.parse(read("package.json")) as Record<string, Record<string, string>>;
  for (const [name, pin] of Object.entries(npm)) expect(dependencies?.[name]).toBe(pin.version);
  for (const version of Object.values({ ...dependencies, ...devDependencies })) expect(version).toMatch(/^\d/);
});

test("npm's lock carries no download address", () => {
  expect(read("package-lock.json")).not.toMatch(/"resolved"/);
});
