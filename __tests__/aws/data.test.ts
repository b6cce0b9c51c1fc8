import type { JsonObject } from "../../constructs/contracts/json";
import { inputs } from "../support/environments";
import { resourcesOfType, type StackJson, synthesizeStacks } from "../support/synth";
import { rightsOfRoles, statements } from "./invariants";

const stacks = synthesizeStacks([inputs.dev(), inputs.prod()]);

function cluster(name: string): StackJson {
  const stack = stacks[`${name}-cluster`];
  if (!stack) throw new Error(`no stack ${name}`);
  return stack;
}

const the = (name: string, type: string, at: string): JsonObject => resourcesOfType(cluster(name), type)[at] ?? {};

describe("buckets", () => {
  test("are the shared one and what components declared", () => {
    expect(Object.keys(resourcesOfType(cluster("prod"), "aws_s3_bucket"))).toEqual([
      "buckets/data/bucket",
      "buckets/mlflow-artifacts/bucket",
    ]);
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
    expect(Object.values(resourcesOfType(cluster("prod"), "aws_vpc_security_group_ingress_rule"))).toEqual([
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

describe("identities of pods", () => {
  const rights = rightsOfRoles(cluster("prod"));
  const pods = Object.entries(rights).filter(([role]) => role.startsWith("identity-"));

  test("are one for each service account that needs anything, and one for the job that makes databases", () => {
    expect(
      Object.values(resourcesOfType(cluster("prod"), "aws_eks_pod_identity_association")).map(
        ({ namespace, service_account }) => `${namespace}/${service_account}`,
      ),
    ).toEqual([
      "dask-gateway/dask-worker",
      "open-mlops/databases",
      "jupyterhub/jupyter-user",
      "mlflow/mlflow",
      "prefect/flow-run",
    ]);
    expect(pods).toHaveLength(5);
  });

  test.each(pods)("%s reaches no bucket but its own and what is shared", (role, allowed) => {
    const reached = [...JSON.stringify(allowed).matchAll(/aws_s3_bucket\.cluster_buckets_([\w-]+)_bucket_/g)];
    const own = role.includes("mlflow") ? ["mlflow-artifacts"] : role.includes("databases") ? [] : ["data"];
    expect([...new Set(reached.map(([, bucket]) => bucket))]).toEqual(own);
  });

  test.each(pods)("%s has no wildcard action and names every resource", (_, allowed) => {
    for (const { Effect, Action, Resource = [] } of allowed) {
      expect(Effect).toBe("Allow");
      expect(Action.filter((action) => action.includes("*"))).toEqual([]);
      expect(Resource.length).toBeGreaterThan(0);
      expect(Resource.filter((resource) => !resource.startsWith("${"))).toEqual([]);
    }
  });

  test.each(pods)("%s uses the shared key for its own bucket only", (_, allowed) => {
    for (const { Action, Condition } of allowed.filter((each) =>
      each.Action.some((action) => action.startsWith("kms:")),
    )) {
      expect(Action).toEqual(["kms:Decrypt", "kms:GenerateDataKey"]);
      expect(Object.keys(Condition?.["StringEquals"] ?? {})).toEqual([
        "kms:ViaService",
        "kms:EncryptionContext:aws:s3:arn",
      ]);
    }
  });

  test("the job that makes databases reads the master's secret, and nothing else", () => {
    expect(rights["identity-databases"]).toEqual([
      {
        Effect: "Allow",
        Action: ["secretsmanager:GetSecretValue"],
        Resource: [expect.stringContaining("master_user_secret[0].secret_arn")],
      },
    ]);
  });

  test("a role is taken by one service account of one cluster", () => {
    const roles = Object.entries(resourcesOfType(cluster("prod"), "aws_iam_role"));
    const [, role] = roles.find(([at]) => at.startsWith("identity-mlflow")) ?? [];
    expect(statements(role?.["assume_role_policy"])).toEqual([
      {
        Effect: "Allow",
        Principal: { Service: "pods.eks.amazonaws.com" },
        Action: ["sts:AssumeRole", "sts:TagSession"],
        Condition: {
          StringEquals: {
            "aws:RequestTag/eks-cluster-arn": expect.stringContaining("aws_eks_cluster"),
            "aws:RequestTag/kubernetes-namespace": "mlflow",
            "aws:RequestTag/kubernetes-service-account": "mlflow",
          },
        },
      },
    ]);
  });
});
