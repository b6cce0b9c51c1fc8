import type { AnyComponent, Catalogue } from "./component";
import { betweenEnvironments, contradictions, field } from "./consistency";
import { type AwsEnvironment, awsSchema, environmentSchema, type LabEnvironment, labSchema } from "./environment";
import { type Capabilities, planComponents, type Unread } from "./plan";
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
    const shape = checkShape(input, label);
    const chosen = chooseComponents(field(input, "components"), catalogue, `${label}.components`);
    const found = [...shape.problems, ...contradictions(input, label), ...chosen.problems];
    if (chosen.given) {
      const plan = planComponents(chosen.components, capabilities(input), chosen.unread);
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

/** Checks the shape. Where the place itself is wrong, the rest is checked as the place it looks like. */
function checkShape(input: unknown, label: string) {
  const shape = check(environmentSchema, input, label);
  const known: readonly unknown[] = environmentSchema.options.map((option) => option.shape.place.value);
  if (shape.value || known.includes(field(input, "place")) || input === null || typeof input !== "object") return shape;
  const schema = ["region", "network", "nodes"].some((key) => Object.hasOwn(input, key)) ? awsSchema : labSchema;
  const rest = check(schema, { ...input, place: schema.shape.place.value }, label);
  return { value: undefined, problems: [...shape.problems, ...rest.problems] };
}

interface Choices {
  /** Whether there was a list at all; where there was none, the shape's check says so. */
  readonly given: boolean;
  readonly components: readonly AnyComponent[];
  /** What the choices that could not be read would have played. */
  readonly unread: readonly Unread[];
  readonly problems: readonly string[];
}

/** Makes each chosen tool's component. */
function chooseComponents(choices: unknown, catalogue: Catalogue, path: string): Choices {
  if (!Array.isArray(choices) || choices.length === 0)
    return { given: false, components: [], unread: [], problems: [] };
  const problems: string[] = [];
  const unread: Unread[] = [];
  const components: AnyComponent[] = [];
  choices.forEach((choice: unknown, index) => {
    const tool = text(field(choice, "tool"));
    const definition = tool !== undefined && Object.hasOwn(catalogue, tool) ? catalogue[tool] : undefined;
    if (!definition) {
      unread.push("unknown");
      // That a tool is missing, or not a name, the shape's check has said.
      if (tool) {
        problems.push(
          `${path}.${index}.tool is "${tool}"; use one of ${Object.keys(catalogue).join(", ")}, or add it to the catalogue`,
        );
      }
      return;
    }
    const { tool: _, ...options } = choice as Record<string, unknown>;
    const result = check(definition.options, options, `${path}.${index} (${tool})`);
    problems.push(...result.problems);
    if (result.problems.length === 0) components.push(definition.create(result.value));
    else unread.push(definition.role);
  });
  return { given: true, components, unread, problems };
}

/** What the place can give, as far as it can be read: a part that cannot is a problem already. */
function capabilities(input: unknown): Capabilities {
  if (field(input, "place") !== "aws") return { place: "lab", database: true, gpusPerNode: 0 };
  const gpu = field(input, "nodes", "gpu");
  const type = text(field(gpu, "instanceType"));
  const perNode = type !== undefined && Object.hasOwn(instanceTypes, type) ? instanceTypes[type]?.gpus : undefined;
  return {
    place: "aws",
    database: true,
    // A group that cannot be read is a problem already, and no reason to say that there are no GPUs.
    gpusPerNode: field(gpu, "mode") === "none" ? 0 : perNode || Number.POSITIVE_INFINITY,
  };
}

function text(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}
