import type { App } from "cdktf";
import type { AwsEnvironment, ExistingEnvironment } from "../constructs/contracts/environment";
import type { Environment } from "../constructs/contracts/load";
import { ExistingProfile } from "../constructs/existing/profile";
import { ClusterStack } from "./cluster-stack";
import { PlatformStack } from "./platform-stack";
import { StateStack } from "./state-stack";

/**
 * The stacks of each environment: on AWS a cluster and the platform on it, and before them the bucket of their states
 * where they are to make it; in a cluster that exists the platform alone. The lab has none.
 */
export function addStacks(app: App, environments: readonly Environment[]): void {
  for (const environment of environments) {
    if (environment.place === "aws") addAwsStacks(app, environment);
    if (environment.place === "existing") addExistingStack(app, environment);
  }
}

function addAwsStacks(app: App, environment: WithComponents<AwsEnvironment>): void {
  const { name, components, foundation, state } = environment;
  const stateStack =
    state.mode === "s3" && state.make ? new StateStack(app, `${name}-state`, { environment, ...state }) : undefined;
  const cluster = new ClusterStack(app, `${name}-cluster`, { environment, parts: [...foundation, ...components] });
  if (stateStack) cluster.addDependency(stateStack);
  new PlatformStack(app, `${name}-platform`, { environment, cluster: cluster.profile, foundation, components });
}

function addExistingStack(app: App, environment: WithComponents<ExistingEnvironment>): void {
  const { name, components, foundation } = environment;
  const cluster = new ExistingProfile(environment);
  new PlatformStack(app, `${name}-platform`, { environment, cluster, foundation, components });
}

type WithComponents<E> = E & Pick<Environment, "components" | "foundation">;
