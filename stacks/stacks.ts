import type { App } from "cdktf";
import type { AnyComponent } from "../constructs/contracts/component";
import type { AwsEnvironment } from "../constructs/contracts/environment";
import type { Environment } from "../constructs/contracts/load";
import { ClusterStack } from "./cluster-stack";
import { PlatformStack } from "./platform-stack";

/** The stacks of each environment: a cluster and the platform on it, where the place is AWS. The lab has none. */
export function addStacks(app: App, environments: readonly Environment[]): void {
  for (const environment of environments) {
    if (environment.place === "aws") addAwsStacks(app, environment);
  }
}

function addAwsStacks(app: App, environment: AwsEnvironment & { readonly components: readonly AnyComponent[] }): void {
  const { name, components } = environment;
  const { profile } = new ClusterStack(app, `${name}-cluster`, { environment, components });
  new PlatformStack(app, `${name}-platform`, { environment, cluster: profile, components });
}
