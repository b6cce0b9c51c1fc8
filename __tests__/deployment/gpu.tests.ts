import { catalogue } from "../../constructs/components/catalogue";
import { loadEnvironments } from "../../constructs/contracts/load";
import { Board } from "../../deployment/board";
import { gpuTry, proofOf, proveGpu } from "../../deployment/gpu";
import { Kubectl } from "../../deployment/kubectl";
import type { ClusterEnvironment } from "../../deployment/synthesize";
import { gpuNodes } from "../support/cluster";
import { inputs } from "../support/environments";

/** A cluster that goes through states: each look at the pod sees the next one, and the last for ever. */
function cluster(states: readonly object[], logs = "", events: readonly object[] = []) {
  const asked: string[] = [];
  let looks = 0;
  const run = async (_: string, args: readonly string[]) => {
    asked.push(args.join(" "));
    const items = (all: readonly unknown[]) => JSON.stringify({ items: all });
    const answer = args.includes("pods")
      ? items([states[Math.min(looks++, states.length - 1)]].filter(Boolean))
      : args.includes("events")
        ? items(events)
        : logs;
    return { code: 0, stdout: answer, output: answer.split("\n") };
  };
  return { kubectl: new Kubectl([], run, "kubectl"), asked };
}
const pod = (spec: object, status: object) => ({ kind: "Pod", metadata: { name: "gpu-1-x" }, spec, status });
const pending = pod(
  {},
  { phase: "Pending", conditions: [{ type: "PodScheduled", status: "False", message: "0/3 nodes" }] },
);
const succeeded = pod({ nodeName: "n1" }, { phase: "Succeeded" });
const tried = { gpu: gpuNodes, image: "registry.example/sample:1", timeout: 5, every: 1 };
const said = (board: Board) => board.rows().map(({ name, state, text }) => `${name}: ${state} ${text}`);

test("a GPU that computes is told by what its driver says, and the job is taken away", async () => {
  const { kubectl, asked } = cluster([pending, succeeded], "Tesla T4, 570.1, 15360 MiB\n[...]\nTest PASSED\nDone");
  const board = new Board();
  await expect(proveGpu(kubectl, board, tried)).resolves.toEqual({
    node: "n1",
    gpu: "Tesla T4",
    driver: "570.1",
    memory: "15360 MiB",
    result: "Test PASSED",
  });
  expect(said(board).at(-1)).toBe("CUDA computes: done Tesla T4, driver 570.1: Test PASSED");
  expect(asked.at(-1)).toMatch(/^delete job gpu-/);
});

test("while it waits for a node, the autoscaler's word is passed on; given up, it is the reason, and nothing is left", async () => {
  const events = [{ kind: "Event", metadata: { name: "e" }, reason: "TriggeredScaleUp", message: "gpu 0->1" }];
  const { kubectl, asked } = cluster([pending], "", events);
  await expect(proveGpu(kubectl, new Board(), { ...tried, timeout: 0 })).rejects.toThrow(
    "After 0 s it still waits: no node with a free GPU: gpu 0->1",
  );
  expect(asked.at(-1)).toMatch(/^delete job gpu-/);
});

test("without an autoscaler's word the scheduler's is the reason, and an image that cannot be had says so", async () => {
  const giveUp = { ...tried, timeout: 0 };
  await expect(proveGpu(cluster([pending]).kubectl, new Board(), giveUp)).rejects.toThrow("GPU: 0/3 nodes");
  const waiting = { reason: "ImagePullBackOff", message: "no such image" };
  const pulling = pod({ nodeName: "n1" }, { phase: "Pending", containerStatuses: [{ state: { waiting } }] });
  await expect(proveGpu(cluster([pulling]).kubectl, new Board(), giveUp)).rejects.toThrow("ImagePullBackOff: no such");
});

test.each([
  ["a driver that is not there", ["sh: nvidia-smi: not found"]],
  ["a sum that is wrong", ["Tesla T4, 570.1, 15360 MiB", "Test FAILED"]],
  ["a verdict without a driver", ["Test PASSED"]],
])("%s is no proof", (_, lines) => {
  expect(() => proofOf("n1", lines)).toThrow("On n1 the GPU does not compute");
});

test("an environment without GPUs says where to describe some", () => {
  const [dev, prod] = loadEnvironments([inputs.dev(), inputs.prod()], catalogue) as ClusterEnvironment[];
  expect(() => gpuTry(dev as ClusterEnvironment, 1)).toThrow("describe some in nodes.gpu");
  expect(gpuTry(prod as ClusterEnvironment, 1)).toMatchObject({
    gpu: { nodeSelector: { "k8s.amazonaws.com/accelerator": "nvidia" } },
    image: "nvcr.io/nvidia/k8s/cuda-sample:vectoradd-cuda12.5.0-ubi8",
  });
});
