import { catalogue } from "../../constructs/components/catalogue";
import { loadEnvironments } from "../../constructs/contracts/load";
import { inputs } from "../support/environments";
import { resourcesOfType, type StackJson, synthesizeStacks } from "../support/synth";
import { rightsOfRoles, statements } from "./invariants";
import { identityProblems } from "./reach";

const environments = loadEnvironments([inputs.dev(), inputs.prod()], catalogue);
const stacks = synthesizeStacks([inputs.dev(), inputs.prod()]);

function cluster(name: string): StackJson {
  const stack = stacks[`${name}-cluster`];
  if (!stack) throw new Error(`no stack ${name}`);
  return stack;
}

test.each(environments)("$name: an identity reaches what its component declared, and nothing else", (environment) => {
  expect(identityProblems(cluster(environment.name), [...environment.foundation, ...environment.components])).toEqual(
    [],
  );
});

describe("a right that is wider than what was declared is noticed", () => {
  const components = [...(environments[1]?.foundation ?? []), ...(environments[1]?.components ?? [])];
  /** The stack with one word of one role's rights changed. */
  const widened = (role: string, from: RegExp, to: string) => {
    const copy = structuredClone(cluster("prod"));
    const [, found] =
      Object.entries(resourcesOfType(copy, "aws_iam_role_policy")).find(([at]) => at.includes(role)) ?? [];
    expect(found?.["policy"]).toMatch(from);
    Object.assign(found ?? {}, { policy: String(found?.["policy"]).replace(from, () => to) });
    return copy;
  };
  const artifacts = Object.entries(cluster("prod").resource?.["aws_s3_bucket"] ?? {}).find(([id]) =>
    id.includes("artifacts"),
  )?.[0];

  test.each([
    ["another component's objects", /\$\{aws_s3_bucket[^}]+\.arn\}\/\*/, `\${aws_s3_bucket.${artifacts}.arn}/*`],
    ["every bucket", /\$\{aws_s3_bucket[^}]+\.arn\}\/\*/, "*"],
    ["buckets by a pattern", /\$\{aws_s3_bucket[^}]+\.arn\}\/\*/, "arn:aws:s3:::open-mlops-*"],
    ["every action", /s3:GetObject/, "s3:*"],
    ["the key without its context", /"kms:EncryptionContext:aws:s3:arn"/, '"aws:PrincipalTag/team"'],
    ["the key through any service", /"kms:ViaService"/, '"aws:PrincipalTag/team"'],
    [
      "the key for another's bucket",
      /("kms:EncryptionContext:aws:s3:arn":)"[^"]+"/,
      `"kms:EncryptionContext:aws:s3:arn":"\${aws_s3_bucket.${artifacts}.arn}"`,
    ],
    ["what is not named", /"Resource"/, '"NotResource"'],
  ])("%s", (_, from, to) => {
    expect(identityProblems(widened("prefect-flow-run", from, to), components)).toContainEqual(
      expect.stringMatching(/^prefect\/flow-run reaches /),
    );
  });

  test("a role of the cluster itself that reaches data", () => {
    const found = identityProblems(
      widened(
        "kubernetes/control-plane",
        /"Action":\[[^\]]+\],"Resource":\["[^"]+"\]/,
        `"Action":["s3:GetObject"],"Resource":["\${aws_s3_bucket.${artifacts}.arn}/*"]`,
      ),
      components,
    );
    expect(found).toEqual([expect.stringMatching(/^kubernetes\/control-plane.* reaches objects of buckets\/mlflow/)]);
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
    ).toEqual(
      expect.arrayContaining([
        "dask-gateway/dask-worker",
        "open-mlops/databases",
        "backup/backup",
        "backup/homes",
        "jupyterhub/home-copies",
        "logging/loki",
        "jupyterhub/jupyter-user",
        "mlflow/mlflow",
        "prefect/flow-run",
        "seldon/model-server",
      ]),
    );
    expect(pods).toHaveLength(10);
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
