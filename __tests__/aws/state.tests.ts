import { catalogue } from "../../constructs/components/catalogue";
import { loadEnvironments } from "../../constructs/contracts/load";
import { Board } from "../../deployment/board";
import { destroy } from "../../deployment/destroy";
import { isThere } from "../../deployment/state-bucket";
import type { Synthesis } from "../../deployment/synthesize";
import { changed, inputs } from "../support/environments";
import { resourcesOfType, synthesizeStacks } from "../support/synth";
import { violations } from "./invariants";

const place = { mode: "s3", bucket: "states-111122223333", region: "eu-central-1" };
const making = { ...place, make: true };
const stacks = synthesizeStacks([changed(inputs.dev(), "state", making), changed(inputs.prod(), "state", place)]);

describe("the stack of the states' bucket", () => {
  const stack = stacks["dev-state"];
  if (!stack) throw new Error("no state stack");

  test("is there only where the environment makes the bucket, and its own state is a file", () => {
    expect(Object.keys(stacks)).not.toContain("prod-state");
    expect(stack.terraform.backend).toEqual({ local: { path: "../../../.state/dev-state.tfstate" } });
    expect(stacks["dev-cluster"]?.terraform.backend).toMatchObject({ s3: { bucket: place.bucket } });
  });

  test("makes a safe bucket in the region that was named, which no plan can destroy", () => {
    expect(violations(stack)).toEqual([]);
    expect(resourcesOfType(stack, "aws_s3_bucket")).toEqual({
      "bucket/bucket": expect.objectContaining({
        bucket: place.bucket,
        force_destroy: false,
        lifecycle: { prevent_destroy: true },
      }),
    });
    expect(stack.provider["aws"]).toEqual([expect.objectContaining({ region: "eu-central-1" })]);
    expect(JSON.stringify(resourcesOfType(stack, "aws_s3_bucket_server_side_encryption_configuration"))).toContain(
      '"aws:kms"',
    );
  });

  test("is not encrypted past by what writes into it", () => {
    expect(JSON.stringify(stacks["dev-cluster"]?.terraform.backend)).not.toMatch(/encrypt|kms/);
  });
});

test("one bucket is made by one environment", () => {
  const both = [changed(inputs.dev(), "state", making), changed(inputs.prod(), "state", making)];
  expect(() => loadEnvironments(both, catalogue)).toThrow(
    'dev.state.make and prod.state.make both make the bucket "states-111122223333"; make it in one, and say `make: false` in the other',
  );
});

describe("whether the bucket is there", () => {
  const bucket = { bucket: place.bucket, region: place.region };
  const said = (code: number, ...output: string[]) => {
    const asked: string[] = [];
    const answer = isThere(bucket, async (command, args) => {
      asked.push([command, ...args].join(" "));
      return { code, stdout: "", output };
    });
    return { asked, answer };
  };

  test("is asked of AWS, in its region", async () => {
    const { asked, answer } = said(0);
    expect(await answer).toBe(true);
    expect(asked).toEqual(["aws s3api head-bucket --bucket states-111122223333 --region eu-central-1"]);
  });

  test("a name that is free, another's, and a question without an answer are told apart", async () => {
    const operation = "when calling the HeadBucket operation";
    expect(await said(254, `An error occurred (404) ${operation}: Not Found`).answer).toBe(false);
    await expect(said(254, `An error occurred (403) ${operation}: Forbidden`).answer).rejects.toThrow(
      "the bucket states-111122223333 is not yours to use; name another in state.bucket",
    );
    await expect(said(127, "spawn aws ENOENT").answer).rejects.toThrow("install the `aws` command");
  });
});

test("destroy keeps the bucket, and says so", async () => {
  const board = new Board();
  const stack = { name: "dev-state", folder: "/nowhere", isPlatform: false, stateBucket: place };
  const environment = { foundation: [] };
  const synthesis = {
    environment,
    stacks: [stack],
    components: [],
    namespaces: [],
    releases: [],
  } as unknown as Synthesis;
  const terraform = { command: "false", name: "Terraform", version: "1.11.0" } as const;
  expect(await destroy(synthesis, { board, terraform, onRun: () => {} })).toEqual([]);
  expect(board.rows()).toEqual([
    expect.objectContaining({ name: "dev-state", state: "done", text: expect.stringContaining("is kept") }),
  ]);
});
