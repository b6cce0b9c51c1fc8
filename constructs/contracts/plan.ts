import type { AnyComponent, Consumer } from "./component";
import type { Part } from "./foundation";
import { dataBucket, type Room } from "./needs";
import { type Role, roles } from "./offers";
import { trafficProblems } from "./traffic-problems";

/** What a place has to give, as far as it can be known before anything is built. */
export interface Capabilities {
  readonly place: "lab" | "existing" | "aws";
  /** Postgres databases. */
  readonly database: boolean;
  /** GPUs on the largest GPU node; 0 where there is none. */
  readonly gpusPerNode: number;
  /** What the pods of people find on one node without GPUs; absent where nobody knows. */
  readonly room?: Room;
}

/** The components in the order in which they are installed, or everything that stands in the way. */
export type Plan =
  | { readonly ok: true; readonly components: readonly AnyComponent[] }
  | { readonly ok: false; readonly problems: readonly string[] };

/** A chosen component that could not be made: the role it would have played, as far as one knows. */
export type Unread = Role | "unknown";

/**
 * Orders components so that each comes after those whose offers it reads, and checks them against the place. Reports
 * every problem together: missing and doubled roles, cycles, clashing names, needs that the place does not meet.
 *
 * @param unread choices that could not be read: what they may have given is not reported as missing a second time
 * @param parts of the foundation, beside which components stand
 */
export function planComponents(
  components: readonly AnyComponent[],
  place: Capabilities,
  unread: readonly Unread[] = [],
  parts: readonly Part[] = [],
): Plan {
  const problems = [
    ...roleProblems(components, unread),
    ...nameProblems([...parts, ...components]),
    ...components.flatMap((component) => needProblems(component, place)),
    ...trafficProblems(components),
    ...(unread.length === 0 ? components.flatMap((component) => signInProblems(component, components)) : []),
  ];
  const ordered: AnyComponent[] = [];
  let waiting = [...components].sort((a, b) => a.name.localeCompare(b.name));
  while (waiting.length > 0) {
    const blocked = new Set(waiting.map((component) => component.role));
    const free = waiting.filter((component) => component.consumes.every((role) => !blocked.has(role)));
    if (free.length === 0) {
      problems.push(cycleProblem(waiting));
      break;
    }
    ordered.push(...free);
    waiting = waiting.filter((component) => !free.includes(component));
  }
  return problems.length > 0 ? { ok: false, problems } : { ok: true, components: ordered };
}

/** Who reads the offer of `role`: derived from the declarations, so known before anything is installed. */
export function consumersOf(role: Role, components: readonly AnyComponent[]): readonly Consumer[] {
  return components
    .filter((component) => component.consumes.includes(role))
    .map((component) => ({
      component: component.name,
      namespace: component.name,
      serviceAccounts: (component.needs.serviceAccounts ?? []).filter((a) => a.runsPeoplesCode).map((a) => a.name),
    }));
}

function roleProblems(components: readonly AnyComponent[], unread: readonly Unread[]): string[] {
  const problems: string[] = [];
  for (const role of roles) {
    const players = [
      ...components.filter((component) => component.role === role).map((component) => component.name),
      ...unread.filter((unreadRole) => unreadRole === role).map(() => "one that could not be read"),
    ];
    if (players.length === 0 && !unread.includes("unknown")) {
      problems.push(`no component plays the role "${role}"; add a tool with this role`);
    }
    if (players.length > 1) {
      problems.push(`${players.length} components play the role "${role}" (${players.join(", ")}); keep one of them`);
    }
  }
  return problems;
}

function nameProblems(parts: readonly Part[]): string[] {
  const names = parts.map(({ name }) => name);
  // What is there twice has its hosts twice.
  const hosts = parts
    .filter(({ name }, index) => names.indexOf(name) === index)
    .flatMap(({ published = [] }) => published.map(({ host }) => host));
  const twice = (all: readonly string[]) => [...new Set(all.filter((each, index) => all.indexOf(each) !== index))];
  return [
    ...twice(names).map(
      (name) => `the name "${name}" is used by more than one component; names are namespaces, so rename one`,
    ),
    ...twice(hosts).map((host) => `the host "${host}" is published by more than one component; rename one`),
  ];
}

function signInProblems({ name, needs }: AnyComponent, all: readonly AnyComponent[]): string[] {
  return needs.signIn && !all.some((other) => other.signIn)
    ? [`${name} verifies tokens and no component provides sign-in; choose a notebooks tool that does`]
    : [];
}

function needProblems(component: AnyComponent, place: Capabilities): string[] {
  const { needs, name } = component;
  const problems: string[] = [];
  if (needs.database && !place.database) {
    problems.push(`${name} needs a database and this place has none; give it one, or choose another tool`);
  }
  if (needs.gpu && place.place !== "lab" && needs.gpu > place.gpusPerNode) {
    problems.push(
      place.gpusPerNode === 0
        ? `${name} asks for ${needs.gpu} GPU and there are no GPU nodes; add a GPU node group, or drop the GPU profile`
        : `${name} asks for ${needs.gpu} GPUs and a GPU node has ${place.gpusPerNode}; choose a larger GPU instance type`,
    );
  }
  const { largestPod: pod } = needs;
  const { room } = place;
  if (pod && room && (pod.cpu > room.cpu || pod.memoryGiB > room.memoryGiB)) {
    problems.push(
      `${name} offers ${pod.cpu} cores and ${pod.memoryGiB} GiB, and a node of the group "general" has room for ${room.cpu} and ${room.memoryGiB}; choose a larger instance type, or a smaller profile`,
    );
  }
  if (needs.buckets?.includes(dataBucket)) {
    problems.push(`${name} declares a bucket "${dataBucket}", which is the platform's shared one; choose another name`);
  }
  for (const account of needs.serviceAccounts ?? []) {
    for (const bucket of account.buckets) {
      if (bucket !== dataBucket && !needs.buckets?.includes(bucket)) {
        problems.push(
          `${name}'s service account "${account.name}" uses the bucket "${bucket}", which ${name} does not declare; add it to needs.buckets`,
        );
      }
    }
  }
  return problems;
}

/** Names one cycle, as a path that returns to where it began. */
function cycleProblem(waiting: readonly AnyComponent[]): string {
  const path: AnyComponent[] = [];
  let at = waiting[0];
  while (at && !path.includes(at)) {
    path.push(at);
    const { consumes } = at;
    at = waiting.find((component) => consumes.includes(component.role));
  }
  const cycle = at ? [...path.slice(path.indexOf(at)), at] : path;
  return `components consume each other in a circle: ${cycle.map((c) => c.name).join(" -> ")}; remove one of the edges`;
}
