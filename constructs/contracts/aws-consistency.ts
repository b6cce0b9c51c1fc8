import { defaultServiceCidr } from "./aws-environment";
import { overlap } from "./cidr";
import { block, field } from "./field";
import { versionSupport } from "./kubernetes-versions";
import { instanceTypes } from "./prices";

/** Parts of one AWS environment that contradict each other, or the day. Reads the input as it came. */
export function awsContradictions(input: unknown, label: string, today?: Date): string[] {
  return [
    ...addressProblems(input, label),
    ...networkProblems(input, label),
    ...architectureProblems(input, label),
    ...nodeProblems(input, label),
    ...imageProblems(input, label),
    ...(today ? versionProblems(input, label, today) : []),
  ];
}

function addressProblems(input: unknown, label: string): string[] {
  const own = [`${label}.network.cidr`, block(field(input, "network", "cidr"))] as const;
  const serviceCidr = field(input, "kubernetes", "serviceCidr") ?? defaultServiceCidr;
  const services = [`${label}.kubernetes.serviceCidr`, block(serviceCidr)] as const;
  const others = list(field(input, "network", "reserved")).map(
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

/** What the network cannot carry. */
function networkProblems(input: unknown, label: string): string[] {
  const network = field(input, "network");
  const isExisting = field(network, "mode") === "existing";
  const zones = isExisting ? list(field(network, "privateSubnetIds")).length : field(network, "zones");
  const nodeZones = field(input, "nodes", "zones");
  const problems: string[] = [];
  if (typeof zones === "number" && zones > 0 && typeof nodeZones === "number" && nodeZones > zones) {
    problems.push(
      `${label}.nodes.zones is ${nodeZones} and the network has ${zones}; lower it, or ${isExisting ? "name a private subnet in each zone" : "raise network.zones"}`,
    );
  }
  const hasDomain = field(input, "domain", "mode") === "route53";
  if (isExisting && hasDomain && list(field(network, "publicSubnetIds")).length === 0) {
    problems.push(
      `${label}.network.publicSubnetIds is missing, and a domain's load balancer stands in public subnets; name them, or use the domain mode "none"`,
    );
  }
  if (field(network, "egress", "mode") === "none" && hasDomain) {
    problems.push(
      `${label}.network.egress.mode is "none", and external-dns and cert-manager would not reach Route 53, which has no endpoint in a VPC here, nor Let's Encrypt; use a NAT, or the domain mode "none"`,
    );
  }
  if (field(network, "egress", "mode") === "none" && !imagesFromInside(input)) {
    problems.push(
      `${label}.network.egress.mode is "none", and nodes without a way out cannot pull images from the internet; name mirror.images, or images.pullThrough with secrets for dockerHub and github`,
    );
  }
  if (field(network, "egress", "mode") === "none" && field(input, "mirror", "images") === undefined) {
    list(field(input, "nodes", "gpu")).forEach((group, index) => {
      if (field(group, "image") !== "al2023") return;
      problems.push(
        `${label}.nodes.gpu.${index}.image is "al2023", whose device plugin comes from nvcr.io, of which ECR keeps no copies; use "bottlerocket", or name mirror.images`,
      );
    });
  }
  return problems;
}

/** Whether every image comes from a registry that nodes without a way out can reach. */
function imagesFromInside(input: unknown): boolean {
  const pullThrough = field(input, "images", "pullThrough");
  const cachesAll = field(pullThrough, "dockerHub") !== undefined && field(pullThrough, "github") !== undefined;
  return field(input, "mirror", "images") !== undefined || cachesAll;
}

/** An image runs on the processors it was built for, and the project's own run on every node. */
function architectureProblems(input: unknown, label: string): string[] {
  const built = field(input, "images", "architecture") ?? "x86_64";
  if (built !== "x86_64" && built !== "arm64") return [];
  return nodeGroups(input).flatMap(({ path, group }) =>
    list(field(group, "instanceTypes")).flatMap((name, index) => {
      const type = typeof name === "string" && Object.hasOwn(instanceTypes, name) ? instanceTypes[name] : undefined;
      if (!type || type.architecture === built) return [];
      return [
        `${label}.${path}.instanceTypes.${index} is "${name}", which is ${type.architecture}, and images.architecture is "${built}"; choose an ${built} type, or build the images for ${type.architecture}`,
      ];
    }),
  );
}

function nodeProblems(input: unknown, label: string): string[] {
  const names = list(field(input, "nodes", "gpu")).map((group) => field(group, "name"));
  const problems = names.flatMap((name, index) =>
    name === "system" || name === "general" || (name !== undefined && names.indexOf(name) < index)
      ? [`${label}.nodes.gpu.${index}.name is "${name}", which another group is named; choose another name`]
      : [],
  );
  if (field(input, "nodes", "mode") !== "karpenter") return problems;
  for (const { path, group } of nodeGroups(input)) {
    const min = field(group, "min");
    if (path !== "nodes.system" && typeof min === "number" && min > 0) {
      problems.push(
        `${label}.${path}.min is ${min}, and Karpenter keeps no nodes that nobody needs; use 0, or the nodes mode "groups"`,
      );
    }
  }
  if (field(input, "schedule") !== undefined) {
    problems.push(
      `${label}.schedule puts node groups to sleep, and Karpenter's nodes are in none; remove it, or use the nodes mode "groups"`,
    );
  }
  return problems;
}

function imageProblems(input: unknown, label: string): string[] {
  return field(input, "mirror", "images") !== undefined && field(input, "images", "pullThrough") !== undefined
    ? [`${label}.mirror.images and ${label}.images.pullThrough both say where images come from; keep one of them`]
    : [];
}

function versionProblems(input: unknown, label: string, today: Date): string[] {
  const version = field(input, "kubernetes", "version");
  const { error } = versionSupport(version, today);
  return error ? [`${label}.kubernetes.version is "${version}"; ${error}`] : [];
}

function nodeGroups(input: unknown): { readonly path: string; readonly group: unknown }[] {
  return [
    ...["system", "general"].map((name) => ({ path: `nodes.${name}`, group: field(input, "nodes", name) })),
    ...list(field(input, "nodes", "gpu")).map((group, index) => ({ path: `nodes.gpu.${index}`, group })),
  ];
}

function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}
