import { python } from "../constructs/pins";
import { atLeast } from "../deployment/programs";
import { choosePorts } from "../lab/ports";
import { findPython } from "../lab/python";
import { type Check, fail, gibibytes, type Machine, pass, warn } from "./check";

export interface LabContext {
  readonly machine: Machine;
  /** Where the lab keeps everything. */
  readonly root: string;
  /** Whether its Python environments are there, so that they need no room any more. */
  readonly installed: boolean;
  /** Whether it runs now, and holds its ports itself. */
  readonly running: boolean;
  /** Ports that the environment names. */
  readonly ports: Readonly<Record<string, number>>;
}

/** The oldest Node that `package.json` allows. */
export const nodeMinimum = "20.19";

const GiB = 2 ** 30;
/** Idle tools take 1.3 GiB, a flow 0.4, a server with a kernel 0.4, two Dask workers 0.5. */
const memoryNeeded = 2 * GiB;
const memoryComfortable = 4 * GiB;
/** The Python environments and the tools' first data; afterwards people's models and files. */
const diskToInstall = 4 * GiB;
const diskToRun = GiB;

export const nodeVersion: Check<{ readonly machine: Machine }> = {
  name: "node",
  async run({ machine }) {
    return atLeast(machine.node, nodeMinimum)
      ? pass(machine.node)
      : fail(`${machine.node}`, `install Node ${nodeMinimum} or a later one`);
  },
};

export const labChecks: readonly Check<LabContext>[] = [
  nodeVersion,
  {
    name: "python",
    async run({ machine }) {
      try {
        return pass(await findPython(machine.env));
      } catch (error) {
        return fail(
          (error as Error).message.split(";")[0] ?? "",
          `install Python ${python.minimum} to below ${python.below}, or name it in OPEN_MLOPS_PYTHON`,
        );
      }
    },
  },
  {
    name: "disk",
    async run({ machine, root, installed }) {
      const [free, needed] = [machine.freeBytes(root), installed ? diskToRun : diskToInstall];
      const found = `${gibibytes(free)} free at ${root}`;
      return free >= needed
        ? pass(found)
        : fail(found, `free ${gibibytes(needed - free)} more, or set OPEN_MLOPS_LAB_DIR to a folder on another disk`);
    },
  },
  {
    name: "memory",
    async run({ machine }) {
      const found = gibibytes(machine.memoryBytes);
      if (machine.memoryBytes >= memoryComfortable) return pass(found);
      return machine.memoryBytes >= memoryNeeded
        ? warn(found, `the tools run; a flow with Dask workers beside notebooks wants ${gibibytes(memoryComfortable)}`)
        : fail(
            found,
            `use a machine with ${gibibytes(memoryNeeded)} at least, ${gibibytes(memoryComfortable)} for work`,
          );
    },
  },
  {
    name: "ports",
    async run({ ports, running }) {
      if (running) return pass("the lab runs, and holds its own");
      const named = Object.values(ports);
      try {
        await choosePorts(Object.keys(ports), ports, {});
        return pass(named.length > 0 ? `${named.join(", ")} are free` : "any that are free are taken");
      } catch (error) {
        const { details = [] } = error as { details?: readonly string[] };
        const [found = "", ...rest] = (details[0] ?? (error as Error).message).split("; ");
        return fail(found, rest.join("; ") || "stop what holds it, or choose another in environments/lab.ts");
      }
    },
  },
];
