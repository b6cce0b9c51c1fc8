import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { connect } from "../deployment/connection";
import type { Kubectl } from "../deployment/kubectl";
import type { ClusterEnvironment, Synthesis } from "../deployment/synthesize";
import { labPaths } from "../lab/paths";
import { runCommand } from "../lab/run-command";
import { runningSupervisor } from "../lab/state";
import { examine, type Finding, fail, type Machine, pass } from "./check";
import { type ClusterContext, clusterChecks, programChecks, reachable, type Wishes } from "./cluster-checks";
import { labChecks, nodeVersion } from "./lab-checks";

/** The machine that this runs on. */
export function thisMachine(): Machine {
  return {
    run: runCommand,
    env: process.env,
    node: process.version,
    memoryBytes: os.totalmem(),
    freeBytes(folder) {
      // A folder that is not made yet is on the disk of the one that it will be in.
      let at = folder;
      while (!fs.existsSync(at)) at = path.dirname(at);
      const { bavail, bsize } = fs.statfsSync(at);
      return bavail * bsize;
    },
  };
}

/** Whether this machine can run the lab. */
export async function examineLab(ports: Readonly<Record<string, number>>, machine = thisMachine()): Promise<Finding[]> {
  const paths = labPaths(machine.env);
  return examine(labChecks, {
    machine,
    root: paths.root,
    installed: fs.existsSync(path.join(paths.python, "serving", ".installed")),
    running: (await runningSupervisor(paths.state)) !== undefined,
    ports,
  });
}

/** Whether an environment can be deployed from this machine into its cluster. */
export async function examineCluster(synthesis: Synthesis, machine = thisMachine()): Promise<Finding[]> {
  const { environment, releases } = synthesis;
  const programs = [
    ...(await examine([nodeVersion], { machine })),
    ...(await examine(programChecks, { machine, kubectl: machine.env["KUBECTL"] ?? "kubectl" })),
    ...(environment.place === "aws"
      ? [...(await examine([awsProgram], { machine })), ...(await examineAccount(environment))]
      : []),
  ];
  let kubectl: Kubectl;
  try {
    kubectl = await connect(environment, machine.run);
  } catch (error) {
    const found = (error as Error).message.split(";")[0] ?? "";
    // The cluster of an AWS environment is made by its first deployment.
    const finding = {
      check: "cluster",
      verdict: "warn",
      found,
      remedy: "deploy the environment, and ask again",
    } as const;
    return [...programs, finding];
  }
  const context: ClusterContext = { machine, kubectl, wishes: wishesOf(environment, releases) };
  const cluster = await examine([reachable], context);
  const answers =
    cluster.every(({ verdict }) => verdict !== "fail") || cluster.some(({ found }) => /^Kubernetes/.test(found));
  return [...programs, ...cluster, ...(answers ? await examine(clusterChecks, context) : [])];
}

/** What an environment asks of a cluster that may or may not be able to give it. */
export function wishesOf(environment: ClusterEnvironment, releases: Wishes["releases"]): Wishes {
  if (environment.place === "aws") return { edge: "none", releases };
  const { storageClass, edge, gpu } = environment;
  return {
    storageClass,
    edge: edge.mode === "gateway" ? edge.service.type : "none",
    certificates: edge.mode === "gateway" ? edge : undefined,
    gpu: gpu.mode === "nodes" ? gpu : undefined,
    releases,
  };
}

/** The clients are loaded here, where they are needed. */
function examineAccount(environment: Extract<ClusterEnvironment, { place: "aws" }>): Promise<Finding[]> {
  const aws = require("./aws") as typeof import("./aws");
  return aws.examineAws(environment, new Date());
}

/** kubectl signs in to EKS by it; everything else speaks to AWS directly. */
const awsProgram = {
  name: "aws",
  async run({ machine }: { readonly machine: Machine }) {
    const { code, output } = await machine.run("aws", ["--version"]);
    return code === 0
      ? pass(output[0] ?? "there")
      : fail("the command `aws` is not there", "install the AWS command line: it signs kubectl in to the cluster");
  },
};

/** What nobody looks at here, so that a clean table is not read as more than it is. */
export const notChecked = [
  "whether the nodes can pull the images",
  "whether the object store, the database and their keys work: `mlops deploy` tries them",
];
