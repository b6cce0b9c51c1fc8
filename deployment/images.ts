import { setTimeout as pause } from "node:timers/promises";
import {
  type CloudWatchLogsClient,
  DescribeLogStreamsCommand,
  GetLogEventsCommand,
  ResourceNotFoundException,
} from "@aws-sdk/client-cloudwatch-logs";
import {
  DescribeImagesCommand,
  type ECRClient,
  ImageNotFoundException,
  RepositoryNotFoundException,
} from "@aws-sdk/client-ecr";
import { type ImagePlan, imagePlan } from "../constructs/aws/image-plan";
import type { AwsEnvironment } from "../constructs/contracts/environment";
import { runCommand } from "../lab/run-command";
import { awsClients } from "./aws/clients";
import type { Board } from "./board";
import { DeploymentError } from "./errors";
import type { Run } from "./programs";

/** How long is waited, in milliseconds. */
export interface BuildPatience {
  /** Between two looks. */
  readonly every: number;
  /** Until a build is started from here, where none has begun by itself. */
  readonly toBegin: number;
  /** Until it is given up. */
  readonly most: number;
}
const patient: BuildPatience = { every: 10_000, toBegin: 120_000, most: 2_400_000 };

const row = "images";

/**
 * Waits until every image that the platform starts is in the account's registry. Environments whose images are given
 * wait for nothing.
 *
 * @param since when the deployment began: a build that failed before is started again
 * @param run starts a build by the `aws` command where no upload has: S3 tells of nothing in the first minutes of a bucket
 * @throws DeploymentError with the log's last lines when the build has failed, or takes too long
 */
export async function waitForImages(
  environment: AwsEnvironment,
  board: Board,
  since: Date,
  { patience = patient, run = runCommand }: { readonly patience?: BuildPatience; readonly run?: Run } = {},
): Promise<void> {
  const plan = imagePlan(environment);
  if (!plan) return;
  const { ecr, logs } = awsClients(environment.region);
  const watch = async (say: (text: string) => void) => {
    const began = Date.now();
    let started = false;
    for (;;) {
      const missing = await missingImages(ecr, plan);
      if (missing.length === 0) return;
      const build = await latestBuild(logs, plan);
      const waited = Date.now() - began;
      const isOld = build?.failed && build.last < since.getTime();
      if (build?.failed && !isOld) {
        throw failure(`the build of ${missing.join(", ")} has failed`, plan, environment, build.lines);
      }
      if (waited > patience.most) {
        const minutes = Math.round(patience.most / 60_000);
        const lines = build?.lines ?? ["no build has begun"];
        throw failure(`${missing.join(", ")} did not come within ${minutes} minutes`, plan, environment, lines);
      }
      if (!started && (isOld || (!build && waited >= patience.toBegin))) {
        started = true;
        await start(plan, environment, run);
      }
      say((isOld ? undefined : build?.lines.at(-1)) ?? "waiting for the build to begin");
      await pause(patience.every);
    }
  };
  await board.step(row, watch, () => `${plan.wanted.length} there`);
}

async function missingImages(ecr: ECRClient, { wanted }: ImagePlan): Promise<string[]> {
  const found = await Promise.all(
    wanted.map(async ({ repository, tag }) => {
      const request = { repositoryName: repository, imageIds: [{ imageTag: tag }] };
      try {
        await ecr.send(new DescribeImagesCommand(request));
        return [];
      } catch (error) {
        if (error instanceof ImageNotFoundException || error instanceof RepositoryNotFoundException) {
          return [`${repository}:${tag}`];
        }
        throw error;
      }
    }),
  );
  return found.flat();
}

interface Build {
  /** The end of its log. */
  readonly lines: readonly string[];
  readonly failed: boolean;
  /** When it last wrote. */
  readonly last: number;
}

/** The newest build of this plan, by the log that it writes; none where none has begun. */
async function latestBuild(logs: CloudWatchLogsClient, { logGroup, build }: ImagePlan): Promise<Build | undefined> {
  try {
    const { logStreams = [] } = await logs.send(
      new DescribeLogStreamsCommand({ logGroupName: logGroup, logStreamNamePrefix: `${build}/` }),
    );
    const [newest] = [...logStreams].sort((a, b) => (b.creationTime ?? 0) - (a.creationTime ?? 0));
    if (!newest?.logStreamName) return undefined;
    const { events = [] } = await logs.send(
      new GetLogEventsCommand({ logGroupName: logGroup, logStreamName: newest.logStreamName, limit: 30 }),
    );
    const lines = events.map(({ message = "" }) => message.trimEnd()).filter((line) => line !== "");
    // As CodeBuild ends each phase: `Phase complete: BUILD State: FAILED`.
    const failed = lines.some((line) => /Phase complete: \w+ State: (?!SUCCEEDED)/.test(line));
    return { lines, failed, last: events.at(-1)?.timestamp ?? newest.creationTime ?? 0 };
  } catch (error) {
    if (error instanceof ResourceNotFoundException) return undefined;
    throw error;
  }
}

async function start(plan: ImagePlan, environment: AwsEnvironment, run: Run): Promise<void> {
  const { code, output } = await run("aws", startCommand(plan, environment));
  if (code !== 0) throw failure("the build of the images could not be started", plan, environment, output);
}

function startCommand({ project }: ImagePlan, { region }: AwsEnvironment): string[] {
  return ["codebuild", "start-build", "--project-name", project, "--region", region];
}

function failure(what: string, plan: ImagePlan, environment: AwsEnvironment, lines: readonly string[]) {
  return new DeploymentError(
    `${what}; the whole log is in the log group ${plan.logGroup} (${environment.region}). Mend what it says and deploy again, or start the same build again: aws ${startCommand(plan, environment).join(" ")}`,
    lines.slice(-10),
  );
}
