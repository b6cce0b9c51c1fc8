import { existsSync } from "node:fs";
import * as path from "node:path";
import type { Mirror } from "./contracts/mirror";
import type { ChartSource, Sources } from "./contracts/sources";

const project = path.join(__dirname, "..");

/**
 * Where charts and images come from: their makers, or the mirror that an environment names.
 *
 * @param registries registries that the place keeps copies of, by host; see `ClusterProfile`
 */
export function sources(mirror: Mirror = {}, registries: Readonly<Record<string, string>> = {}): Sources {
  return {
    chart({ charts, chart, version }) {
      if (mirror.charts?.mode === "folder") return inFolder(mirror.charts.path, chart, version);
      return { in: "repository", url: mirror.charts?.url ?? charts, name: chart, version };
    },
    image({ image, version }) {
      const [host = ""] = image.split("/");
      const at = mirror.images ?? (Object.hasOwn(registries, host) ? registries[host] : undefined);
      return { repository: at ? rerooted(image, at) : image, tag: version };
    },
  };
}

/** One of the project's own charts, which need no mirror. */
export function ownChart(name: string): ChartSource {
  return { in: "files", name, path: path.join(project, "charts", name) };
}

/** As `helm pull` leaves a chart: packed, or unpacked with the version in the folder's name or without. */
function inFolder(folder: string, chart: string, version: string): ChartSource {
  const names = [`${chart}-${version}.tgz`, `${chart}-${version}`, chart];
  const found = names.map((name) => path.resolve(project, folder, name)).find((file) => existsSync(file));
  if (found) return { in: "files", name: chart, path: found };
  return {
    in: "nowhere",
    name: chart,
    missing: `mirror.charts.path (${folder}) has no ${names.join(", ")}; put the chart there with helm pull`,
  };
}

/** `quay.io/team/tool` at `registry.example/mirror` is `registry.example/mirror/team/tool`. */
function rerooted(image: string, mirror: string): string {
  return `${mirror}/${image.replace(/^[^/]+\//, "")}`;
}
