import { type Cidr, overlap, parseCidr } from "./cidr";
import { defaultServiceCidr } from "./environment";
import { instanceTypes } from "./prices";

/**
 * What must fit together within an environment and between environments. These checks read the input as it came, part
 * by part, because a schema's own cross-checks are silent as soon as any part of it is wrong.
 */

/** Parts of one environment that contradict each other. `label` is its name, with which every path begins. */
export function contradictions(input: unknown, label: string): string[] {
  return [...networkProblems(input, label), ...architectureProblems(input, label)];
}

/** Names must differ, and so must the networks of environments in one region: they are often connected later. */
export function betweenEnvironments(inputs: readonly unknown[]): string[] {
  const problems: string[] = [];
  inputs.forEach((a, i) => {
    for (const b of inputs.slice(i + 1)) {
      const [nameA, nameB] = [field(a, "name"), field(b, "name")];
      if (nameA !== undefined && nameA === nameB) problems.push(`two environments are named "${nameA}"; rename one`);
      const [cidrA, cidrB] = [a, b].map((each) => block(field(each, "network", "cidr")));
      if (cidrA && cidrB && field(a, "region") === field(b, "region") && overlap(cidrA, cidrB)) {
        problems.push(
          `${nameA}.network.cidr (${cidrA.text}) and ${nameB}.network.cidr (${cidrB.text}) overlap in one region; choose blocks that do not share addresses`,
        );
      }
    }
  });
  return problems;
}

function networkProblems(input: unknown, label: string): string[] {
  if (field(input, "place") === "lab" || field(input, "place") === "existing") return [];
  const own = [`${label}.network.cidr`, block(field(input, "network", "cidr"))] as const;
  const serviceCidr = field(input, "kubernetes", "serviceCidr") ?? defaultServiceCidr;
  const services = [`${label}.kubernetes.serviceCidr`, block(serviceCidr)] as const;
  const reserved = field(input, "network", "reserved");
  const others = (Array.isArray(reserved) ? reserved : []).map(
    (each, index) => [`${label}.network.reserved.${index}`, block(each)] as const,
  );
  const pairs = [
    [own, services] as const,
    ...others.flatMap((other) => [[own, other] as const, [services, other] as const]),
  ];
  return pairs.flatMap(([[pathA, a], [pathB, b]]) =>
    a && b && overlap(a, b)
      ? [`${pathA} is "${a.text}" and overlaps ${pathB} (${b.text}); choose blocks that do not share addresses`]
      : [],
  );
}

/** An image runs on the processors it was built for, and the project's own run on every node. */
function architectureProblems(input: unknown, label: string): string[] {
  const built = field(input, "images", "architecture") ?? "x86_64";
  if (built !== "x86_64" && built !== "arm64") return [];
  return ["system", "general", "gpu"].flatMap((group) => {
    const name = field(input, "nodes", group, "instanceType");
    const type = typeof name === "string" && Object.hasOwn(instanceTypes, name) ? instanceTypes[name] : undefined;
    if (!type || type.architecture === built) return [];
    return [
      `${label}.nodes.${group}.instanceType is "${name}", which is ${type.architecture}, and images.architecture is "${built}"; choose an ${built} type, or build the images for ${type.architecture}`,
    ];
  });
}

/** A part of data of unknown shape. */
export function field(value: unknown, ...path: readonly string[]): unknown {
  return path.reduce<unknown>(
    (at, key) =>
      at !== null && typeof at === "object" && Object.hasOwn(at, key)
        ? (at as Record<string, unknown>)[key]
        : undefined,
    value,
  );
}

function block(value: unknown): Cidr | undefined {
  return typeof value === "string" ? parseCidr(value) : undefined;
}
