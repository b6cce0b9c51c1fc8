import { endMachines } from "../../deployment/machines";
import { type Answer, fakeKubectl, object } from "./fake-kubectl";

const quick = { say: () => {}, pause: 1, patience: 5000 };
const notebook = object(
  "jupyter-ada",
  {},
  { namespace: "jupyterhub", annotations: { "karpenter.sh/do-not-disrupt": "true" } },
);
const server = object("mlflow-0", {}, { namespace: "mlflow" });

/** A cluster whose machines go once the pod that holds their node is deleted. */
function cluster(holding: Answer, lasting = false) {
  const table: Record<string, Answer> = {
    "get nodepools.karpenter.sh": [object("general")],
    "get nodeclaims.karpenter.sh": [object("general-x7k2p"), object("gpu-9m4wq")],
    "get pods": holding,
  };
  const fake = fakeKubectl(table);
  const { asked } = fake;
  const push = asked.push.bind(asked);
  asked.push = (...commands) => {
    if (!lasting && commands.some((command) => command.startsWith("delete pod "))) {
      table["get nodeclaims.karpenter.sh"] = [];
    }
    return push(...commands);
  };
  return fake;
}

test("no machine is started in place of one that is ended: the pools go before what runs on them", async () => {
  const { kubectl, asked } = cluster([notebook, server]);
  expect(await endMachines(kubectl, quick)).toBe(2);
  expect(asked.filter((command) => command.startsWith("delete"))).toEqual([
    "delete nodepools.karpenter.sh --all --wait=false",
    "delete pod jupyter-ada --namespace jupyterhub --wait=false --ignore-not-found",
  ]);
});

test("a run that was interrupted after the pools had gone still waits for the machines", async () => {
  const { kubectl, asked } = cluster([notebook]);
  const run = kubectl.list.bind(kubectl);
  kubectl.list = (async (...args: string[]) =>
    args[0] === "nodepools.karpenter.sh" ? [] : run(...args)) as typeof kubectl.list;
  expect(await endMachines(kubectl, quick)).toBe(2);
  expect(asked.join("\n")).not.toContain("delete nodepools");
});

test("a machine that does not go stops the destroy, and is named", async () => {
  const { kubectl } = cluster([], true);
  const ended = endMachines(kubectl, { ...quick, patience: 0 });
  await expect(ended).rejects.toThrow(/2 machines that Karpenter started are still there/);
  await expect(ended).rejects.toMatchObject({ details: [expect.stringContaining("general-x7k2p"), expect.anything()] });
});

test("a cluster that knows no Karpenter has nothing to end", async () => {
  const unknown = { fails: 'error: the server doesn\'t have a resource type "nodepools"' };
  const { kubectl, asked } = fakeKubectl({
    "get nodepools.karpenter.sh": unknown,
    "get nodeclaims.karpenter.sh": unknown,
  });
  expect(await endMachines(kubectl, quick)).toBe(0);
  expect(asked.filter((command) => command.startsWith("delete"))).toEqual([]);
});
