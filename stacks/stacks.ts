import type { App } from "cdktf";
import type { AnyComponent } from "../constructs/contracts/component";
import type { AwsEnvironment, ExistingEnvironment } from "../constructs/contracts/environment";
import type { Environment } from "../constructs/contracts/load";
import { ExistingProfile } from "../constructs/existing/profile";
import { ClusterStack } from "./cluster-stack";
import { PlatformStack } from "./platform-stack";

/**
 * The stacks of each environment: on AWS a cluster and the platform on it, in a cluster that exists the platform alone.
 * The lab has none.
 */
export function addStacks(app: App, environments: readonly Environment[]): void {
  for (const environment of environments) {
    if (environment.place === "aws") addAwsStacks(app, environment);
    if (environment.place === "existing") addExistingStack(app, environment);
  }
}

function addAwsStacks(app: App, environment: WithComponents<AwsEnvironment>): void {
  const { name, components } = environment;
  const { profile } = new ClusterStack(app, `${name}-cluster`, { environment, components });
  new PlatformStack(app, `${name}-platform`, { environment, cluster: profile, components });
}

function addExistingStack(app: App, environment: WithComponents<ExistingEnvironment>): void {
  const { name, components } = environment;
  const cluster = new ExistingProfile(environment);
  new PlatformStack(app, `${name}-platform`, { environment, cluster, components });
}

type WithComponents<E> = E & { readonly components: readonly AnyComponent[] };
