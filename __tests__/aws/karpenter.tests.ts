import { changed, inputs } from "../support/environments";
import { nodesOfEveryKind } from "../support/in-cluster";
import { resourcesOfType, synthesizeStacks } from "../support/synth";
import { type PolicyStatement, rightsOfRoles, statements, violations } from "./invariants";

const input = changed(changed(inputs.prod(), "nodes", nodesOfEveryKind("karpenter")), "name", "karpenter");
const stack = synthesizeStacks([input])["karpenter-cluster"];
if (!stack) throw new Error("no stack");
const all = (type: string) => resourcesOfType(stack, type);
const cluster = "open-mlops-karpenter";

test("nothing is there that must never be", () => expect(violations(stack)).toEqual([]));

test("only what must stay is a node group, and nobody else sizes it", () => {
  expect(Object.keys(all("aws_eks_node_group"))).toEqual(["nodes/system-0/group", "nodes/system-1/group"]);
  const accounts = Object.values(all("aws_eks_pod_identity_association")).map((each) => each["service_account"]);
  expect(accounts).toContain("karpenter");
  expect(accounts).not.toContain("cluster-autoscaler");
});

describe("machines of Karpenter's", () => {
  test("may join the cluster by an entry of their role, which is not that of the node groups", () => {
    const entries = Object.values(all("aws_eks_access_entry")).filter(({ type }) => type === "EC2_LINUX");
    expect(entries).toHaveLength(1);
    // EKS makes the entry of a managed group's role by itself, and a second one would be refused.
    const managed = Object.values(all("aws_eks_node_group")).map((each) => each["node_role_arn"]);
    expect(managed).not.toContain(entries[0]?.["principal_arn"]);
  });

  test("join the cluster, pull images, and nothing else", () => {
    const attached = Object.keys(all("aws_iam_role_policy_attachment")).filter((at) =>
      at.startsWith("nodes/karpenter/nodes/"),
    );
    expect(attached.map((at) => at.split("/").at(-1))).toEqual([
      "AmazonEC2ContainerRegistryPullOnly",
      "AmazonEKSWorkerNodePolicy",
    ]);
    expect(rightsOfRoles(stack)).not.toHaveProperty("nodes/karpenter/nodes");
  });
});

describe("the controller's rights", () => {
  const rights = rightsOfRoles(stack)["nodes/karpenter/controller"] ?? [];
  const of = (action: string) => rights.filter(({ Action }) => Action.includes(action));
  const conditions = (statement: PolicyStatement) => JSON.stringify(statement.Condition ?? {});

  test.each(["ec2:TerminateInstances", "ec2:DeleteLaunchTemplate", "ec2:CreateLaunchTemplate", "ec2:CreateTags"])(
    "%s only on what carries this cluster's tag",
    (action) => {
      expect(of(action)).not.toEqual([]);
      for (const statement of of(action)) {
        expect(conditions(statement)).toMatch(
          new RegExp(`aws:(Resource|Request)Tag/kubernetes\\.io/cluster/${cluster}":"owned"`),
        );
      }
    },
  );

  test("a machine is only started with the tag: what stands without a condition are images, subnets and the like", () => {
    const free = of("ec2:RunInstances").filter(({ Condition }) => !Condition);
    const kinds = free.flatMap(({ Resource }) => Resource ?? []).map((arn) => arn.split(":").at(-1));
    expect(kinds.sort()).toEqual(["capacity-reservation/*", "image/*", "security-group/*", "snapshot/*", "subnet/*"]);
  });

  test("it gives machines one role, and makes or changes none: no profile, no policy", () => {
    const [pass, ...others] = of("iam:PassRole");
    expect(others).toEqual([]);
    expect(pass?.Resource).toEqual([expect.stringContaining("karpenter_nodes_role")]);
    const identity = rights.flatMap(({ Action }) => Action).filter((action) => action.startsWith("iam:"));
    // It reads one before each node class goes: without the right no node class would ever go, nor the cluster.
    expect(identity.sort()).toEqual([
      "iam:CreateServiceLinkedRole",
      "iam:GetInstanceProfile",
      "iam:ListInstanceProfiles",
      "iam:PassRole",
    ]);
    // EC2's own role for spot, and only because a pool is on spot.
    expect(of("iam:CreateServiceLinkedRole")[0]?.Condition).toEqual({
      StringEquals: { "iam:AWSServiceName": "spot.amazonaws.com" },
    });
  });

  test("they fit into a role: IAM takes 10,240 characters", () => {
    const [policy] = Object.entries(all("aws_iam_role_policy")).filter(([at]) => at.includes("karpenter/controller"));
    expect(String(policy?.[1]["policy"]).length).toBeLessThan(9000);
  });
});

describe("the queue of interruptions", () => {
  const [queue] = Object.values(all("aws_sqs_queue"));
  const [policy] = Object.values(all("aws_sqs_queue_policy"));

  test("hears of all that takes a machine away", () => {
    const kinds = Object.values(all("aws_cloudwatch_event_rule")).map(
      ({ event_pattern }) => (JSON.parse(String(event_pattern)) as { "detail-type": string[] })["detail-type"][0],
    );
    expect(kinds).toEqual(
      expect.arrayContaining([
        "EC2 Spot Instance Interruption Warning",
        "EC2 Instance Rebalance Recommendation",
        "EC2 Instance State-change Notification",
        "AWS Health Event",
      ]),
    );
    const targets = Object.values(all("aws_cloudwatch_event_target"));
    expect(targets.filter(({ arn }) => String(arn).includes("interruptions"))).toHaveLength(5);
  });

  test("is encrypted, and written to by those rules alone, over TLS", () => {
    expect(queue).toMatchObject({ sqs_managed_sse_enabled: true, message_retention_seconds: 300 });
    const [allow, deny, ...others] = statements(policy?.["policy"]);
    expect(others).toEqual([]);
    expect(allow).toMatchObject({ Effect: "Allow", Principal: { Service: "events.amazonaws.com" } });
    expect(allow?.Condition?.["ArnEquals"]?.["aws:SourceArn"]).toHaveLength(5);
    expect(deny).toMatchObject({ Effect: "Deny", Condition: { Bool: { "aws:SecureTransport": "false" } } });
  });
});
