import * as fs from "node:fs";
import * as path from "node:path";
import { LabError } from "./errors";
import { labId } from "./id";
import { markVariable } from "./marked";
import type { LabPaths } from "./paths";
import { installFromLock, type Report } from "./python";

/**
 * The locked environments: people's code and the tools, the model server, which does not resolve with them, and the
 * front door for models, which no image needs.
 */
export const environments = ["toolbox", "serving", "door"] as const;
export type PythonEnvironment = (typeof environments)[number];

/** Bytes that the environments and the tools' first data take, with room to spare (2.4 GB measured). */
const diskNeeded = 4 * 2 ** 30;

/**
 * Makes an environment of the lab what its lock says, or returns at once when it is already.
 *
 * @throws LabError when Python, the disk or the network is missing
 */
export async function installEnvironment(paths: LabPaths, name: PythonEnvironment, report: Report): Promise<void> {
  await installFromLock(name, {
    paths,
    report,
    // The lab's mark, so that what is being installed is ended with the lab.
    env: { [markVariable]: labId(paths) },
    also: [path.join(paths.project, "toolbox", "pyproject.toml")],
    before: () => checkDisk(paths.root),
    async after(folder, uv, run) {
      if (name !== "toolbox") return;
      // Editable, so that a change of the package is there at the next start; what builds it is in the lock.
      const own = ["--no-deps", "--no-build-isolation", "--editable", path.join(paths.project, "toolbox")];
      await run(uv, ["pip", "install", "--python", path.join(folder, "bin", "python"), ...own]);
      quietJupyterLab(paths, folder);
    },
  });
}

/** @throws LabError when the folder's disk has too little room; `free` is what the system says, in bytes */
export function checkDisk(root: string, free = freeBytes(root)): void {
  if (free >= diskNeeded) return;
  throw new LabError(
    `${root} has ${gigabytes(free)} GB free and the lab needs ${gigabytes(diskNeeded)} GB to install; ` +
      "free some, or set OPEN_MLOPS_LAB_DIR to a folder on another disk",
  );
}

function freeBytes(root: string): number {
  fs.mkdirSync(root, { recursive: true });
  const { bavail, bsize } = fs.statfsSync(root);
  return bavail * bsize;
}

const gigabytes = (bytes: number) => (bytes / 2 ** 30).toFixed(1);

/** JupyterLab asks at the first visit whether it may fetch news from outside; here it does not ask. */
function quietJupyterLab(paths: LabPaths, folder: string): void {
  const settings = path.join(folder, "share", "jupyter", "lab", "settings");
  fs.mkdirSync(settings, { recursive: true });
  fs.copyFileSync(
    path.join(paths.project, "constructs/components/jupyterhub/jupyterlab-overrides.json"),
    path.join(settings, "overrides.json"),
  );
}
