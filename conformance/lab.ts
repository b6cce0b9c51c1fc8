import { existsSync, readFileSync } from "node:fs";
import * as path from "node:path";
import type { AnyComponent } from "../constructs/contracts/component";
import type { LabForm } from "../constructs/contracts/lab";
import type { Offers, Role } from "../constructs/contracts/offers";
import { labForms } from "../lab/blueprint";
import { labPaths } from "../lab/paths";
import { LabSecrets } from "../lab/secrets";

/** What a choice of components would be on this machine. Nothing is started. */
export interface LabFacts {
  /** By component. */
  readonly forms: ReadonlyMap<string, LabForm<Offers[Role]>>;
  /** The ports that were asked for, by name. */
  readonly ports: ReadonlyMap<string, number>;
  /** The secrets that were made. */
  readonly secrets: readonly string[];
  /** Where the Python environments are, and the project. */
  readonly python: string;
  readonly project: string;
}

/** @param root a folder of the caller's, in which the secrets are kept */
export function labFacts(components: readonly AnyComponent[], root: string): LabFacts {
  const paths = labPaths({ OPEN_MLOPS_LAB_DIR: root });
  const ports = new Map<string, number>();
  const port = (name: string) => {
    const number = ports.get(name) ?? 20000 + ports.size;
    ports.set(name, number);
    return number;
  };
  const { forms } = labForms(components, { paths, port, secrets: LabSecrets.open(paths.secrets) });
  return {
    forms: new Map(forms.map(({ component, form }) => [component, form])),
    ports,
    secrets: existsSync(paths.secrets) ? Object.values(JSON.parse(readFileSync(paths.secrets, "utf8"))) : [],
    python: paths.python,
    project: path.resolve(paths.project),
  };
}
