import * as path from "node:path";
import type { AnyComponent, Component } from "../constructs/contracts/component";
import type { LabContext, LabForm, LabProcess, LabProgramEnvironment, LabSignIn } from "../constructs/contracts/lab";
import { dataBucket } from "../constructs/contracts/needs";
import { dataVariable, type Offers, type Role } from "../constructs/contracts/offers";
import { noUsageStatistics } from "../constructs/foundation/usage-statistics";
import { LabError } from "./errors";
import type { LabPaths } from "./paths";
import type { LabSecrets } from "./secrets";

/** Everything the lab will run, before anything is started. */
export interface LabBlueprint {
  readonly processes: readonly (LabProcess & { readonly component: string })[];
  readonly offers: readonly { readonly component: string; readonly role: Role; readonly offer: Offers[Role] }[];
  /** The variables of all offers, and where data is kept. */
  readonly clientEnv: Readonly<Record<string, string>>;
  /** What a person's terminal needs beside them; it holds secrets. */
  readonly terminalEnv: Readonly<Record<string, string>>;
  readonly signInAs?: LabSignIn;
  /** Folders that must exist before a process starts. */
  readonly folders: readonly string[];
}

export interface LabPlace {
  readonly paths: LabPaths;
  readonly secrets: LabSecrets;
  /** Called once for each port that a component asks for. */
  readonly port: (name: string) => number;
}

/** What each component says of itself on this machine. */
export interface LabForms {
  readonly forms: readonly {
    readonly component: string;
    readonly role: Role;
    readonly form: LabForm<Offers[Role]>;
  }[];
  readonly folders: readonly string[];
  /** What all of people's code gets: where data is kept, and that clients report their use to nobody. */
  readonly common: Readonly<Record<string, string>>;
}

/** Asks each component for its processes, in the order in which they read each other's offers. */
export function labForms(components: readonly AnyComponent[], place: LabPlace): LabForms {
  const folders = new Set<string>();
  const folder = (name: string) => {
    const made = path.join(place.paths.data, name);
    folders.add(made);
    return made;
  };
  // Not encoded: fsspec takes the path as it stands, spaces and all.
  const common = { [dataVariable]: `file://${folder(dataBucket)}`, ...noUsageStatistics };
  const forms: LabForms["forms"][number][] = [];
  for (const component of components) {
    const known: Partial<Record<Role, Offers[Role]>> = Object.fromEntries(
      forms.flatMap(({ role, form }) => ("unavailable" in form ? [] : [[role, form.offer]])),
    );
    const consumed = component.consumes.map((role) => known[role]).filter((offer) => offer !== undefined);
    const context: LabContext<Role> = {
      offers: Object.fromEntries(component.consumes.map((role) => [role, known[role]])) as unknown as Offers,
      clientEnv: Object.assign({ ...common }, ...consumed.map((offer) => offer.clientEnv)),
      port: place.port,
      folder,
      secret: (key) => ownSecret(component, key, place.secrets),
      ...signInOf(component, components, place),
      program: (environment, name) => program(place.paths, environment, name),
      projectFile: (file) => path.join(place.paths.project, file),
    };
    const form = (component as Component<Role, Role>).processes(context);
    forms.push({ component: component.name, role: component.role, form });
  }
  return { forms, folders: [...folders], common };
}

/**
 * The processes of all components, and what people's code and their terminals need to find them.
 *
 * @throws LabError that names every component which has no lab form, and why
 */
export function labBlueprint(components: readonly AnyComponent[], place: LabPlace): LabBlueprint {
  const { forms, folders, common } = labForms(components, place);
  const offers: LabBlueprint["offers"][number][] = [];
  const processes: LabBlueprint["processes"][number][] = [];
  const unavailable: string[] = [];
  let terminalEnv: Record<string, string> = {};
  let signInAs: LabSignIn | undefined;

  for (const { component, role, form } of forms) {
    if ("unavailable" in form) {
      unavailable.push(`${component} does not run in the lab: ${form.unavailable}; choose another tool for "${role}"`);
      continue;
    }
    offers.push({ component, role, offer: form.offer });
    processes.push(...form.processes.map((process) => ({ ...process, component })));
    terminalEnv = { ...terminalEnv, ...form.terminalEnv };
    signInAs = form.signInAs ?? signInAs;
  }
  if (unavailable.length > 0) throw new LabError("The lab cannot run this environment", unavailable);
  return {
    processes,
    offers,
    clientEnv: Object.assign({ ...common }, ...offers.map(({ offer }) => offer.clientEnv)),
    terminalEnv,
    signInAs,
    folders,
  };
}

function ownSecret(component: AnyComponent, key: string, secrets: LabSecrets): string {
  const format = component.needs.secrets?.[key];
  if (!format) throw new Error(`${component.name} asks for the secret "${key}"; add it to its needs.secrets`);
  return secrets.get(`${component.name}/${key}`, format);
}

function signInOf(
  component: AnyComponent,
  components: readonly AnyComponent[],
  { secrets, port }: LabPlace,
): Pick<LabContext, "signIn" | "signInServices"> {
  const token = (name: string) => secrets.get(`${name}/sign-in-token`, "hex32");
  return {
    signIn() {
      const provider = components.find((other) => other.signIn)?.signIn;
      if (!component.needs.signIn || !provider) {
        throw new Error(`${component.name} asks for sign-in; declare needs.signIn, and a component that provides it`);
      }
      return { api: provider.labApi(port), token: token(component.name) };
    },
    signInServices: components
      .filter((other) => component.signIn && other.needs.signIn)
      .map(({ name }) => ({ name, token: token(name) })),
  };
}

/** The path of a program of one of the lab's environments. */
export function program(paths: LabPaths, environment: LabProgramEnvironment, name: string): string {
  return environment === "node"
    ? path.join(paths.project, "node_modules", ".bin", name)
    : path.join(paths.python, environment, "bin", name);
}
