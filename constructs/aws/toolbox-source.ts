import { createHash } from "node:crypto";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import * as path from "node:path";
import { type ZipEntry, zip } from "./zip";

/** What the project's images are made of, as it is in the repository. */
export interface ToolboxSource {
  /** A digest of names and contents, the same on every machine. */
  readonly digest: string;
  /** An archive of it on this machine, for as long as this process runs. */
  readonly file: string;
}

const folder = path.join(__dirname, "../../toolbox");

/** What is copied into an image, or says how to make one. Tests, notes and other locks make no difference to any. */
const parts = [
  ".dockerignore",
  "Dockerfile",
  "serving.Dockerfile",
  "pyproject.toml",
  "image",
  "locks/serving.txt",
  "locks/toolbox.txt",
  "src",
];

/** The files of `toolbox/` that images are made of, by name. */
export function toolboxFiles(root = folder): ZipEntry[] {
  return parts
    .flatMap((part) => filesIn(root, part))
    .sort()
    .map((name) => ({ name, content: readFileSync(path.join(root, name)) }));
}

export function digestOf(files: readonly ZipEntry[]): string {
  const hash = createHash("sha256");
  // With the lengths, no two lists of files give the same bytes.
  for (const { name, content } of files) hash.update(`${name}\0${content.length}\0`).update(content);
  return hash.digest("hex");
}

let made: ToolboxSource | undefined;

/** Reads and packs `toolbox/` once in a process: every environment builds from the same. */
export function toolboxSource(): ToolboxSource {
  if (!made) {
    const files = toolboxFiles();
    const temporary = mkdtempSync(path.join(tmpdir(), "open-mlops-toolbox-"));
    process.once("exit", () => rmSync(temporary, { recursive: true, force: true }));
    const file = path.join(temporary, "toolbox.zip");
    writeFileSync(file, zip(files));
    made = { digest: digestOf(files), file };
  }
  return made;
}

/** A file, or every file below a folder; what Python leaves behind is none of it. */
function filesIn(root: string, part: string): string[] {
  if (/(^|\/)__pycache__$|\.pyc$|\.egg-info$/.test(part)) return [];
  try {
    return readdirSync(path.join(root, part)).flatMap((name) => filesIn(root, `${part}/${name}`));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOTDIR") return [part];
    throw error;
  }
}
