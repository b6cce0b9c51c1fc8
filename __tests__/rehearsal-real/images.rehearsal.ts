import {
  CloudWatchLogsClient,
  CreateLogGroupCommand,
  CreateLogStreamCommand,
  PutLogEventsCommand,
} from "@aws-sdk/client-cloudwatch-logs";
import { CreateRepositoryCommand, ECRClient, PutImageCommand } from "@aws-sdk/client-ecr";
import { imagePlan } from "../../constructs/aws/image-plan";
import { awsSchema } from "../../constructs/contracts/environment";
import { Board } from "../../deployment/board";
import { waitForImages } from "../../deployment/images";
import { type Emulator, startEmulator } from "../../rehearsal/emulator";
import { inputs } from "../support/environments";

/** Waiting for a build, against a registry and logs that an emulator of AWS holds. Each test goes on from the one before. */

const region = "eu-west-1";
const environment = awsSchema.parse(inputs.dev());
const plan = imagePlan(environment);
if (!plan) throw new Error("dev builds no images");
const patience = { every: 20, toBegin: 60, most: 10_000 };
const before = { ...process.env };
let emulator: Emulator;
let ecr: ECRClient;
let logs: CloudWatchLogsClient;

beforeAll(async () => {
  emulator = await startEmulator({ region });
  Object.assign(process.env, emulator.env);
  ecr = new ECRClient({ region });
  logs = new CloudWatchLogsClient({ region });
});
afterAll(async () => {
  process.env = before;
  await emulator?.stop();
});

/** What a build leaves in its log. */
async function write(stream: string, ...messages: string[]) {
  const at = { logGroupName: plan?.logGroup, logStreamName: `${plan?.build}/${stream}` };
  await logs.send(new CreateLogStreamCommand(at));
  const timestamp = Date.now();
  await logs.send(new PutLogEventsCommand({ ...at, logEvents: messages.map((message) => ({ message, timestamp })) }));
}

async function push(repositoryName: string, imageTag: string) {
  const imageManifest = JSON.stringify({
    schemaVersion: 2,
    mediaType: "application/vnd.docker.distribution.manifest.v2+json",
    config: {
      mediaType: "application/vnd.docker.container.image.v1+json",
      size: 1,
      digest: `sha256:${"0".repeat(64)}`,
    },
    layers: [],
  });
  await ecr.send(new PutImageCommand({ repositoryName, imageTag, imageManifest }));
}

/** `aws`, as far as it is asked for: it starts builds, and what a build does is said. */
function starter(build: () => Promise<void>) {
  const asked: string[] = [];
  const run = async (command: string, args: readonly string[]) => {
    asked.push([command, ...args].join(" "));
    await build();
    return { code: 0, stdout: "", output: [] };
  };
  return { asked, run };
}
const never = starter(() => Promise.reject(new Error("a build was started that nobody needs")));

test("a build that fails is told with its log, and how to start it again", async () => {
  await logs.send(new CreateLogGroupCommand({ logGroupName: plan.logGroup }));
  const since = new Date(Date.now() - 1000);
  await write("one", "E: Unable to locate package", "[Container] Phase complete: BUILD State: FAILED");
  const board = new Board();
  const failure = await waitForImages(environment, board, since, { patience, run: never.run }).catch((error) => error);
  expect(failure.message).toMatch(/the build of open-mlops-dev\/toolbox:\w+, open-mlops-dev\/serving:\w+ has failed/);
  expect(failure.message).toContain("/aws/codebuild/open-mlops-dev-images (eu-west-1)");
  expect(failure.message).toContain(
    "aws codebuild start-build --project-name open-mlops-dev-images --region eu-west-1",
  );
  expect(failure.details).toContain("E: Unable to locate package");
  expect(board.rows()).toEqual([expect.objectContaining({ name: "images", state: "failed" })]);
});

test("one that failed in an earlier deployment is started again, once, and waited for", async () => {
  for (const { repository } of plan.wanted) {
    await ecr.send(new CreateRepositoryCommand({ repositoryName: repository }));
  }
  const { asked, run } = starter(async () => {
    await write("two", "[Container] Phase complete: INSTALL State: SUCCEEDED", "Step 4/12");
    setTimeout(() => void Promise.all(plan.wanted.map(({ repository, tag }) => push(repository, tag))), 200);
  });
  const board = new Board();
  await new Promise((done) => setTimeout(done, 20));
  await waitForImages(environment, board, new Date(), { patience, run });
  expect(asked).toEqual(["aws codebuild start-build --project-name open-mlops-dev-images --region eu-west-1"]);
  expect(board.rows()).toEqual([expect.objectContaining({ name: "images", state: "done", text: "2 there" })]);
});

test("images that are there are not built again", async () => {
  await waitForImages(environment, new Board(), new Date(), { patience, run: never.run });
});

test("a build that nobody has started is started; one that does not come is given up", async () => {
  const other = awsSchema.parse({ ...(inputs.dev() as object), name: "other" });
  const { asked, run } = starter(async () => {});
  await expect(
    waitForImages(other, new Board(), new Date(), { patience: { ...patience, most: 300 }, run }),
  ).rejects.toThrow(/did not come within 0 minutes/);
  expect(asked).toHaveLength(1);
});
