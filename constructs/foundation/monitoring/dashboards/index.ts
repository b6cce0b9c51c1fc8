import type { Part } from "../../../contracts/foundation";
import { watched } from "../watched";
import type { Dashboard } from "./dashboard";
import { modelsDashboard } from "./models";
import { platformDashboard } from "./platform";
import { spendDashboard } from "./spend";

/** The config map that Grafana mounts. */
export const dashboardsName = "dashboards";

/** Every dashboard, by the name of its file. */
export function dashboards(parts: readonly Part[]): Readonly<Record<string, Dashboard>> {
  const of = watched(parts);
  return { platform: platformDashboard(of), models: modelsDashboard(of), spend: spendDashboard() };
}

interface ConfigMap {
  readonly apiVersion: "v1";
  readonly kind: "ConfigMap";
  readonly metadata: { readonly name: string; readonly namespace: string };
  readonly data: Readonly<Record<string, string>>;
}

export function dashboardsConfigMap(namespace: string, parts: readonly Part[]): ConfigMap {
  return {
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: { name: dashboardsName, namespace },
    data: Object.fromEntries(
      Object.entries(dashboards(parts)).map(([name, dashboard]) => [`${name}.json`, JSON.stringify(dashboard)]),
    ),
  };
}
