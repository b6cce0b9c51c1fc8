import type { JsonObject } from "../../constructs/contracts/json";
import { changed, inputs } from "../support/environments";
import { resourcesOfType, type StackJson, synthesizeStacks } from "../support/synth";
import { statements, violations } from "./invariants";

const stacks = synthesizeStacks([inputs.dev(), inputs.prod()]);

function cluster(name: string): StackJson {
  const stack = stacks[`${name}-cluster`];
  if (!stack) throw new Error(`no stack ${name}`);
  return stack;
}

const the = (name: string, type: string, at: string): JsonObject => resourcesOfType(cluster(name), type)[at] ?? {};

describe("buckets", () => {
  test("are the shared one and what parts declared: logs where somebody watches", () => {
    const own = (name: string) =>
      Object.keys(resourcesOfType(cluster(name), "aws_s3_bucket")).filter((at) => at.startsWith("buckets/"));
    expect(own("dev")).toEqual(["buckets/data/bucket", "buckets/mlflow-artifacts/bucket"]);
    expect(own("prod")).toEqual([
      "buckets/access-logs/bucket",
      "buckets/backup-dumps/bucket",
      "buckets/backup-homes/bucket",
      "buckets/data/bucket",
      "buckets/logging-logs/bucket",
      "buckets/mlflow-artifacts/bucket",
    ]);
  });

  test("of a protected environment write down who reads them, and the log expires", () => {
    const logged = resourcesOfType(cluster("prod"), "aws_s3_bucket_logging");
    expect(Object.keys(logged)).toEqual([
      "buckets/backup-dumps/access-log",
      "buckets/backup-homes/access-log",
      "buckets/data/access-log",
      "buckets/logging-logs/access-log",
      "buckets/mlflow-artifacts/access-log",
    ]);
    for (const { target_bucket, depends_on } of Object.values(logged)) {
      expect(target_bucket).toMatch(/access-logs_bucket/);
      // S3 refuses a target that it may not write to yet.
      expect(String(depends_on)).toMatch(/aws_s3_bucket_policy\.cluster_buckets_access-logs/);
    }
    expect(the("prod", "aws_s3_bucket_lifecycle_configuration", "buckets/access-logs/lifecycle")).toMatchObject({
      rule: [{ expiration: [{ days: 365 }] }],
    });
  });

  test("of dumps lock every version for as long as it is kept: from everybody where the environment is protected", () => {
    const tried = synthesizeStacks([changed(inputs.dev(), "backup", { mode: "on", keepDays: 14 })])["dev-cluster"];
    if (!tried) throw new Error("no stack");
    const dev = (type: string, at: string) => resourcesOfType(tried, type)[at];
    const locks = {
      prod: [the("prod", "aws_s3_bucket_object_lock_configuration", "buckets/backup-dumps/lock"), "COMPLIANCE", 30],
      dev: [dev("aws_s3_bucket_object_lock_configuration", "buckets/backup-dumps/lock"), "GOVERNANCE", 14],
      // What a copy of a month's last day needs was written on its first.
      homes: [dev("aws_s3_bucket_object_lock_configuration", "buckets/backup-homes/lock"), "GOVERNANCE", 45],
    } as const;
    for (const [lock, mode, days] of Object.values(locks))
      expect(lock).toMatchObject({ rule: { default_retention: { mode, days } } });
    expect(dev("aws_s3_bucket", "buckets/backup-dumps/bucket")).toMatchObject({
      object_lock_enabled: true,
      force_destroy: true,
    });
    expect(the("prod", "aws_s3_bucket", "buckets/data/bucket")).not.toHaveProperty("object_lock_enabled");
    // What is removed after its time must not be paid for longer.
    expect(dev("aws_s3_bucket_lifecycle_configuration", "buckets/backup-dumps/lifecycle")).toMatchObject({
      rule: [{ noncurrent_version_expiration: [{ noncurrent_days: 1 }] }],
    });
  });

  test("with a lock show their writers what somebody has removed, and let them remove no version", () => {
    for (const account of ["identity-backup-backup/", "identity-backup-homes/", "identity-jupyterhub-home-copies/"]) {
      const actions = Object.entries(resourcesOfType(cluster("prod"), "aws_iam_role_policy"))
        .filter(([at]) => at.startsWith(account))
        .flatMap(([, each]) => statements(each["policy"]).flatMap(({ Action }) => Action));
      expect(actions).toEqual(expect.arrayContaining(["s3:ListBucketVersions", "s3:GetObjectVersion"]));
      expect(actions.filter((each) => /DeleteObjectVersion|Retention|Bypass|\*/.test(each))).toEqual([]);
    }
  });

  test("of dumps are written by an identity that may read the master password, and may not get around the lock", () => {
    const [policy] = Object.entries(resourcesOfType(cluster("prod"), "aws_iam_role_policy"))
      .filter(([at]) => at.startsWith("identity-backup-backup/"))
      .map(([, each]) => statements(each["policy"]));
    const actions = (policy ?? []).flatMap(({ Action }) => Action);
    expect(actions).toEqual(expect.arrayContaining(["s3:PutObject", "secretsmanager:GetSecretValue"]));
    expect(
      actions.filter((action) => /Bypass|Retention|LegalHold|DeleteObjectVersion|\*/.test(String(action))),
    ).toEqual([]);
  });

  test("the log is written by S3 for this account's buckets, and by nobody else", () => {
    const [, allow, ...others] = statements(
      the("prod", "aws_s3_bucket_policy", "buckets/access-logs/policy")["policy"],
    );
    expect(others).toEqual([]);
    expect(allow).toMatchObject({
      Effect: "Allow",
      Principal: { Service: "logging.s3.amazonaws.com" },
      Action: ["s3:PutObject"],
      Condition: {
        StringEquals: { "aws:SourceAccount": expect.stringContaining("account_id") },
        ArnLike: { "aws:SourceArn": "arn:aws:s3:::open-mlops-prod-*" },
      },
    });
  });

  test("keep what was deleted for a while, and no rest of it for ever", () => {
    const rule = (name: string) =>
      the(name, "aws_s3_bucket_lifecycle_configuration", "buckets/data/lifecycle")["rule"] as JsonObject[];
    expect(rule("prod")).toEqual([
      expect.objectContaining({
        noncurrent_version_expiration: [{ noncurrent_days: 90 }],
        abort_incomplete_multipart_upload: [{ days_after_initiation: 7 }],
        expiration: [{ expired_object_delete_marker: true }],
      }),
    ]);
    expect(rule("dev")).toEqual([expect.objectContaining({ noncurrent_version_expiration: [{ noncurrent_days: 7 }] })]);
  });

  test("have names that say whose they are, and end in the account", () => {
    expect(the("prod", "aws_s3_bucket", "buckets/mlflow-artifacts/bucket")["bucket"]).toMatch(
      /^open-mlops-prod-mlflow-artifacts-\$\{data\.aws_caller_identity\.\w+\.account_id\}$/,
    );
  });

  test("are emptied by destroy only where nothing is protected", () => {
    const emptied = (name: string) => the(name, "aws_s3_bucket", "buckets/data/bucket")["force_destroy"];
    expect([emptied("dev"), emptied("prod")]).toEqual([true, false]);
  });

  test("refuse plain HTTP", () => {
    const [statement] = statements(the("prod", "aws_s3_bucket_policy", "buckets/data/policy")["policy"]);
    expect(statement).toMatchObject({
      Effect: "Deny",
      Principal: "*",
      Action: ["s3:*"],
      Condition: { Bool: { "aws:SecureTransport": "false" } },
    });
    expect(statement?.Resource).toHaveLength(2);
  });

  test("are closed to the public, versioned, and encrypted with the environment's key", () => {
    expect(the("prod", "aws_s3_bucket_public_access_block", "buckets/data/public-access")).toMatchObject({
      block_public_acls: true,
      block_public_policy: true,
      ignore_public_acls: true,
      restrict_public_buckets: true,
    });
    expect(the("prod", "aws_s3_bucket_versioning", "buckets/data/versioning")).toMatchObject({
      versioning_configuration: { status: "Enabled" },
    });
    expect(
      JSON.stringify(the("prod", "aws_s3_bucket_server_side_encryption_configuration", "buckets/data/encryption")),
    ).toMatch(/"sse_algorithm":"aws:kms"/);
  });
});

describe("the database", () => {
  test("is reached from the cluster alone, over TLS alone", () => {
    const rules = Object.values(resourcesOfType(cluster("prod"), "aws_vpc_security_group_ingress_rule"));
    expect(rules.filter((rule) => String(rule["security_group_id"]).includes("database"))).toEqual([
      expect.objectContaining({
        referenced_security_group_id: expect.stringContaining("cluster_security_group_id"),
        from_port: 5432,
        to_port: 5432,
      }),
    ]);
    expect(the("prod", "aws_db_parameter_group", "database/parameters")["parameter"]).toContainEqual({
      name: "rds.force_ssl",
      value: "1",
    });
  });

  test("has a password that no one here ever sees", () => {
    const instance = the("prod", "aws_db_instance", "database/instance");
    expect(instance["manage_master_user_password"]).toBe(true);
    expect(instance).not.toHaveProperty("password");
    expect(instance["master_user_secret_kms_key_id"]).toMatch(/aws_kms_key/);
  });

  test("is as safe as the environment says", () => {
    expect(the("prod", "aws_db_instance", "database/instance")).toMatchObject({
      multi_az: true,
      deletion_protection: true,
      skip_final_snapshot: false,
      backup_retention_period: 14,
    });
    expect(the("dev", "aws_db_instance", "database/instance")).toMatchObject({
      multi_az: false,
      deletion_protection: false,
      skip_final_snapshot: true,
    });
  });

  test("writes to log groups that go when it goes", () => {
    expect(String(the("dev", "aws_db_instance", "database/instance")["depends_on"])).toContain(
      "aws_cloudwatch_log_group",
    );
  });
});

describe("a bucket that is not safe is noticed", () => {
  const broken = (type: string, at: string, changes: JsonObject) => {
    const copy = structuredClone(cluster("prod"));
    Object.assign(resourcesOfType(copy, type)[at] ?? {}, changes);
    return violations(copy);
  };
  const policy = (statement: JsonObject) => ({ policy: JSON.stringify({ Statement: [statement] }) });
  const tlsOnly = { Effect: "Deny", Action: ["s3:*"], Condition: { Bool: { "aws:SecureTransport": "false" } } };

  test("none of ours is", () => expect(violations(cluster("prod"))).toEqual([]));

  test.each<[string, string, string, JsonObject]>([
    ["over plain HTTP", "aws_s3_bucket_policy", "policy", policy({ ...tlsOnly, Condition: {} })],
    [
      "read by everyone",
      "aws_s3_bucket_policy",
      "policy",
      {
        policy: JSON.stringify({
          Statement: [tlsOnly, { Effect: "Allow", Principal: "*", Action: ["s3:GetObject"] }],
        }),
      },
    ],
    [
      "without versions",
      "aws_s3_bucket_versioning",
      "versioning",
      { versioning_configuration: { status: "Suspended" } },
    ],
    ["open to ACLs", "aws_s3_bucket_public_access_block", "public-access", { ignore_public_acls: false }],
  ])("%s", (_, type, id, changes) => {
    for (const bucket of ["data", "access-logs"]) {
      expect(broken(type, `buckets/${bucket}/${id}`, changes)).toEqual([
        `buckets/${bucket}/${id} does not keep buckets/${bucket}/bucket safe`,
      ]);
    }
  });
});
