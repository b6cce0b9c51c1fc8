import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { type AwsEnvironment, awsSchema } from "../../constructs/contracts/environment";
import { accountChecks } from "../../doctor/aws/account";
import { refuseWrongAccount } from "../../doctor/aws/begin";
import { inputs } from "../support/environments";

const folder = fs.mkdtempSync(path.join(os.tmpdir(), "open-mlops-begin-"));
const before = { ...process.env };
const dev: AwsEnvironment = awsSchema.parse(inputs.dev());

beforeAll(() => {
  for (const name of Object.keys(process.env).filter((each) => each.startsWith("AWS_"))) delete process.env[name];
  Object.assign(process.env, { HOME: folder, AWS_EC2_METADATA_DISABLED: "true" });
});
afterAll(() => {
  process.env = before;
  fs.rmSync(folder, { recursive: true });
});

test.each(["deploy", "destroy"] as const)(
  "%s begins nothing where nobody is signed in, and says how to",
  async (work) => {
    await expect(refuseWrongAccount(dev, work)).rejects.toMatchObject({
      message: expect.stringMatching(/^dev cannot be \w+ from here; nothing was done$/),
      details: [expect.stringMatching(/^nobody is signed in to AWS; sign in, such as with `aws sso login`/)],
    });
  },
);

test("the account of the examples, and somebody who is no administrator, are refused", async () => {
  const caller = { account: "999988887777", arn: "arn:aws:iam::999988887777:user/someone" };
  const verdicts = await Promise.all(accountChecks.map((check) => check.run({ environment: dev, caller })));
  expect(verdicts).toMatchObject([
    { verdict: "fail", found: "kubernetes.admins.0 names 111122223333, which is an example" },
    { verdict: "fail", found: expect.stringContaining("user/someone is not among kubernetes.admins") },
  ]);
});
