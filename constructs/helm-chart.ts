import * as path from "node:path";
import { Release } from "@cdktf/provider-helm/lib/release";
import { AssetType, TerraformAsset } from "cdktf";
import { Construct } from "constructs";
import type { JsonObject } from "./contracts/json";
import type { ChartSource } from "./contracts/sources";

export interface HelmChartProps<Values extends object> {
  /** `context.chart(pin)`, or `ownChart` for one under `charts/`. */
  readonly chart: ChartSource;
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
    if (chart.in === "nowhere") this.node.addValidation({ validate: () => [chart.missing] });
    this.release = new Release(this, "release", {
      ...this.location(chart),
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

  private location(chart: ChartSource) {
    if (chart.in === "repository") return { repository: chart.url, chart: chart.name, version: chart.version };
    if (chart.in === "nowhere") return { chart: chart.name };
    // Copied beside the stack, so that the stack names no folder of this machine.
    const type = chart.path.endsWith(".tgz") ? AssetType.FILE : AssetType.DIRECTORY;
    const copy = new TerraformAsset(this, chart.name, { path: path.resolve(chart.path), type });
    return { chart: `./${copy.path}` };
  }
}
