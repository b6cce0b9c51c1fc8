import { randomBytes, randomInt } from "node:crypto";
import * as fs from "node:fs";
import * as path from "node:path";
import { z } from "zod";
import type { SecretFormat } from "../constructs/contracts/needs";
import { LabError } from "./errors";

const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

/** Secrets of the lab: each is made the first time it is asked for, and kept in a file that only its owner can read. */
export class LabSecrets {
  private constructor(
    private readonly file: string,
    private readonly values: Record<string, string>,
  ) {}

  /** @throws LabError when the file is there and cannot be read as secrets: nothing is overwritten */
  static open(file: string): LabSecrets {
    let values: Record<string, string> = {};
    if (fs.existsSync(file)) {
      try {
        values = z.record(z.string(), z.string()).parse(JSON.parse(fs.readFileSync(file, "utf8")));
      } catch {
        throw new LabError(
          `${file} is not readable as secrets; restore it, or run \`mlops lab reset\` to start afresh`,
        );
      }
      fs.chmodSync(file, 0o600);
    }
    return new LabSecrets(file, values);
  }

  get(name: string, format: SecretFormat): string {
    return this.keep(name, () => (format === "hex32" ? randomBytes(32).toString("hex") : alphanumeric(32)));
  }

  private keep(name: string, make: () => string): string {
    const value = this.values[name] ?? make();
    if (!(name in this.values)) {
      this.values[name] = value;
      fs.mkdirSync(path.dirname(this.file), { recursive: true });
      // Written beside and renamed, so that a crash leaves the old file whole.
      const beside = `${this.file}.new`;
      fs.writeFileSync(beside, `${JSON.stringify(this.values, null, 2)}\n`, { mode: 0o600 });
      fs.renameSync(beside, this.file);
    }
    return value;
  }
}

function alphanumeric(length: number): string {
  return Array.from({ length }, () => alphabet[randomInt(alphabet.length)]).join("");
}
