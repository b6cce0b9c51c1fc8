import { randomBytes } from "node:crypto";
import { runInKernel } from "../../../deployment/kernel";
import type { Kubectl } from "../../../deployment/kubectl";
import { withHub } from "../../../deployment/smoke";
import type { Deployed } from "../../../deployment/synthesize";

/** What the tests make begins so, and is removed again. */
const prefix = "sign-in-test-";

/** Whose server it is made in: the one person whose server a program may start, as the smoke test does. */
const user = "smoke-test";

const deploy = (name: string) => `
import json
from contextlib import ExitStack
from open_mlops import releases, smoke, v2
uri, model, sample = smoke.track("${name}", ExitStack())
releases.serving().create_deployment("${name}", uri)
print("deployed " + json.dumps({"request": v2.encode_request(sample), "predictions": model.predict(sample).tolist()}))
`;

/** What a run that was killed has left, too. */
const undeploy = (deploymentAlone: boolean) => `
import mlflow
from open_mlops import releases, smoke
serving = releases.serving()
for found in serving.list_deployments():
    if found["name"].startswith("${prefix}"):
        serving.delete_deployment(found["name"])
if not ${deploymentAlone ? "True" : "False"}:
    smoke.forget_earlier("${prefix}")
    client = mlflow.MlflowClient()
    for experiment in client.search_experiments(filter_string="name LIKE '${prefix}%'"):
        client.delete_experiment(experiment.experiment_id)
`;

/** A small model that people's code has logged and deployed inside the platform, as it does for its own. */
export class DeployedModel {
  private constructor(
    private readonly kubectl: Kubectl,
    private readonly notebooks: Deployed,
    readonly name: string,
    /** A request in the Open Inference Protocol, and what the model itself answers to it. */
    readonly request: object,
    readonly predictions: readonly number[],
  ) {}

  static async deploy(kubectl: Kubectl, notebooks: Deployed): Promise<DeployedModel> {
    const name = `${prefix}${randomBytes(4).toString("hex")}`;
    await run(kubectl, notebooks, undeploy(false));
    const lines = await run(kubectl, notebooks, deploy(name));
    const said = lines.find((line) => line.startsWith("deployed "))?.slice("deployed ".length);
    if (!said) throw new Error(`the model was not deployed: ${lines.join("\n")}`);
    const { request, predictions } = JSON.parse(said) as { request: object; predictions: number[] };
    return new DeployedModel(kubectl, notebooks, name, request, predictions);
  }

  /** Ends the deployment alone. */
  async undeploy(): Promise<void> {
    await run(this.kubectl, this.notebooks, undeploy(true));
  }

  /** Removes all that was made, with the server and its person. */
  async remove(): Promise<void> {
    await run(this.kubectl, this.notebooks, undeploy(false));
    await withHub(this.kubectl, this.notebooks, (hub) => hub.remove(user));
  }
}

async function run(kubectl: Kubectl, notebooks: Deployed, code: string): Promise<string[]> {
  const lines: string[] = [];
  await withHub(kubectl, notebooks, async (hub) =>
    runInKernel(await hub.start(user, () => {}), code, (line) => lines.push(line)),
  );
  return lines;
}
