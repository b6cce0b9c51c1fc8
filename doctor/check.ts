import type { Run } from "../deployment/programs";

/** `pass`: as it should be. `warn`: it works, but. `fail`: it will not work before it is mended. */
export type Verdict = "pass" | "warn" | "fail";

/** What one check has found. */
export interface Finding {
  readonly check: string;
  readonly verdict: Verdict;
  /** What is there, with its value. */
  readonly found: string;
  /** What to do about it; always there where the verdict is not `pass`. */
  readonly remedy?: string;
}

/** One thing that must be as it should, asked without changing anything. */
export interface Check<Context> {
  readonly name: string;
  run(context: Context): Promise<Omit<Finding, "check">>;
}

/** This machine, as far as it is asked; tests give another. */
export interface Machine {
  readonly run: Run;
  readonly env: NodeJS.ProcessEnv;
  /** As `process.version`. */
  readonly node: string;
  readonly memoryBytes: number;
  freeBytes(folder: string): number;
}

export const pass = (found: string) => ({ verdict: "pass", found }) as const;
export const warn = (found: string, remedy: string) => ({ verdict: "warn", found, remedy }) as const;
export const fail = (found: string, remedy: string) => ({ verdict: "fail", found, remedy }) as const;

/** Runs every check; one that breaks is a finding too, and keeps no other from running. */
export async function examine<Context>(checks: readonly Check<Context>[], context: Context): Promise<Finding[]> {
  return Promise.all(
    checks.map(async (check) => {
      try {
        return { check: check.name, ...(await check.run(context)) };
      } catch (error) {
        const [message = ""] = (error instanceof Error ? error.message : String(error)).split("\n");
        return {
          check: check.name,
          ...fail(`it could not be checked: ${message}`, "mend that first, and run it again"),
        };
      }
    }),
  );
}

export const gibibytes = (bytes: number) => `${(bytes / 2 ** 30).toFixed(1)} GiB`;

const units: Readonly<Record<string, number>> = {
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
  Ti: 2 ** 40,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  m: 1e-3,
};

/** Bytes of a quantity as Kubernetes writes it, such as `512Mi`; NaN where it is none. */
export function bytes(quantity: string): number {
  const [, number = "", unit = ""] = /^([\d.]+)([A-Za-z]*)$/.exec(quantity) ?? [];
  return Number(number || Number.NaN) * (unit ? (units[unit] ?? Number.NaN) : 1);
}
