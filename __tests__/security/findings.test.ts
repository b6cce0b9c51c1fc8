import { type CheckovRecord, judge } from "../../security/findings";

const record = (check_id: string, resource: string, stack = "dev-cluster"): CheckovRecord => ({
  check_id,
  check_name: "A rule",
  resource,
  file_path: `/${stack}/cdk.tf.json`,
});
const report = (failed: readonly CheckovRecord[], passed = [record("CKV_AWS_1", "aws_s3_bucket.data")]) => ({
  results: { failed_checks: failed, passed_checks: passed, parsing_errors: [] as string[] },
});
const bucket = (waived?: Record<string, string>) => ({
  resource: { aws_s3_bucket: { data: { "//": { waived, metadata: { path: "dev-cluster/buckets/data" } } } } },
});

test("a finding without a waiver is a problem, by the path of its construct", () => {
  const { problems } = judge(report([record("CKV_AWS_144", "aws_s3_bucket.data")]), { "dev-cluster": bucket() });
  expect(problems).toEqual(["dev-cluster/buckets/data: CKV_AWS_144, A rule"]);
});

test("a waiver accepts its own rule on its own resource, however checkov names that", () => {
  const stacks = { "dev-cluster": bucket({ CKV_AWS_144: "one region" }) };
  expect(judge(report([record("CKV_AWS_144", "resource.data")]), stacks)).toEqual({
    waived: [{ check: "CKV_AWS_144", path: "dev-cluster/buckets/data", reason: "one region" }],
    problems: [],
  });
  const others = [record("CKV_AWS_18", "aws_s3_bucket.data"), record("CKV_AWS_144", "aws_s3_bucket.other")];
  expect(judge(report([record("CKV_AWS_144", "resource.data"), ...others]), stacks).problems).toEqual([
    "dev-cluster/buckets/data: CKV_AWS_18, A rule",
    "aws_s3_bucket.other: CKV_AWS_144, A rule",
  ]);
  expect(
    judge(report([record("CKV_AWS_144", "resource.data", "prod-cluster")]), { ...stacks, "prod-cluster": bucket() })
      .problems,
  ).toHaveLength(2);
});

test("a waiver that nothing needs is a problem", () => {
  expect(judge(report([]), { "dev-cluster": bucket({ CKV_AWS_144: "one region" }) }).problems).toEqual([
    "dev-cluster/buckets/data: CKV_AWS_144 is waived and not found; take the waiver away",
  ]);
});

test("a stack that was not looked at is a problem, and so is a file that could not be read", () => {
  expect(judge(report([], []), { "dev-cluster": bucket(), "dev-platform": {} }).problems).toEqual([
    "dev-cluster was not looked at by checkov",
  ]);
  const unread = { results: { ...report([]).results, parsing_errors: ["/dev-cluster/cdk.tf.json"] } };
  expect(judge(unread, { "dev-cluster": bucket() }).problems).toEqual([
    "/dev-cluster/cdk.tf.json could not be read by checkov",
  ]);
});
