import { z } from "zod";
import { type AwsEnvironment, awsSchema } from "./aws-environment";
import type { AnyComponent, Tools } from "./component";
import { betweenEnvironments, contradictions } from "./consistency";
import { type ExistingEnvironment, environmentSchema, type LabEnvironment, labSchema } from "./environment";
import { existingSchema } from "./existing";
import { unansweredNeeds } from "./existing-needs";
import { field } from "./field";
import { type Catalogue, type FoundationPart, type FoundationSettings, foundationShape } from "./foundation";
import { homesOf } from "./homes";
import { versionSupport } from "./kubernetes-versions";
import { type Capabilities, planComponents, type Unread } from "./plan";
import { instanceTypes, roomOnNode } from "./prices";
import { check, InvalidInputError } from "./problems";

/** An environment with the parts of its foundation and its components, each in the order in which they are installed. */
export type Environment = (AwsEnvironment | ExistingEnvironment | LabEnvironment) & {
  readonly components: readonly AnyComponent[];
  /** None in the lab. */
  readonly foundation: readonly FoundationPart[];
};

/**
 * Reads environments, as data of any origin, against a catalogue of tools.
 *
 * @param today the day on which they are deployed, for what must not be made any more after a day. Left out where what
 * is there is only looked after or destroyed.
 * @throws InvalidInputError with every problem of every environment, before anything is built
 */
export function loadEnvironments(inputs: readonly unknown[], catalogue: Catalogue, today?: Date): Environment[] {
  const problems: string[] = [];
  const environments: Environment[] = [];
  inputs.forEach((input, index) => {
    const label = text(field(input, "name")) ?? `environment ${index + 1}`;
    const shape = checkShape(input, label);
    const chosen = chooseComponents(field(input, "components"), catalogue.tools, `${label}.components`);
    const found = [...shape.problems, ...contradictions(input, label, today), ...chosen.problems];
    if (chosen.given) {
      const { parts, problems: unsaid } = foundationOf(input, catalogue, chosen.components);
      const plan = planComponents(chosen.components, capabilities(input), chosen.unread, parts);
      if (!plan.ok) found.push(...plan.problems.map((problem) => `${label}: ${problem}`));
      if (field(input, "place") === "existing") {
        const all = [...parts, ...chosen.components];
        found.push(...unansweredNeeds(input, all, !unsaid && chosen.unread.length === 0, label));
      }
      if (plan.ok && shape.value && found.length === 0) {
        environments.push({ ...shape.value, components: plan.components, foundation: parts });
      }
    }
    problems.push(...found);
  });
  problems.push(...betweenEnvironments(inputs));
  if (problems.length > 0) throw new InvalidInputError("The environments cannot be used", problems);
  return environments;
}

/** As `loadEnvironments`, for the one environment of a place. */
export function loadEnvironment(input: unknown, catalogue: Catalogue, today?: Date): Environment {
  const [environment] = loadEnvironments([input], catalogue, today);
  if (!environment) throw new Error("an environment without problems was not returned");
  return environment;
}

/** What will be wrong soon, though it is not yet: said before a deployment, and by the doctor. */
export function warnings(environment: Environment, today: Date): string[] {
  if (environment.place !== "aws") return [];
  const { version } = environment.kubernetes;
  const { warning } = versionSupport(version, today);
  return warning ? [`${environment.name}.kubernetes.version is "${version}"; ${warning}`] : [];
}

/** Checks the shape. Where the place itself is wrong, the rest is checked as the place it looks like. */
function checkShape(input: unknown, label: string) {
  const shape = check(environmentSchema, input, label);
  const known: readonly unknown[] = environmentSchema.options.map((option) => option.shape.place.value);
  if (shape.value || known.includes(field(input, "place")) || input === null || typeof input !== "object") return shape;
  const has = (...keys: string[]) => keys.some((key) => Object.hasOwn(input, key));
  const schema = has("region", "network", "nodes")
    ? awsSchema
    : has("context", "objectStore")
      ? existingSchema
      : labSchema;
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

/**
 * The parts that an environment's settings ask for. What cannot be read, the shape's check says; `problems` says that
 * there is something.
 */
function foundationOf(input: unknown, { foundation }: Catalogue, components: readonly AnyComponent[]) {
  const place = field(input, "place");
  if (place !== "aws" && place !== "existing") return { parts: [], problems: false };
  const { identity, observability, backup } = foundationShape;
  const read = z.object({ identity, observability, backup }).safeParse(input);
  if (!read.success) return { parts: [], problems: true };
  const edge = certificatesOf(input);
  const gpu = capabilities(input).gpusPerNode > 0;
  return { parts: foundation({ place, edge, gpu, ...read.data, homes: homesOf(components) }), problems: false };
}

function certificatesOf(input: unknown): FoundationSettings["edge"] {
  if (field(input, "domain", "mode") === "route53") return "lets-encrypt";
  if (field(input, "edge", "mode") !== "gateway") return false;
  return field(input, "edge", "certificates", "mode") === "own-ca" ? "own-ca" : "given";
}

/** Makes each chosen tool's component. */
function chooseComponents(choices: unknown, tools: Tools, path: string): Choices {
  if (!Array.isArray(choices) || choices.length === 0)
    return { given: false, components: [], unread: [], problems: [] };
  const problems: string[] = [];
  const unread: Unread[] = [];
  const components: AnyComponent[] = [];
  choices.forEach((choice: unknown, index) => {
    const tool = text(field(choice, "tool"));
    const definition = tool !== undefined && Object.hasOwn(tools, tool) ? tools[tool] : undefined;
    if (!definition) {
      unread.push("unknown");
      // That a tool is missing, or not a name, the shape's check has said.
      if (tool) {
        problems.push(
          `${path}.${index}.tool is "${tool}"; use one of ${Object.keys(tools).join(", ")}, or add it to the catalogue`,
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
  switch (field(input, "place")) {
    case "aws": {
      const gpusPerNode = gpusOfGroups(field(input, "nodes", "gpu"));
      const types = field(input, "nodes", "general", "instanceTypes");
      const room = roomOfGroup(types, field(input, "nodes", "mode") === "karpenter");
      return { place: "aws", database: true, gpusPerNode, ...(room ? { room } : {}) };
    }
    case "existing": {
      const gpu = field(input, "gpu");
      const perNode = field(gpu, "perNode");
      const known = typeof perNode === "number" ? perNode : undefined;
      return { place: "existing", database: true, gpusPerNode: gpusPerNode(gpu, known) };
    }
    default:
      return { place: "lab", database: true, gpusPerNode: 0 };
  }
}

/** The autoscaler reckons with a group's first type, Karpenter with any; unknown where they cannot be read. */
function roomOfGroup(types: unknown, ofAny: boolean) {
  const given: readonly unknown[] = Array.isArray(types) ? types : [];
  const known = (ofAny ? given : given.slice(0, 1)).flatMap((type) =>
    typeof type === "string" && Object.hasOwn(instanceTypes, type) ? [roomOnNode(type)] : [],
  );
  return known.sort((a, b) => b.memoryGiB - a.memoryGiB || b.cpu - a.cpu)[0];
}

/** GPUs that a pod can ask for on the largest node of any group; shared ones count as often as they are shared. */
function gpusOfGroups(groups: unknown): number {
  if (groups === undefined) return 0;
  if (!Array.isArray(groups)) return Number.POSITIVE_INFINITY;
  const each = groups.map((group: unknown) => {
    const types = field(group, "instanceTypes");
    const sharedBy = field(group, "sharedBy") ?? 1;
    const gpus = (Array.isArray(types) ? types : []).map((type: unknown) =>
      typeof type === "string" && Object.hasOwn(instanceTypes, type) ? (instanceTypes[type]?.gpus ?? 0) : 0,
    );
    // A group that cannot be read is a problem already, and no reason to say that there are no GPUs.
    const known = Math.max(0, ...gpus) * (typeof sharedBy === "number" ? sharedBy : 1);
    return known > 0 ? known : Number.POSITIVE_INFINITY;
  });
  return Math.max(0, ...each);
}

/** Nodes that cannot be read are a problem already, and no reason to say that there are no GPUs. */
function gpusPerNode(gpu: unknown, known: number | undefined): number {
  return field(gpu, "mode") === "none" ? 0 : known || Number.POSITIVE_INFINITY;
}

function text(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}
