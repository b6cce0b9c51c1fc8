import type { JsonObject } from "../../constructs/contracts/json";
import { changed, inputs } from "../support/environments";
import { resourcesOfType, type StackJson, synthesizeStacks } from "../support/synth";
import { violations } from "./invariants";

let arm = changed(changed(inputs.prod(), "state.make", false), "images.architecture", "arm64");
for (const [group, type] of [
  ["system", "t4g.large"],
  ["general", "m7g.large"],
  ["gpu.0", "g5g.xlarge"],
]) {
  arm = changed(arm, `nodes.${group}.instanceTypes`, [type]);
}
// An m7g.large is smaller than prod's nodes.
arm = changed(arm, "components.0.profiles.1", { name: "large", cpu: 1, memoryGiB: 6 });
const inside = changed(changed(inputs.dev(), "name", "inside"), "kubernetes.publicAccess", []);
const stacks = synthesizeStacks([
  inputs.dev(),
  changed(inside, "network.cidr", "10.30.0.0/16"),
  changed(changed(arm, "name", "arm"), "network.cidr", "10.40.0.0/16"),
  inputs.prod(),
]);

function cluster(name: string): StackJson {
  const stack = stacks[`${name}-cluster`];
  if (!stack) throw new Error(`no stack ${name}`);
  return stack;
}

const the = (name: string, type: string, at: string): JsonObject => resourcesOfType(cluster(name), type)[at] ?? {};

test.each(["dev", "prod", "inside", "arm"])("%s has nothing that must never be", (name) => {
  expect(violations(cluster(name))).toEqual([]);
});

describe("the control plane", () => {
  test("is reached from the named networks, or only from inside", () => {
    expect(the("dev", "aws_eks_cluster", "kubernetes/cluster")["vpc_config"]).toMatchObject({
      endpoint_private_access: true,
      endpoint_public_access: true,
      public_access_cidrs: ["203.0.113.0/24"],
    });
    const config = the("inside", "aws_eks_cluster", "kubernetes/cluster")["vpc_config"];
    expect(config).toMatchObject({ endpoint_private_access: true, endpoint_public_access: false });
    expect(config).not.toHaveProperty("public_access_cidrs");
  });

  test("lets in whom the environment names, and nobody because they made it", () => {
    expect(the("prod", "aws_eks_cluster", "kubernetes/cluster")).toMatchObject({
      access_config: { authentication_mode: "API", bootstrap_cluster_creator_admin_permissions: false },
    });
    expect(Object.values(resourcesOfType(cluster("prod"), "aws_eks_access_entry"))).toEqual([
      expect.objectContaining({ principal_arn: "arn:aws:iam::111122223333:role/platform-admin" }),
    ]);
  });

  test("keeps every log, encrypts secrets and stays out of extended support", () => {
    expect(the("prod", "aws_eks_cluster", "kubernetes/cluster")).toMatchObject({
      enabled_cluster_log_types: ["api", "audit", "authenticator", "controllerManager", "scheduler"],
      encryption_config: { resources: ["secrets"] },
      upgrade_policy: { support_type: "STANDARD" },
      deletion_protection: true,
    });
    expect(the("dev", "aws_eks_cluster", "kubernetes/cluster")).toMatchObject({ deletion_protection: false });
  });

  test("comes after its role's rights and its log group, and goes before them", () => {
    const after = the("prod", "aws_eks_cluster", "kubernetes/cluster")["depends_on"] as string[];
    expect(after.map((each) => each.split(".")[0]).sort()).toEqual([
      "aws_cloudwatch_log_group",
      "aws_iam_role",
      "aws_iam_role_policy",
      "aws_iam_role_policy_attachment",
    ]);
  });
});

describe("add-ons", () => {
  test("the network add-on enforces policies and outlives its own removal", () => {
    const cni = the("dev", "aws_eks_addon", "node-add-ons/vpc-cni");
    expect(cni["preserve"]).toBe(true);
    expect(JSON.parse(String(cni["configuration_values"]))).toMatchObject({ enableNetworkPolicy: "true" });
  });

  test("have identities of their own: a node's role only joins the cluster and pulls images", () => {
    const attached = Object.keys(resourcesOfType(cluster("dev"), "aws_iam_role_policy_attachment"));
    expect(attached.filter((at) => at.startsWith("nodes/")).map((at) => at.split("/").at(-1))).toEqual([
      "AmazonEC2ContainerRegistryPullOnly",
      "AmazonEKSWorkerNodePolicy",
    ]);
    // The policy without the number reaches volumes that no driver has made.
    const driver = the(
      "dev",
      "aws_iam_role_policy_attachment",
      "add-ons/aws-ebs-csi-driver-role/AmazonEBSCSIDriverPolicyV2",
    );
    // AWS' own path of it, which is not that of the first.
    expect(driver["policy_arn"]).toBe("arn:aws:iam::aws:policy/AmazonEBSCSIDriverPolicyV2");
    for (const at of ["node-add-ons/vpc-cni", "add-ons/aws-ebs-csi-driver"]) {
      expect(the("dev", "aws_eks_addon", at)["pod_identity_association"]).toHaveLength(1);
    }
  });

  test("every add-on is of the version that AWS recommends, and goes before what the cluster has", () => {
    for (const addOn of Object.values(resourcesOfType(cluster("dev"), "aws_eks_addon"))) {
      expect(addOn).toMatchObject({
        addon_version: expect.stringMatching(/^\$\{data\.aws_eks_addon_version\./),
        resolve_conflicts_on_create: "OVERWRITE",
        resolve_conflicts_on_update: "OVERWRITE",
      });
    }
  });

  test("what a node needs comes before nodes, and what needs nodes after them", () => {
    const waits = (type: string, at: string) => String(the("dev", type, at)["depends_on"]);
    for (const name of ["vpc-cni", "kube-proxy", "eks-pod-identity-agent"]) {
      expect(waits("aws_eks_node_group", "nodes/system-0/group")).toContain(`node-add-ons_${name}`);
    }
    for (const name of ["coredns", "aws-ebs-csi-driver"]) {
      expect(waits("aws_eks_addon", `add-ons/${name}`)).toContain("aws_eks_node_group");
    }
  });
});

describe("nodes", () => {
  test("come after the way to the internet, without which they cannot pull an image", () => {
    expect(String(the("dev", "aws_eks_node_group", "nodes/system-0/group")["depends_on"])).toContain("aws_route.");
  });

  test.each(["system", "general", "gpu"])("%s keeps its credentials from pods", (group) => {
    expect(the("prod", "aws_launch_template", `nodes/${group}-0/template`)["metadata_options"]).toEqual({
      http_endpoint: "enabled",
      http_tokens: "required",
      http_put_response_hop_limit: 1,
    });
  });

  test("the autoscaler owns their number, and a new kind of node comes before the old goes", () => {
    expect(the("prod", "aws_eks_node_group", "nodes/general-0/group")["lifecycle"]).toEqual({
      create_before_destroy: true,
      ignore_changes: ["scaling_config[0].desired_size"],
    });
  });

  test("spot is what the environment chose", () => {
    expect(the("dev", "aws_eks_node_group", "nodes/general-0/group")["capacity_type"]).toBe("SPOT");
    expect(the("prod", "aws_eks_node_group", "nodes/system-0/group")["capacity_type"]).toBe("ON_DEMAND");
  });

  test("the image fits the processor", () => {
    const images = (name: string) =>
      ["system", "general", "gpu"].map(
        (group) => the(name, "aws_eks_node_group", `nodes/${group}-0/group`)["ami_type"],
      );
    expect(images("prod")).toEqual(["AL2023_x86_64_STANDARD", "AL2023_x86_64_STANDARD", "BOTTLEROCKET_x86_64_NVIDIA"]);
    expect(images("arm")).toEqual(["AL2023_ARM_64_STANDARD", "AL2023_ARM_64_STANDARD", "BOTTLEROCKET_ARM_64_NVIDIA"]);
  });

  test("an environment without GPUs has no group for them", () => {
    expect(Object.keys(resourcesOfType(cluster("dev"), "aws_eks_node_group"))).toEqual([
      "nodes/general-0/group",
      "nodes/system-0/group",
    ]);
  });

  test("GPU nodes start at none, take only pods that ask for a GPU, and the autoscaler knows what they would have", () => {
    expect(the("prod", "aws_eks_node_group", "nodes/gpu-0/group")).toMatchObject({
      scaling_config: { min_size: 0, desired_size: 0, max_size: 2 },
      taint: [{ key: "nvidia.com/gpu", value: "present", effect: "NO_SCHEDULE" }],
    });
    const tags = Object.entries(resourcesOfType(cluster("prod"), "aws_autoscaling_group_tag"))
      .filter(([at]) => at.startsWith("nodes/gpu-0/"))
      .map(([, { tag }]) => tag as JsonObject);
    const prefix = "k8s.io/cluster-autoscaler/node-template";
    expect(Object.fromEntries(tags.map(({ key, value }) => [key, value]))).toEqual({
      [`${prefix}/label/open-mlops/nodes`]: "gpu",
      [`${prefix}/label/k8s.amazonaws.com/accelerator`]: "nvidia",
      [`${prefix}/taint/nvidia.com/gpu`]: "present:NoSchedule",
      [`${prefix}/resources/nvidia.com/gpu`]: "1",
      [`${prefix}/resources/ephemeral-storage`]: "100Gi",
    });
  });
});
