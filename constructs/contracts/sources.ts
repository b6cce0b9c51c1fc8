import type { ImageReference } from "./cluster-profile";

/** Where charts and images are taken from: their makers' registries, or a team's mirror of them. */
export interface Sources {
  /** A pinned chart, from where this environment takes charts. */
  chart(pin: { readonly charts: string; readonly chart: string; readonly version: string }): ChartSource;
  /** A pinned image, from where this environment takes images. */
  image(pin: { readonly image: string; readonly version: string }): ImageReference;
}

/** A chart as a release names it. Only `Sources` and `ownChart` make one, so no chart misses the mirror. */
export type ChartSource =
  | { readonly in: "repository"; readonly url: string; readonly name: string; readonly version: string }
  /** A folder or an archive of this machine; `missing` says what to do where there is none. */
  | { readonly in: "files"; readonly name: string; readonly path: string }
  | { readonly in: "nowhere"; readonly name: string; readonly missing: string };
