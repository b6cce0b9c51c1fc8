/**
 * Locks the Python environments: `npm run lock` resolves the pins of constructs/pins, with what the toolbox needs
 * besides (toolbox/pyproject.toml), into toolbox/locks/*.txt: every version exact, with the hashes of its files.
 * `services` is laid over `toolbox`, so its lock holds only what that does not.
 */
import { execFileSync } from "node:child_process";
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import * as path from "node:path";
import { type Pin, python } from "../constructs/pins";
import { shared as sharedPins } from "../constructs/pins/versions";

type Pins = Readonly<Record<string, Pin>>;

/** What both environments must agree on, so that a model is served by what trained it. */
const shared = Object.keys(sharedPins);

/** What an environment asks for: its pins exactly, and names from toolbox/pyproject.toml. */
interface Environment {
  readonly pins: Pins;
  readonly pyproject?: string;
  /** Requirements of another lock that it is laid over, by name and version. */
  readonly over?: ReadonlyMap<string, string>;
  /** What must be there for the pins to be of use; it comes from the lock below. */
  readonly extras?: readonly string[];
}

const here = __dirname;
const environments: Readonly<Record<"toolbox" | "serving" | "door" | "rehearsal" | "security", Environment>> = {
  toolbox: { pins: python.toolbox, pyproject: path.join(here, "pyproject.toml") },
  serving: { pins: python.serving },
  door: { pins: python.door },
  // moto's server, not only its library.
  rehearsal: { pins: python.rehearsal, extras: [`moto[server]==${python.rehearsal.moto.version}`] },
  security: { pins: python.security },
};
type LockName = keyof typeof environments;
const lockNames = Object.keys(environments) as LockName[];

function uv(): string {
  const candidates = [process.env.UV, "uv", path.join(here, "../.lab/python/uv/bin/uv")].filter((c) => c !== undefined);
  for (const candidate of candidates) {
    try {
      execFileSync(candidate, ["--version"], { stdio: "pipe" });
      return candidate;
    } catch {}
  }
  throw new Error(
    `no uv among ${candidates.join(", ")}; install it (\`python3 -m pip install uv==${python.uv.version}\`) or name it in UV`,
  );
}

function lock(program: string, name: string, { pins, pyproject, over, extras }: Environment): string {
  const folder = mkdtempSync(path.join(tmpdir(), "lock-"));
  try {
    const pinned = path.join(folder, "pins.in");
    // What is locked already stays as long as it fits, so that a change of one pin does not change everything.
    const output = path.join(folder, "lock.txt");
    const current = path.join(here, "locks", `${name}.txt`);
    if (existsSync(current)) copyFileSync(current, output);
    writeFileSync(pinned, [...Object.entries(pins).map(requirement), ...(extras ?? []), ""].join("\n"));
    const below = path.join(folder, "below.txt");
    // A package that differs by platform has several versions, which no constraint can say.
    const fixed = [...(over ?? [])].filter(([key, version]) => !(key in pins) && !version.includes(","));
    writeFileSync(below, fixed.map(([key, version]) => `${key}==${version}\n`).join(""));
    execFileSync(
      program,
      [
        ...["pip", "compile", "--universal", "--generate-hashes", "--python-version", python.minimum],
        ...["--no-header", "--no-annotate", "--no-emit-index-url", "--no-emit-find-links", "--quiet"],
        ...(pyproject ? ["--all-extras", pyproject] : []),
        ...["--constraints", below, "--output-file", output, pinned],
      ],
      { stdio: ["ignore", "ignore", "inherit"] },
    );
    const resolved = readFileSync(output, "utf8");
    const foreign = resolved.match(/^.*(:\/\/|--index|--find-links).*$/m);
    if (foreign)
      throw new Error(`the ${name} lock would name an address, "${foreign[0].trim()}"; pin a released version`);
    const own = over ? withoutPackages(resolved, over) : resolved;
    return `# Written by \`npm run lock\` from constructs/pins and toolbox/pyproject.toml: change those, not this.\n${own}`;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const requirement = ([name, { version, marker }]: [string, Pin]) =>
  `${name}==${version}${marker ? ` ; ${marker}` : ""}`;

/** A lock without the packages that another holds in the same version. */
function withoutPackages(text: string, over: ReadonlyMap<string, string>): string {
  const blocks = text.split(/^(?=[a-z0-9])/m);
  return blocks
    .filter((block) => [...lockedVersions(block)].every(([name, version]) => over.get(name) !== version))
    .join("");
}

/** Versions by name; a package that differs by platform has several. */
export function lockedVersions(text: string): Map<string, string> {
  const found = new Map<string, string>();
  for (const [, name, version] of text.matchAll(/^([a-z0-9._-]+)(?:\[[^\]]*\])?==([^\s;\\]+)/gm)) {
    if (name && version) found.set(name, found.has(name) ? `${found.get(name)}, ${version}` : version);
  }
  return found;
}

/** Pins that a lock does not hold, and packages that toolbox and serving hold in different versions. */
export function lockProblems(locks: Readonly<Record<LockName, string>>): string[] {
  const versions = eachLock((name) => lockedVersions(locks[name]));
  const behind = lockNames.flatMap((name) =>
    Object.entries<Pin>(environments[name].pins)
      .filter(([key, { version }]) => versions[name].get(key) !== version)
      .map(
        ([key, { version }]) => `${name}.txt has ${key} ${versions[name].get(key) ?? "nowhere"}, pinned is ${version}`,
      ),
  );
  const apart = shared
    .filter((key) => versions.toolbox.get(key) !== versions.serving.get(key))
    .map(
      (key) => `${key} is ${versions.toolbox.get(key)} in toolbox.txt and ${versions.serving.get(key)} in serving.txt`,
    );
  return [...behind, ...apart];
}

/** The locks as they are in the repository. */
export function readLocks(): Record<LockName, string> {
  return eachLock((name) => readFileSync(path.join(here, "locks", `${name}.txt`), "utf8"));
}

function eachLock<T>(make: (name: LockName) => T): Record<LockName, T> {
  return Object.fromEntries(lockNames.map((name) => [name, make(name)])) as Record<LockName, T>;
}

function main(): void {
  const program = uv();
  mkdirSync(path.join(here, "locks"), { recursive: true });
  const locks = eachLock((name) => lock(program, name, environments[name]));
  const problems = lockProblems(locks);
  if (problems.length > 0) throw new Error(`the locks would not fit:\n- ${problems.join("\n- ")}`);
  const { jupyterhub, prefect, "dask-gateway-server": gateway } = python.toolbox;
  const services = lock(program, "services", {
    pins: python.services,
    over: lockedVersions(locks.toolbox),
    extras: [
      `jupyterhub==${jupyterhub.version}`,
      `prefect==${prefect.version}`,
      `dask-gateway-server[kubernetes]==${gateway.version}`,
      "psycopg2-binary",
    ],
  });
  for (const [name, text] of Object.entries({ ...locks, services })) {
    writeFileSync(path.join(here, "locks", `${name}.txt`), text);
    console.log(`toolbox/locks/${name}.txt: ${lockedVersions(text).size} packages`);
  }
}

if (require.main === module) main();
