import { Jupyterhub } from "../constructs/components/jupyterhub";
import { defaultProfiles } from "../constructs/components/jupyterhub/profiles";
import type { Scale } from "../constructs/contracts/cluster-profile";
import type { AnyComponent } from "../constructs/contracts/component";
import { roomOnNode } from "../constructs/contracts/prices";

/** What each person takes of a cluster. */
export interface People {
  /** The notebook server that people get when they choose none. */
  readonly server: { readonly cpu: number; readonly memoryGiB: number };
  /** Such servers that room is kept for. */
  readonly placeholders: number;
  /** GiB of a person's home. */
  readonly homeGiB: number;
}

/** As the environment's Hub says it; nobody has a server or a home where another tool plays its role. */
export function peopleOf(components: readonly AnyComponent[], scale: Scale): People | undefined {
  const hub = components.find((component): component is Jupyterhub => component instanceof Jupyterhub);
  if (!hub) return undefined;
  const [server] = hub.options.profiles ?? defaultProfiles(scale);
  if (!server) throw new Error("a Hub without a profile was loaded");
  const { placeholders, homeGiB } = hub.options;
  return { server: { cpu: server.cpu, memoryGiB: server.memoryGiB }, placeholders, homeGiB };
}

/** Servers that fit on a node. At least one: profiles that fit on none are refused with the environment. */
export function serversOnNode(type: string, server: People["server"]): number {
  const { cpu, memoryGiB } = roomOnNode(type);
  return Math.max(1, Math.floor(Math.min(cpu / server.cpu, memoryGiB / server.memoryGiB)));
}

/** Nodes that a team needs at one time, when its homes are spread over the zones and a home stays in its zone. */
export function nodesForTeam(users: number, zones: number, perNode: number): number {
  return Array.from({ length: zones }, (_, zone) =>
    Math.ceil(Math.floor((users + zones - 1 - zone) / zones) / perNode),
  ).reduce((sum, nodes) => sum + nodes, 0);
}
