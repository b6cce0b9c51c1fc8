import * as fs from "node:fs";
import * as path from "node:path";

interface Lock {
  readonly packages: Readonly<Record<string, LockedPackage>>;
}
interface LockedPackage {
  readonly version?: string;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

/** The folders, such as `node_modules/winston`, of a package and of everything that it needs, as locked. */
export function packageFolders(lock: Lock, name: string): string[] {
  const found = new Set<string>();
  const add = (from: string, wanted: string, optional: boolean): void => {
    const folder = resolve(lock, from, wanted);
    if (folder === undefined && optional) return;
    if (folder === undefined)
      throw new Error(`package-lock.json has no ${wanted}, which ${from || "the project"} needs`);
    if (found.has(folder)) return;
    found.add(folder);
    const { dependencies = {}, optionalDependencies = {} } = lock.packages[folder] ?? {};
    for (const needed of Object.keys(dependencies)) add(folder, needed, needed in optionalDependencies);
    for (const needed of Object.keys(optionalDependencies)) add(folder, needed, true);
  };
  add("", name, false);
  return [...found].sort();
}

/** Node's way: beside the package's own dependencies first, then one folder up, and so on. */
function resolve(lock: Lock, from: string, name: string): string | undefined {
  for (let folder = from; ; folder = folder.slice(0, Math.max(0, folder.lastIndexOf("/node_modules/")))) {
    const candidate = folder ? `${folder}/node_modules/${name}` : `node_modules/${name}`;
    if (candidate in lock.packages) return candidate;
    if (folder === "") return undefined;
  }
}

/** Copies a package and what it needs from the project's own installation, which `npm ci` made from the lock. */
export function copyPackage(project: string, name: string, to: string): void {
  const lock: Lock = JSON.parse(fs.readFileSync(path.join(project, "package-lock.json"), "utf8"));
  fs.rmSync(to, { recursive: true, force: true });
  for (const folder of packageFolders(lock, name)) {
    const from = path.join(project, folder);
    if (!fs.existsSync(from)) continue; // an optional one of another platform
    const nested = path.join(from, "node_modules");
    fs.cpSync(from, path.join(to, folder), { recursive: true, filter: (file) => !file.startsWith(nested) });
  }
}
