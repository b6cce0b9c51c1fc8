import { overlap, parseCidr } from "./cidr";
import type { AnyComponent, Catalogue } from "./component";
import { type AwsEnvironment, environmentSchema, type LabEnvironment } from "./environment";
import { type Capabilities, planComponents } from "./plan";
import { instanceTypes } from "./prices";
import { check, InvalidInputError } from "./problems";

/** An environment with its components in the order in which they are installed. */
export type Environment = (AwsEnvironment | LabEnvironment) & { readonly components: readonly AnyComponent[] };

/**
 * Reads environments, as data of any origin, against a catalogue of tools.
 *
 * @throws InvalidInputError with every problem of every environment, before anything is built
 */
export function loadEnvironments(inputs: readonly unknown[], catalogue: Catalogue): Environment[] {
  const problems: string[] = [];
  const environments: Environment[] = [];
  inputs.forEach((input, index) => {
    const label = text(field(input, "name")) ?? `environment ${index + 1}`;
    const shape = check(environmentSchema, input, label);
    const chosen = chooseComponents(field(input, "components"), catalogue, `${label}.components`);
    const found = [...shape.problems, ...networkProblems(input, label), ...chosen.problems];
    // An unknown tool leaves a gap that is no problem of its own, so the plan is made of a full list only.
    if (chosen.components) {
      const plan = planComponents(chosen.components, capabilities(input));
      if (!plan.ok) found.push(...plan.problems.map((problem) => `${label}: ${problem}`));
      else if (shape.value && found.length === 0) environments.push({ ...shape.value, components: plan.components });
    }
    problems.push(...found);
  });
  problems.push(...betweenEnvironments(inputs));
  if (problems.length > 0) throw new InvalidInputError("The environments cannot be used", problems);
  return environments;
}

/** As `loadEnvironments`, for the one environment of a place. */
export function loadEnvironment(input: unknown, catalogue: Catalogue): Environment {
  const [environment] = loadEnvironments([input], catalogue);
  if (!environment) throw new Error("an environment without problems was not returned");
  return environment;
}

/** Makes each chosen tool's component. `components` is absent when one of the choices could not be read. */
function chooseComponents(
  choices: unknown,
  catalogue: Catalogue,
  path: string,
): { components?: AnyComponent[]; problems: string[] } {
  if (!Array.isArray(choices) || choices.length === 0) return { problems: [] };
  const problems: string[] = [];
  const components: AnyComponent[] = [];
  choices.forEach((choice: unknown, index) => {
    const tool = text(field(choice, "tool"));
    if (tool === undefined) {
      problems.push(
        ...(choice && typeof choice === "object"
          ? []
          : [`${path}.${index} is ${JSON.stringify(choice)}; write { tool: "..." }`]),
      );
      return;
    }
    const definition = Object.hasOwn(catalogue, tool) ? catalogue[tool] : undefined;
    if (!definition) {
      problems.push(
        `${path}.${index}.tool is "${tool}"; use one of ${Object.keys(catalogue).join(", ")}, or add it to the catalogue`,
      );
      return;
    }
    const { tool: _, ...options } = choice as Record<string, unknown>;
    const result = check(definition.options, options, `${path}.${tool}`);
    problems.push(...result.problems);
    if (result.problems.length === 0) components.push(definition.create(result.value));
  });
  return components.length === choices.length ? { components, problems } : { problems };
}

/** What the place can give, as far as it can be read: a part that cannot is a problem already. */
function capabilities(input: unknown): Capabilities {
  if (field(input, "place") !== "aws") return { place: "lab", database: true, gpusPerNode: 0 };
  const gpu = field(field(input, "nodes"), "gpu");
  const type = field(gpu, "mode") === "pool" ? text(field(gpu, "instanceType")) : undefined;
  return { place: "aws", database: true, gpusPerNode: type ? (instanceTypes[type]?.gpus ?? 1) : 0 };
}

function networkProblems(input: unknown, label: string): string[] {
  const network = field(input, "network");
  const own = parseCidr(text(field(network, "cidr")) ?? "");
  if (!own) return [];
  const others: [string, string][] = [
    [`${label}.kubernetes.serviceCidr`, text(field(field(input, "kubernetes"), "serviceCidr")) ?? "172.20.0.0/16"],
  ];
  const reserved = field(network, "reserved");
  if (Array.isArray(reserved)) {
    others.push(...reserved.map((block, i): [string, string] => [`${label}.network.reserved.${i}`, String(block)]));
  }
  return others.flatMap(([path, block]) => {
    const other = parseCidr(block);
    if (!other || !overlap(own, other)) return [];
    return [
      `${label}.network.cidr is "${own.text}" and overlaps ${path} (${block}); choose blocks that do not share addresses`,
    ];
  });
}

/** Names must differ, and so must the networks of environments in one region: they are often connected later. */
function betweenEnvironments(inputs: readonly unknown[]): string[] {
  const problems: string[] = [];
  inputs.forEach((a, i) => {
    for (const b of inputs.slice(i + 1)) {
      const [nameA, nameB] = [field(a, "name"), field(b, "name")];
      if (nameA !== undefined && nameA === nameB) problems.push(`two environments are named "${nameA}"; rename one`);
      const [cidrA, cidrB] = [a, b].map((e) => parseCidr(text(field(field(e, "network"), "cidr")) ?? ""));
      if (cidrA && cidrB && field(a, "region") === field(b, "region") && overlap(cidrA, cidrB)) {
        problems.push(
          `${nameA} (${cidrA.text}) and ${nameB} (${cidrB.text}) overlap in one region; choose blocks that do not share addresses`,
        );
      }
    }
  });
  return problems;
}

function field(value: unknown, key: string): unknown {
  return value !== null && typeof value === "object" ? (value as Record<string, unknown>)[key] : undefined;
}

function text(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}
