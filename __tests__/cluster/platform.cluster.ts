import * as fs from "node:fs";
import * as path from "node:path";
import { isReady } from "../../deployment/answering";
import { connect } from "../../deployment/connection";
import type { runInKernel } from "../../deployment/kernel";
import type { Kubectl, KubernetesObject } from "../../deployment/kubectl";
import { findTerraform } from "../../deployment/programs";
import { withHub } from "../../deployment/smoke";
import { type Synthesis, synthesize } from "../../deployment/synthesize";
import { Terraform } from "../../deployment/terraform";
import { PodsSeen } from "./pods-seen";
import {
  cluster,
  eventually,
  inOrder,
  killedDeploy,
  mlops,
  project,
  step,
  timesFile,
  writeEnvironment,
} from "./running-cluster";
import { placesToLook, seen as secretsSeen, secretValues, stateAndPlan } from "./secrets-seen";
import { pythonIn, upload } from "./user-server";

/** The whole life of a platform in a cluster, with nothing replaced. Each test goes on where the one before has ended. */

const user = "smoke-test";
let synthesis: Synthesis;
let kubectl: Kubectl;
let predictionBefore: string;
/** What our commands have said. */
const said: Record<string, string> = {};

beforeAll(async () => {
  const problem = cluster();
  if (problem) throw new Error(problem);
  synthesis = synthesize(writeEnvironment());
  kubectl = await connect(synthesis.environment);
  const there = (await kubectl.list("namespaces")).map(({ metadata }) => metadata.name);
  const taken = synthesis.namespaces.filter((name) => there.includes(name));
  if (taken.length > 0) {
    throw new Error(
      `the cluster has the namespaces ${taken.join(", ")} already; destroy what is there, or name another cluster in KUBECONFIG`,
    );
  }
});

inOrder("doctor finds nothing that keeps it from being deployed", async () => {
  const { code, output } = await step("doctor", () => mlops("doctor", writeEnvironment()));
  console.log(output);
  expect(code).toBe(0);
});

for (const seconds of [4, 15, 30, 60, 100]) {
  inOrder(`deploy is killed after ${seconds} seconds`, async () => {
    await step(`killed after ${seconds} s`, () => killedDeploy(writeEnvironment(), seconds));
  });
}

inOrder("run again it goes on, every tool answers, and the smoke test passes", async () => {
  const seen = new PodsSeen(kubectl, writeEnvironment()).start();
  const { code, stdout, output } = await step("deploy, with the smoke test", () =>
    mlops("deploy", writeEnvironment(), "--json"),
  );
  await seen.stop();
  if (code !== 0) throw new Error(output);
  said["mlops deploy"] = output;
  const { smoke } = JSON.parse(stdout) as { smoke: { step: string; ok: boolean; seconds: number }[] };
  for (const { step: name, seconds } of smoke) console.log(`  ${name}: ${seconds} s`);
  expect(smoke.map(({ step: name, ok }) => [name, ok])).toEqual(
    ["settings", "leftovers", "tracking", "serving", "workflow", "compute", "clean-up"].map((name) => [name, true]),
  );
  // What network policies open is opened by labels: each pod that there was is of one group that its tool declared.
  expect([...seen.undeclared]).toEqual([]);
  expect([...seen.groups]).toEqual(
    expect.arrayContaining([
      ...["jupyterhub/user-server", "prefect/flow-run", "seldon/model"],
      ...["dask-gateway/scheduler", "dask-gateway/worker"],
    ]),
  );
});

inOrder("nothing is doubled, and nobody of the smoke test is left", async () => {
  for (const stack of synthesis.stacks) {
    const resources = await new Terraform(await findTerraform(), stack.folder).resources();
    expect(resources.toSorted()).toEqual([...stack.paths.keys()].toSorted());
  }
  const models = await kubectl.list("seldondeployments.machinelearning.seldon.io", "--all-namespaces");
  expect(models).toEqual([]);
  const pods = await kubectl.list("pods", "--namespace", "jupyterhub");
  expect(pods.filter(({ metadata }) => metadata.name.startsWith("jupyter-"))).toEqual([]);
});

inOrder("a second plan is empty", async () => {
  const stack = platformStack();
  const outcome = await step("plan", async () => new Terraform(await findTerraform(), stack.folder).plan());
  expect(outcome).toMatchObject({ ok: true, changes: { add: 0, change: 0, remove: 0 } });
});

inOrder("status shows every tool ready", async () => {
  const { code, output } = await step("status", () => mlops("status", writeEnvironment()));
  said["mlops status"] = output;
  console.log(output);
  expect(code).toBe(0);
});

inOrder(
  "no value of a secret is in state, plan, stacks, what Helm was given, pods or what our commands say",
  async () => {
    await noSecretIsSeen();
  },
);

inOrder("a copy of a secret that is deleted comes back with the same values", async () => {
  const copy = ["mlflow", "mlflow-database", "password"] as const;
  const before = await kubectl.secret(...copy);
  await kubectl.text("delete", "secret", copy[1], "--namespace", copy[0]);
  await eventually(async () => (await kubectl.list("secret", copy[1], "--namespace", copy[0])).length > 0, 60_000);
  expect(await kubectl.secret(...copy)).toBe(before);
});

inOrder(
  "every secret gets new values, the tools that read them start again, and nothing else is asked of anybody",
  async () => {
    const valuesOf = async () => new Map((await ownSecrets()).map(({ of, value }) => [of, value]));
    const before = await valuesOf();
    const { code, stdout, output } = await step("rotate", () => mlops("rotate", writeEnvironment(), "--json"));
    said["mlops rotate"] = output;
    if (code !== 0) throw new Error(output);
    const { rotated } = JSON.parse(stdout) as { rotated: { secret: string; restarted: string[] }[] };
    expect(rotated.find(({ secret }) => secret === "mlflow-database")?.restarted).toEqual(["mlflow/mlflow"]);
    const after = await valuesOf();
    expect([...after.keys()]).toEqual([...before.keys()]);
    expect([...after].filter(([of, value]) => before.get(of) === value).map(([of]) => of)).toEqual([]);
    await eventually(async () => (await mlops("status", writeEnvironment())).code === 0, 600_000);
    await noSecretIsSeen();
  },
);

inOrder(
  "the first project runs unchanged in a person's server, and what is served predicts as the model does",
  async () => {
    await inServer(async (server) => {
      await upload(server, path.join(project, "tutorials/first-project"), "first-project");
      const output = await step("first project", () => pythonIn(server, "first-project", "run.py"));
      console.log(output);
      expect(output).toMatch(/(\d+) of \1 predictions equal/);
      predictionBefore = await pythonIn(server, "first-project", "predict.py");
    });
  },
);

inOrder("a canary is promoted and another one rolled back at 50 requests a second, and none fails", async () => {
  await inServer(async (server) => {
    await upload(server, path.join(__dirname, "releases"), "releases");
    console.log(await step("releases under load", () => pythonIn(server, "releases", "under_load.py")));
  });
});

inOrder("a changed value is an upgrade of one release, and no other is touched", async () => {
  const { code, stdout, output } = await step("upgrade", () =>
    mlops("deploy", writeEnvironment({ idleMinutes: 45 }), "--no-smoke", "--json"),
  );
  if (code !== 0) throw new Error(output);
  const { changes } = JSON.parse(stdout) as { changes: Record<string, object> };
  expect(Object.values(changes)).toEqual([expect.objectContaining({ add: 0, change: 1, remove: 0 })]);
});

for (const namespace of ["jupyterhub", "mlflow", "prefect", "dask-gateway", "seldon", "envoy-gateway", "open-mlops"]) {
  inOrder(`the pods of ${namespace} are killed, and recover`, async () => {
    const before = await toolPods(namespace);
    if (before.length === 0 && namespace === "open-mlops") {
      console.log("the foundation has no pods here: the stores are given");
      return;
    }
    const names = before.map(({ metadata }) => metadata.name);
    await step(`${namespace} recovers`, async () => {
      await kubectl.text(...["delete", "pod", "--namespace", namespace, "--grace-period=0", "--force", ...names]);
      await eventually(async () => {
        const now = await toolPods(namespace);
        return (
          now.length >= before.length &&
          now.every((pod) => isReady(pod) && (!names.includes(pod.metadata.name) || restarted(pod, before)))
        );
      }, 300_000);
      // The database of the others is in there, too.
      await eventually(async () => (await mlops("status", writeEnvironment({ idleMinutes: 45 }))).code === 0, 600_000);
    });
  });
}

inOrder("after that no run, model or file is lost", async () => {
  await inServer(async (server) => {
    expect(await pythonIn(server, "first-project", "predict.py")).toBe(predictionBefore);
  });
});

inOrder("destroy leaves nothing, and can be run again", async () => {
  const { code, stdout, output } = await step("destroy", () => mlops("destroy", writeEnvironment(), "--yes", "--json"));
  if (code !== 0) throw new Error(output);
  expect(JSON.parse(stdout)).toMatchObject({ left: [] });
  expect((await mlops("destroy", writeEnvironment(), "--yes", "--json")).code).toBe(0);
});

/** The generated secrets' values, in the foundation's namespace and in copies. */
async function ownSecrets() {
  const values = await secretValues(kubectl, synthesis.namespaces);
  return values.filter(({ of }) => /-(generated|database|sign-in)\./.test(of));
}

async function noSecretIsSeen(): Promise<void> {
  const values = await secretValues(kubectl, synthesis.namespaces);
  expect((await ownSecrets()).length).toBeGreaterThan(10);
  const { command } = await findTerraform();
  const folders = synthesis.stacks.map(({ folder }) => folder);
  for (const folder of folders) said[`state and plan of ${folder}`] = stateAndPlan(folder, command);
  const places = await placesToLook(kubectl, synthesis.namespaces, folders, said);
  expect(secretsSeen(values, places)).toEqual([]);
  // The same search finds one that is there.
  const [first] = values;
  const planted = { name: "planted", text: `--password=${first?.value}` };
  expect(secretsSeen(values, [...places, planted])).toContain(`planted: ${first?.of}`);
}

function platformStack() {
  const stack = synthesis.stacks.find(({ isPlatform }) => isPlatform);
  if (!stack) throw new Error("the environment has no platform stack");
  return stack;
}

/** Works in a person's server of the Hub. The person stays, so that their files do. */
async function inServer<T>(work: (server: Parameters<typeof runInKernel>[0]) => Promise<T>): Promise<T> {
  const notebooks = synthesis.components.find(({ role }) => role === "notebooks");
  if (!notebooks) throw new Error("the environment has no notebooks");
  return withHub(kubectl, notebooks, async (hub) =>
    work(await step("a person's server", () => hub.start(user, () => {}))),
  );
}

/** Pods of a tool itself: not people's servers, flow runs, clusters and models, nor jobs that are done. */
async function toolPods(namespace: string): Promise<KubernetesObject[]> {
  const pods = await kubectl.list<KubernetesObject & { readonly status?: { readonly phase?: string } }>(
    ...["pods", "--namespace", namespace, "--field-selector", "status.phase=Running"],
  );
  return pods.filter(({ metadata }) => !/^(jupyter-|dask-|flights|.*-default-)/.test(metadata.name));
}

/** A stateful set gives its new pod the old one's name. */
function restarted(pod: KubernetesObject, before: readonly KubernetesObject[]): boolean {
  const old = before.find(({ metadata }) => metadata.name === pod.metadata.name);
  return old?.metadata.creationTimestamp !== pod.metadata.creationTimestamp;
}

afterAll(() => {
  fs.writeFileSync(timesFile, `${JSON.stringify(step.times, null, 2)}\n`);
});
