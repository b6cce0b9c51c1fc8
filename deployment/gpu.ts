import { setTimeout as sleep } from "node:timers/promises";
import { gpuNodes } from "../constructs/aws/gpu";
import type { GpuNodes } from "../constructs/contracts/cluster-profile";
import { foundationNamespace as namespace } from "../constructs/contracts/names";
import { images } from "../constructs/pins";
import { sources } from "../constructs/sources";
import type { Board } from "./board";
import { DeploymentError } from "./errors";
import { gpuJob } from "./gpu-job";
import type { Kubectl, KubernetesObject } from "./kubectl";
import type { ClusterEnvironment } from "./synthesize";

/** What a GPU has shown. */
export interface GpuProof {
  readonly node: string;
  /** As the driver names it. */
  readonly gpu: string;
  readonly driver: string;
  readonly memory: string;
  /** The sample's own verdict. */
  readonly result: string;
}

export interface GpuTry {
  readonly gpu: GpuNodes;
  readonly image: string;
  /** Seconds until it is given up. A node of a group that is empty takes some minutes. */
  readonly timeout: number;
  /** Milliseconds between two looks. Default 3000. */
  readonly every?: number;
}

/**
 * How an environment's GPU nodes are asked for.
 *
 * @throws DeploymentError where it has none
 */
export function gpuTry(environment: ClusterEnvironment, timeout: number): GpuTry {
  const gpu = gpuOf(environment);
  if (!gpu) {
    const where = environment.place === "aws" ? "nodes.gpu" : "gpu";
    throw new DeploymentError(
      `The environment "${environment.name}" has no nodes with GPUs; describe some in ${where}, and deploy it`,
    );
  }
  const { repository, tag } = sources(environment.mirror).image(images.cudaSample);
  return { gpu, image: `${repository}:${tag}`, timeout };
}

function gpuOf(environment: ClusterEnvironment): GpuNodes | undefined {
  if (environment.place === "aws") return gpuNodes(environment.nodes.gpu);
  const { gpu } = environment;
  return gpu.mode === "none" ? undefined : { ...gpu, resource: "nvidia.com/gpu" };
}

/**
 * Runs a job on a GPU and reads what it says: the driver is there, the device plugin gave a GPU, and CUDA computes with
 * it. The job is taken away in any case.
 *
 * @throws DeploymentError with what it waited for, or with the last lines of the job
 */
export async function proveGpu(kubectl: Kubectl, board: Board, tried: GpuTry): Promise<GpuProof> {
  const name = `gpu-${Date.now().toString(36)}`;
  const job = gpuJob(name, namespace, tried.image, tried.gpu, tried.timeout);
  try {
    await board.step("a GPU is asked for", () => kubectl.put("create", job));
    const pod = await board.step(
      "a node takes it",
      (say) => until(kubectl, name, tried, say, ({ spec }) => spec?.nodeName !== undefined),
      ({ spec }) => spec?.nodeName ?? "",
    );
    await board.step("it runs", (say) => until(kubectl, name, tried, say, isOver));
    const lines = await logs(kubectl, pod.metadata.name);
    return await board.step("CUDA computes", async () => proofOf(pod.spec?.nodeName ?? "", lines), summary);
  } finally {
    await kubectl.try("delete", "job", name, "--namespace", namespace, "--ignore-not-found", "--wait=false");
  }
}

function summary({ gpu, driver, result }: GpuProof): string {
  return `${gpu}, driver ${driver}: ${result}`;
}

interface Pod extends KubernetesObject {
  readonly spec?: { readonly nodeName?: string };
  readonly status?: {
    readonly phase?: string;
    readonly conditions?: readonly { readonly type: string; readonly status: string; readonly message?: string }[];
    readonly containerStatuses?: readonly {
      readonly state?: { readonly waiting?: { readonly reason?: string; readonly message?: string } };
    }[];
  };
}
interface Event extends KubernetesObject {
  readonly reason?: string;
  readonly message?: string;
}

const isOver = ({ status }: Pod) => status?.phase === "Succeeded" || status?.phase === "Failed";

/** Looks at the job's pod until it is as it should be, and says what it waits for. */
async function until(
  kubectl: Kubectl,
  job: string,
  { timeout, every = 3000 }: GpuTry,
  say: (text: string) => void,
  is: (pod: Pod) => boolean,
): Promise<Pod> {
  const end = Date.now() + timeout * 1000;
  let reason = "the job's pod is not there yet";
  for (;;) {
    const [pod] = await kubectl.list<Pod>("pods", "--namespace", namespace, "--selector", `job-name=${job}`);
    if (pod && is(pod)) return pod;
    if (pod) reason = await waitsFor(kubectl, pod);
    say(reason);
    if (Date.now() >= end) throw new DeploymentError(`After ${timeout} s it still waits: ${reason}`);
    await sleep(every);
  }
}

/** What keeps a pod, in the words of whoever keeps it. */
async function waitsFor(kubectl: Kubectl, pod: Pod): Promise<string> {
  const { spec, status } = pod;
  const waiting = status?.containerStatuses?.[0]?.state?.waiting;
  if (waiting?.message) return `${waiting.reason}: ${waiting.message}`;
  if (spec?.nodeName) return status?.phase === "Running" ? "it computes" : `the image is pulled on ${spec.nodeName}`;
  const selector = `involvedObject.name=${pod.metadata.name}`;
  const events = await kubectl.list<Event>("events", "--namespace", namespace, "--field-selector", selector);
  // The autoscaler's word, or Karpenter's, tells more than the scheduler's.
  const scaling = events.filter(({ reason }) =>
    ["TriggeredScaleUp", "NotTriggerScaleUp", "Nominated", "FailedScaleUp"].includes(reason ?? ""),
  );
  const said = scaling.at(-1)?.message;
  const scheduled = status?.conditions?.find(({ type }) => type === "PodScheduled");
  const unscheduled = scheduled?.message ?? "the scheduler has not looked at it yet";
  return said ? `no node with a free GPU: ${said}` : `no node with a free GPU: ${unscheduled}`;
}

async function logs(kubectl: Kubectl, pod: string): Promise<string[]> {
  const { output } = await kubectl.try("logs", pod, "--namespace", namespace);
  return output.filter((line) => line.trim() !== "");
}

/** What the job printed, read: what the driver says of the GPU, and the sample's verdict. */
export function proofOf(node: string, lines: readonly string[]): GpuProof {
  const result = lines.find((line) => /^Test (PASSED|FAILED)/.test(line));
  const [gpu, driver, memory] = (lines[0] ?? "").split(",").map((part) => part.trim());
  if (result !== "Test PASSED" || !gpu || !driver || !memory) {
    throw new DeploymentError(
      `On ${node} the GPU does not compute; look at its driver and the device plugin there`,
      lines.slice(-10),
    );
  }
  return { node, gpu, driver, memory, result };
}
