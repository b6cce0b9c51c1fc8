import type { LabBlueprint } from "../lab/blueprint";
import { memoryByProcess } from "../lab/memory";
import type { LabStatus } from "../lab/state";

/** Columns as wide as their widest cell. */
export function table(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => (row[column] ?? "").length)));
  return rows
    .map((row) =>
      row
        .map((cell, i) => cell.padEnd(widths[i] ?? 0))
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}

export async function printStatus(status: LabStatus, blueprint: LabBlueprint): Promise<void> {
  const pids = status.processes.flatMap((process) => process.pid ?? []);
  const memory = await memoryByProcess(status.labId, pids);
  const rows = status.processes.map((process) => {
    const size = process.pid === undefined ? undefined : memory.get(process.pid);
    return [
      process.name,
      process.state,
      process.readyAfter === undefined ? "" : `${process.readyAfter} s`,
      size === undefined ? "" : `${Math.round(size)} MB`,
      String(process.restarts),
      process.address,
      process.reason ?? "",
    ];
  });
  console.log(table([["PROCESS", "STATE", "READY IN", "MEMORY", "RESTARTS", "ADDRESS", ""], ...rows]));
  console.log();
  printAddresses(status, blueprint);
}

/** Where everything is and how one gets in, as one reads it when the lab is ready. */
export function printAddresses(status: LabStatus, blueprint: LabBlueprint): void {
  const pages = blueprint.offers.map(({ component, offer }) => [component, offer.page ?? offer.address]);
  console.log(table([["portal", status.portal], ...pages].map((row) => ["", ...row])));
  if (blueprint.signInAs) {
    const { user, password } = blueprint.signInAs;
    console.log(`\n  Sign in to the Hub as "${user}" (any name will do) with the password ${password}`);
  }
  console.log(`\n  First project:  npm run tutorial -- first-project\n  Your terminal:  eval "$(npx mlops lab env)"`);
}
