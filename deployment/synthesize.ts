import * as fs from "node:fs";
import * as path from "node:path";
import { App, TerraformStack } from "cdktf";
import { catalogue } from "../constructs/components/catalogue";
import { type Environment, loadEnvironments } from "../constructs/contracts/load";
import { type Offers, type Role, roles } from "../constructs/contracts/offers";
import { PlatformStack } from "../stacks/platform-stack";
import { addStacks } from "../stacks/stacks";
import { StateStack } from "../stacks/state-stack";
import { DeploymentError } from "./errors";

const project = path.resolve(__dirname, "..");

/** An environment that has stacks. */
export type ClusterEnvironment = Exclude<Environment, { readonly place: "lab" }>;

/** One component as it is deployed. */
export interface Deployed {
  readonly name: string;
  readonly role: Role;
  readonly offer: Offers[Role];
  /** How a person opens its page: what to run, if anything, and what to open then. Absent where there is nothing to see. */
  readonly way?: { readonly run?: string; readonly open: string };
}

/** A Helm release as the stack writes it. */
export interface Release {
  readonly name: string;
  readonly namespace: string;
  readonly chart: string;
  readonly version?: string;
  /** Each as Helm gets it; a later one is merged over those before. */
  readonly values: readonly unknown[];
}

/** One stack as it was written. */
export interface SynthesizedStack {
  readonly name: string;
  /** Where Terraform runs. */
  readonly folder: string;
  readonly isPlatform: boolean;
  /** The bucket that this stack makes for the states of the others. Absent in every other stack. */
  readonly stateBucket?: { readonly bucket: string; readonly region: string };
  /** The path of each resource's construct within the stack, by Terraform's address. */
  readonly paths: ReadonlyMap<string, string>;
  /** Whether the state is a file of this machine. */
  readonly localState: boolean;
  readonly releases: readonly Release[];
  readonly namespaces: readonly string[];
  readonly outputs: Readonly<Record<string, OutputJson>>;
}

export interface Synthesis {
  readonly environment: ClusterEnvironment;
  /** In the order in which they are deployed. */
  readonly stacks: readonly SynthesizedStack[];
  readonly components: readonly Deployed[];
  /** The platform's namespaces. */
  readonly namespaces: readonly string[];
  readonly releases: readonly Release[];
}

/**
 * Reads an environment by its name among `environments/`, or from a file, and writes its stacks where `cdktf synth`
 * does, so that both commands work in the same folders and with the same states.
 *
 * @param today the day, where something is made; left out where what is there is looked after or destroyed
 * @throws InvalidInputError with everything that is wrong with the environments
 */
export function synthesize(nameOrFile: string, today?: Date, outdir = path.join(project, "cdktf.out")): Synthesis {
  const environment = readEnvironment(nameOrFile, today);
  const app = new App({ outdir });
  addStacks(app, [environment]);
  const stacks = app.node.findAll().filter((node): node is TerraformStack => node instanceof TerraformStack);
  app.synth();
  const platform = stacks.find((stack): stack is PlatformStack => stack instanceof PlatformStack);
  if (!platform) throw new Error(`the environment ${environment.name} has no platform stack`);
  const written = stacks.map((stack) => readStack(stack, path.join(outdir, "stacks", stack.node.id)));
  return {
    environment,
    stacks: written,
    components: roles.flatMap((role) => {
      const component = environment.components.find((each) => each.role === role);
      if (!component) return [];
      return [{ name: component.name, role, offer: platform.offers[role], way: wayOf(role, written) }];
    }),
    namespaces: written.flatMap((stack) => stack.namespaces),
    releases: written.flatMap((stack) => stack.releases),
  };
}

/**
 * An environment with its components. Every environment of the folder is checked, as they are deployed side by side; but
 * what must not be made any more after a day is asked of the one that is named alone, so that an upgrade can be tried in
 * one before the next.
 */
export function readEnvironment(nameOrFile: string, today?: Date): ClusterEnvironment {
  const isFile = /[/\\]|\.(ts|json)$/.test(nameOrFile);
  const inputs = isFile ? [readFile(path.resolve(nameOrFile))] : readFolder();
  const environments = loadEnvironments(inputs, catalogue);
  const index = isFile ? 0 : environments.findIndex((each) => each.name === nameOrFile);
  const found = environments[index];
  if (found && found.place !== "lab") {
    if (today) loadEnvironments([inputs[index]], catalogue, today);
    return found;
  }
  const others = environments.filter((each) => each.place !== "lab").map((each) => each.name);
  throw new DeploymentError(
    found
      ? `The environment "${found.name}" is this machine: use \`mlops lab up\`, or one of ${others.join(", ")} here`
      : `There is no environment "${nameOrFile}"; use one of ${others.join(", ")}, or the path of a file`,
  );
}

function readFolder(): unknown[] {
  const folder = path.join(project, "environments");
  const files = fs.readdirSync(folder).filter((file) => file.endsWith(".ts"));
  return files.sort().map((file) => readFile(path.join(folder, file)));
}

function readFile(file: string): unknown {
  if (!fs.existsSync(file)) throw new DeploymentError(`${file} is not there; name an environment, or a file with one`);
  if (file.endsWith(".json")) {
    try {
      return JSON.parse(fs.readFileSync(file, "utf8"));
    } catch (error) {
      throw new DeploymentError(`${file} is not JSON: ${(error as Error).message}`);
    }
  }
  // TypeScript is read through `require`, which the command has taught it.
  try {
    return (require(file) as { default: unknown }).default;
  } catch (error) {
    // What a compiler says of a file has its place in the first lines; where in our code it was read helps nobody.
    const said = (error as Error).message.split("\n").filter(Boolean).slice(0, 3);
    throw new DeploymentError(`${file} cannot be read as an environment; mend it`, said);
  }
}

/** The stack's JSON, as far as the commands here read it. */
interface StackJson {
  readonly terraform?: { readonly backend?: { readonly local?: unknown } };
  readonly resource?: Readonly<Record<string, Readonly<Record<string, ResourceJson>>>>;
  readonly output?: Readonly<Record<string, OutputJson>>;
}
interface OutputJson {
  readonly value?: unknown;
  readonly description?: string;
}
interface ResourceJson {
  readonly "//"?: { readonly metadata?: { readonly path?: string } };
  readonly name?: string;
  readonly namespace?: string;
  readonly chart?: string;
  readonly version?: string;
  readonly values?: readonly string[];
  readonly metadata?: { readonly name?: string };
}

/** As the stack's own output tells it, so that there is one truth. */
function wayOf(role: Role, stacks: readonly SynthesizedStack[]): Deployed["way"] {
  const output = stacks.map(({ outputs }) => outputs[`${role}-page`]).find((each) => each !== undefined);
  const open = /(?:^O|, then o)pen (.+)$/.exec(output?.description ?? "")?.[1];
  if (typeof output?.value !== "string" || !open) return undefined;
  return output.value === open ? { open } : { run: output.value, open };
}

function readStack(stack: TerraformStack, folder: string): SynthesizedStack {
  const json = JSON.parse(fs.readFileSync(path.join(folder, "cdk.tf.json"), "utf8")) as StackJson;
  const resources = Object.entries(json.resource ?? {}).flatMap(([type, ofType]) =>
    Object.entries(ofType).map(([id, resource]) => ({ type, address: `${type}.${id}`, resource })),
  );
  const ofType = (pattern: RegExp) => resources.filter(({ type }) => pattern.test(type)).map((each) => each.resource);
  return {
    name: stack.node.id,
    folder,
    isPlatform: stack instanceof PlatformStack,
    ...(stack instanceof StateStack ? { stateBucket: stack.made } : {}),
    outputs: json.output ?? {},
    localState: json.terraform?.backend?.local !== undefined,
    paths: new Map(
      resources.map(({ address, resource }) => [
        address,
        (resource["//"]?.metadata?.path ?? address).split("/").slice(1).join("/"),
      ]),
    ),
    releases: ofType(/^helm_release$/).map(({ name = "", namespace = "", chart = "", version, values = [] }) => ({
      name,
      namespace,
      chart: path.basename(chart),
      version,
      values: values.map(parsed),
    })),
    namespaces: ofType(/^kubernetes_namespace/).flatMap(({ metadata }) => metadata?.name ?? []),
  };
}

/** Values as data; a template that is no JSON before Terraform has filled it in is nothing. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return {};
  }
}
