import type { Sources } from "./sources";

/**
 * The pods that a tool starts for people: what the API server lets it make. Mostly people's code runs in them, and people
 * say much of these pods themselves, so each is looked at where the tool makes it.
 */
export interface StartsForPeople {
  /** The service account of the tool's namespace under which it makes them. */
  readonly maker: string;
  /** What it makes: pods, or what has a pod's template in it. */
  readonly makes: "pods" | "jobs" | "deployments";
  /** Where it makes them. Default: its own namespace. */
  readonly namespace?: string;
  /** The groups of the tool's traffic that they are; none may look like a pod of another. */
  readonly groups: readonly string[];
  /** The service account that they run under. */
  readonly serviceAccount: string;
  /** Present where they sign in as the tool's own service: they read its token. */
  readonly token?: true;
  /** Beginnings of the names of secrets that the tool makes for them, beside those of their buckets. */
  readonly secrets?: readonly string[];
  /** The tool's own images in them, beside the project's. */
  readonly images?: readonly Parameters<Sources["image"]>[0][];
  /** The priority classes that they may have, beside those of teams. */
  readonly priorities: readonly string[];
  /** Present where each pod is one person's, so that it counts as the person's team's. */
  readonly byTeam?: true;
}
