import * as fs from "node:fs";
import * as path from "node:path";
import { App } from "cdktf";
import type { ClusterEnvironment } from "../deployment/synthesize";
import { ClusterStack } from "../stacks/cluster-stack";
import type { StackJson } from "./stack-json";

/** An environment that has a cluster stack. */
export type RehearsedEnvironment = Extract<ClusterEnvironment, { readonly place: "aws" }>;

/** Writes the cluster stack alone to a folder of its own; the real one, with its state, is not touched. */
export function synthesizeCluster(
  environment: RehearsedEnvironment,
  outdir: string,
): { folder: string; stack: StackJson } {
  const app = new App({ outdir });
  const { foundation, components } = environment;
  const { node } = new ClusterStack(app, `${environment.name}-cluster`, {
    environment: withZone(environment),
    parts: [...foundation, ...components],
  });
  app.synth();
  const folder = path.join(outdir, "stacks", node.id);
  return { folder, stack: JSON.parse(fs.readFileSync(path.join(folder, "cdk.tf.json"), "utf8")) as StackJson };
}

/** An empty account has no zone that could be found: it is made. */
function withZone(environment: RehearsedEnvironment): RehearsedEnvironment {
  const { domain } = environment;
  return domain.mode === "route53" ? { ...environment, domain: { ...domain, zone: "make" } } : environment;
}
