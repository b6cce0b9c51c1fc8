import * as path from "node:path";

/** Where the lab keeps everything. Deleting the folder removes the lab whole. */
export interface LabPaths {
  /** The project's root. */
  readonly project: string;
  /** `.lab` in the project, or `OPEN_MLOPS_LAB_DIR`. */
  readonly root: string;
  /** The Python environments and uv. */
  readonly python: string;
  /** What survives restarts and goes with `reset`. */
  readonly data: string;
  readonly logs: string;
  /** What marks the processes of this lab. */
  readonly id: string;
  /** Generated secrets, readable by their owner alone. */
  readonly secrets: string;
  /** Ports of the last start, taken again when they are free. */
  readonly ports: string;
  /** Exists while a supervisor runs: who it is and how to ask it. */
  readonly state: string;
}

export function labPaths(environment: NodeJS.ProcessEnv = process.env): LabPaths {
  const project = path.resolve(__dirname, "..");
  const root = path.resolve(environment["OPEN_MLOPS_LAB_DIR"] ?? path.join(project, ".lab"));
  const inRoot = (name: string) => path.join(root, name);
  return {
    project,
    root,
    python: inRoot("python"),
    data: inRoot("data"),
    logs: inRoot("logs"),
    id: inRoot("id"),
    secrets: inRoot("secrets.json"),
    ports: inRoot("ports.json"),
    state: inRoot("state.json"),
  };
}
