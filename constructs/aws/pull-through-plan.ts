import type { AwsEnvironment } from "../contracts/environment";
import { type ImagePin, images as pinnedImages } from "../pins";
import { boundedName, prefix } from "./names";

/** A registry that the account's own keeps copies of. */
export interface CachedRegistry {
  /** As images name it, such as `quay.io`. */
  readonly host: string;
  /** What the names of its repositories begin with. */
  readonly prefix: string;
  /** The address that ECR asks. */
  readonly upstream: string;
  /** Name and token to ask with, where the registry wants to know. */
  readonly secretArn?: string;
}

type Environment = Pick<AwsEnvironment, "name" | "images">;

/** The registries whose images go through the account's own; none where the environment does not ask for it. */
export function cachedRegistries({ name, images }: Environment): CachedRegistry[] {
  if (images.mode !== "build" || !images.pullThrough) return [];
  const { dockerHub, github } = images.pullThrough;
  // ECR allows 30 characters, and the longest of ours has ten after the slash.
  const registry = (host: string, short: string, upstream: string, secretArn?: string): CachedRegistry => ({
    host,
    prefix: `${boundedName([prefix(name)], 19)}/${short}`,
    upstream,
    secretArn,
  });
  return [
    registry("quay.io", "quay", "quay.io"),
    registry("registry.k8s.io", "kubernetes", "registry.k8s.io"),
    registry("public.ecr.aws", "ecr-public", "public.ecr.aws"),
    ...(dockerHub ? [registry("docker.io", "docker-hub", "registry-1.docker.io", dockerHub)] : []),
    ...(github ? [registry("ghcr.io", "github", "ghcr.io", github)] : []),
  ];
}

/** Every image of the pins that comes through the account's registry, by the name it has there. */
export function cachedImages(environment: Environment): { repository: string; tag: string }[] {
  const registries = cachedRegistries(environment);
  return Object.values<ImagePin>(pinnedImages).flatMap(({ image, version }) => {
    const [host = "", ...path] = image.split("/");
    const registry = registries.find((each) => each.host === host);
    return registry ? [{ repository: [registry.prefix, ...path].join("/"), tag: version }] : [];
  });
}
