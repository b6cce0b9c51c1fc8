import * as path from "node:path";
import { Release } from "@cdktf/provider-helm/lib/release";
import { AssetType, TerraformAsset } from "cdktf";
import { Construct } from "constructs";
import type { JsonObject } from "./contracts/json";
import type { ChartPin } from "./pins";

export interface HelmChartProps<Values extends object> {
  /** A pinned chart, or the folder of one of our own under `charts/`. */
  readonly chart: ChartPin | { readonly folder: string };
  /** The release's name. */
  readonly name: string;
  readonly namespace: string;
  readonly values: Values;
  /** Merged over `values` by Helm: what the typed values do not cover. */
  readonly extraValues?: JsonObject;
  /** Seconds until an install or upgrade is given up. Default 600. */
  readonly timeout?: number;
  /** Releases that must be ready before this one is installed. */
  readonly after?: readonly HelmChart<object>[];
}

/**
 * One Helm release. A failed install or upgrade is rolled back, and a name left by an interrupted one is taken over, so
 * that running it again goes on.
 */
export class HelmChart<Values extends object> extends Construct {
  readonly release: Release;

  constructor(scope: Construct, id: string, props: HelmChartProps<Values>) {
    super(scope, id);
    const { chart } = props;
    this.release = new Release(this, "release", {
      ...("folder" in chart
        ? { chart: `./${new TerraformAsset(this, path.basename(chart.folder), asset(chart.folder)).path}` }
        : { repository: chart.charts, chart: chart.chart, version: chart.version }),
      name: props.name,
      namespace: props.namespace,
      values: [JSON.stringify(props.values), ...(props.extraValues ? [JSON.stringify(props.extraValues)] : [])],
      atomic: true,
      upgradeInstall: true,
      wait: true,
      waitForJobs: true,
      timeout: props.timeout ?? 600,
      maxHistory: 5,
      dependsOn: props.after?.map((other) => other.release),
    });
  }
}

function asset(folder: string) {
  return { path: folder, type: AssetType.DIRECTORY };
}
