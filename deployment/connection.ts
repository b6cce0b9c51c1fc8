import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { prefix } from "../constructs/aws/names";
import { runCommand } from "../lab/run-command";
import { kubeconfigPaths } from "../stacks/connection";
import { DeploymentError } from "./errors";
import { Kubectl } from "./kubectl";
import type { Run } from "./programs";
import type { ClusterEnvironment } from "./synthesize";

/** kubectl's way to an environment's cluster. */
export async function connect(environment: ClusterEnvironment, run: Run = runCommand): Promise<Kubectl> {
  return new Kubectl(await connectionOf(environment, run), run);
}

async function connectionOf(environment: ClusterEnvironment, run: Run): Promise<string[]> {
  if (environment.place === "aws") {
    // Its own file, so that nobody's kubeconfig is changed. It holds a command that makes tokens, and no token.
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), "open-mlops-kubeconfig-"));
    const file = path.join(folder, "config");
    process.once("exit", () => fs.rmSync(folder, { recursive: true, force: true }));
    const name = prefix(environment.name);
    const args = ["eks", "update-kubeconfig", "--name", name, "--region", environment.region, "--kubeconfig", file];
    const { code, output } = await run("aws", args);
    if (code !== 0) {
      const remedy =
        code === 127 ? "the command `aws` is not there; install it" : "sign in, and deploy the environment first";
      throw new DeploymentError(
        `the cluster ${name} in ${environment.region} could not be reached: ${remedy}`,
        output.slice(-5),
      );
    }
    return ["--kubeconfig", file];
  }
  return kubeconfigFlags(environment);
}

/** What kubectl needs to be told to talk to this cluster and no other. */
export function kubeconfigFlags({
  context,
  kubeconfig,
}: {
  readonly context: string;
  readonly kubeconfig?: string;
}): string[] {
  // As the stack's providers read it: from the project, and with the home folder's sign.
  const [file] = kubeconfig === undefined ? [] : kubeconfigPaths(kubeconfig);
  return [...(file ? ["--kubeconfig", file] : []), "--context", context];
}
