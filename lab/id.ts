import { randomUUID } from "node:crypto";
import * as fs from "node:fs";
import type { LabPaths } from "./paths";

/** The mark of this lab's processes, made once. It stands apart from the secrets, so that a lab can always be stopped. */
export function labId(paths: Pick<LabPaths, "root" | "id">): string {
  try {
    const id = fs.readFileSync(paths.id, "utf8").trim();
    if (id !== "") return id;
  } catch {
    // The first time.
  }
  const id = randomUUID();
  // What people keep in here is not for the other users of the machine.
  fs.mkdirSync(paths.root, { recursive: true, mode: 0o700 });
  fs.writeFileSync(paths.id, `${id}\n`);
  return id;
}
