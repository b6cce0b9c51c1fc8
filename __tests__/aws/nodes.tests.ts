import type { JsonObject } from "../../constructs/contracts/json";
import { InvalidInputError } from "../../constructs/contracts/problems";
import { changed, inputs } from "../support/environments";
import { nodesOfEveryKind } from "../support/in-cluster";
import { resourcesOfType, synthesizeStacks } from "../support/synth";
import { rightsOfRoles, violations } from "./invariants";

/** Nodes of every kind in two zones, as managed groups. */
// Its general nodes are smaller than prod's.
const profile = { name: "large", cpu: 1, memoryGiB: 6 };
const smaller = changed(inputs.prod(), "components.0.profiles.1", profile);
const input = changed(changed(smaller, "nodes", nodesOfEveryKind("groups")), "name", "groups");
const stack = synthesizeStacks([input])["groups-cluster"];
if (!stack) throw new Error("no stack");
const all = (type: string) => resourcesOfType(stack, type);
const group = (at: string): JsonObject => all("aws_eks_node_group")[`nodes/${at}/group`] ?? {};
const template = (at: string): JsonObject => all("aws_launch_template")[`nodes/${at}/template`] ?? {};
const disks = (at: string) =>
  (template(at)["block_device_mappings"] as { device_name: string; ebs: { volume_size: number } }[]).map(
    ({ device_name, ebs }) => [device_name, ebs.volume_size],
  );
const prefix = "k8s.io/cluster-autoscaler/node-template";
/** What the autoscaler is told of an empty group's nodes. */
const announced = (at: string) =>
  Object.fromEntries(
    Object.entries(all("aws_autoscaling_group_tag"))
      .filter(([path]) => path.startsWith(`nodes/${at}/`))
      .map(([, { tag }]) => [
        String((tag as JsonObject)["key"]).replace(`${prefix}/`, ""),
        (tag as JsonObject)["value"],
      ]),
  );

test("nothing is there that must never be", () => expect(violations(stack)).toEqual([]));

test("a volume stays in its zone, so every group is one group in each zone, in one subnet", () => {
  const groups = Object.entries(all("aws_eks_node_group"));
  expect(groups).toHaveLength(2 * 6);
  for (const [, { subnet_ids }] of groups) expect(subnet_ids).toHaveLength(1);
  for (const name of ["system", "general", "gpu", "plain", "shared", "reserved"]) {
    expect(group(`${name}-0`)["subnet_ids"]).not.toEqual(group(`${name}-1`)["subnet_ids"]);
  }
});

test("a node that is ill is replaced, and an upgrade takes one at a time", () => {
  for (const each of Object.values(all("aws_eks_node_group"))) {
    expect(each).toMatchObject({ node_repair_config: { enabled: true }, update_config: { max_unavailable: 1 } });
  }
  // Without the agent only a node that does not answer at all counts as ill.
  expect(all("aws_eks_addon")).toHaveProperty(["add-ons/eks-node-monitoring-agent"]);
});

test("spot is offered every type that the environment names", () => {
  expect(group("general-0")).toMatchObject({
    capacity_type: "SPOT",
    instance_types: ["m6i.large", "m5.large", "m6i.xlarge"],
  });
});

describe("GPU groups", () => {
  test("what each image needs: Bottlerocket has images on a disk of their own, AL2023 a label for the device plugin", () => {
    expect(group("gpu-0")["ami_type"]).toBe("BOTTLEROCKET_x86_64_NVIDIA");
    expect(disks("gpu-0")).toEqual([
      ["/dev/xvda", 4],
      ["/dev/xvdb", 100],
    ]);
    expect(group("plain-0")["ami_type"]).toBe("AL2023_x86_64_NVIDIA");
    expect(disks("plain-0")).toEqual([["/dev/xvda", 100]]);
    const plugin = "nvidia.com/device-plugin.config";
    expect(group("plain-0")["labels"]).toMatchObject({ [plugin]: "shared-by-1" });
    expect(group("shared-0")["labels"]).toMatchObject({ [plugin]: "shared-by-2" });
    expect(group("gpu-0")["labels"]).not.toHaveProperty([plugin]);
  });

  test("carry what pods that ask for a GPU look for, and a taint for all others", () => {
    for (const name of ["gpu", "plain", "shared", "reserved"]) {
      expect(group(`${name}-1`)).toMatchObject({
        labels: { "open-mlops/nodes": name, "k8s.amazonaws.com/accelerator": "nvidia" },
        taint: [{ key: "nvidia.com/gpu", value: "present", effect: "NO_SCHEDULE" }],
        scaling_config: { min_size: 0, desired_size: 0 },
      });
    }
    expect(group("general-0")["taint"]).toEqual([]);
  });

  test("from zero: the autoscaler knows a node's GPUs, each as often as it is shared, its labels and its taint", () => {
    expect(announced("gpu-0")).toEqual({
      "label/open-mlops/nodes": "gpu",
      "label/k8s.amazonaws.com/accelerator": "nvidia",
      "taint/nvidia.com/gpu": "present:NoSchedule",
      "resources/nvidia.com/gpu": "4",
      "resources/ephemeral-storage": "100Gi",
    });
    expect(announced("shared-1")).toMatchObject({
      "resources/nvidia.com/gpu": "2",
      "label/nvidia.com/device-plugin.config": "shared-by-2",
    });
    expect(announced("general-0")).toEqual({
      "label/open-mlops/nodes": "general",
      "resources/ephemeral-storage": "50Gi",
    });
  });

  test("every label of an empty group's nodes is announced: one that is not would keep pods waiting for ever", () => {
    for (const [at, each] of Object.entries(all("aws_eks_node_group"))) {
      const labels = Object.entries(each["labels"] as JsonObject).map(([key, value]) => [`label/${key}`, value]);
      expect(announced(at.replace(/^nodes\/|\/group$/g, ""))).toMatchObject(Object.fromEntries(labels));
    }
  });

  test("Bottlerocket shares by turns under the resource's own name", () => {
    const toml = Buffer.from(String(template("gpu-0")["user_data"]), "base64").toString();
    expect(toml).toContain('[settings.kubelet-device-plugins.nvidia]\ndevice-sharing-strategy = "time-slicing"');
    expect(toml).toContain("[settings.kubelet-device-plugins.nvidia.time-slicing]\nreplicas = 4\n");
    // By its default Bottlerocket would announce nvidia.com/gpu.shared, which nobody asks for.
    expect(toml).toContain("rename-by-default = false");
    expect(template("reserved-0")).not.toHaveProperty("user_data");
    expect(template("shared-0")).not.toHaveProperty("user_data");
  });

  test("a reservation is named in the template, and its nodes are on demand", () => {
    expect(template("reserved-0")["capacity_reservation_specification"]).toEqual({
      capacity_reservation_target: { capacity_reservation_id: "cr-0123456789abcdef0" },
    });
    expect(group("reserved-0")["capacity_type"]).toBe("ON_DEMAND");
    expect(template("gpu-0")).not.toHaveProperty("capacity_reservation_specification");
  });
});

describe("the autoscaler's rights", () => {
  const rights = rightsOfRoles(stack)["nodes/autoscaler"] ?? [];

  test("it changes this cluster's groups and no others", () => {
    const changing = rights.filter(({ Action }) =>
      Action.some((action) => /:(Set|Terminate|Update|Delete)/.test(action)),
    );
    expect(changing).toHaveLength(1);
    expect(changing[0]?.Condition).toEqual({
      StringEquals: { "aws:ResourceTag/k8s.io/cluster-autoscaler/open-mlops-groups": "owned" },
    });
  });

  test("they are for its own service account", () => {
    expect(all("aws_eks_pod_identity_association")["nodes/autoscaler/association"]).toMatchObject({
      namespace: "kube-system",
      service_account: "cluster-autoscaler",
    });
  });
});

describe("what cannot be", () => {
  const refusal = (changes: Readonly<Record<string, unknown>>, base = inputs.prod()) => {
    const broken = Object.entries(changes).reduce((sum, [path, value]) => changed(sum, path, value), base);
    try {
      synthesizeStacks([broken]);
    } catch (error) {
      if (error instanceof InvalidInputError) return error.message;
      throw error;
    }
    return "accepted";
  };

  test("a reservation on spot", () => {
    expect(refusal({ "nodes.gpu.0.spot": true, "nodes.gpu.0.reservationId": "cr-0123456789abcdef0" })).toContain(
      "nodes.gpu.0.reservationId",
    );
  });

  test("a cluster in which nothing could add the first node", () => {
    expect(refusal({ "nodes.system.min": 0 })).toContain("nodes.system.min is 0; what adds nodes runs here");
  });

  test("a device plugin that nodes without a way out cannot pull", () => {
    const alone = { "network.egress": { mode: "none" }, "nodes.gpu.0.image": "al2023" };
    expect(refusal(alone)).toContain('nodes.gpu.0.image is "al2023", whose device plugin comes from nvcr.io');
    expect(refusal({ ...alone, mirror: { images: "mirror.example" } })).not.toContain("nvcr.io");
  });
});
