import { changed, inputs } from "../support/environments";
import { resourcesOfType, synthesizeStacks } from "../support/synth";
import { statements, violations } from "./invariants";

const onDisks = synthesizeStacks([inputs.dev()]);
const stacks = synthesizeStacks([changed(inputs.dev(), "homes", "efs"), changed(inputs.prod(), "homes", "efs")]);
const dev = stacks["dev-cluster"];
const prod = stacks["prod-cluster"];
const platform = stacks["prod-platform"];
if (!dev || !prod || !platform) throw new Error("a stack is missing");

test("homes on disks need no file system", () => {
  expect(Object.keys(onDisks["dev-cluster"]?.resource ?? {}).filter((type) => type.startsWith("aws_efs"))).toEqual([]);
});

test("a file system is encrypted with the environment's key; an unencrypted one would be noticed", () => {
  expect(violations(prod)).toEqual([]);
  const open = structuredClone(prod);
  Object.assign(resourcesOfType(open, "aws_efs_file_system")["homes/system"] ?? {}, { encrypted: false });
  expect(violations(open)).toEqual(["homes/system is not encrypted"]);
});

test("every zone of the nodes has a way to it, and only the cluster may take it", () => {
  const ways = Object.values(resourcesOfType(prod, "aws_efs_mount_target")).map(({ subnet_id }) => String(subnet_id));
  const nodes = Object.values(resourcesOfType(prod, "aws_eks_node_group")).flatMap(({ subnet_ids }) => subnet_ids);
  expect(new Set(ways)).toEqual(new Set(nodes));
  expect(Object.keys(resourcesOfType(dev, "aws_efs_mount_target"))).toEqual(["homes/zone-0"]);
  expect(resourcesOfType(prod, "aws_vpc_security_group_ingress_rule")["homes/from-cluster"]).toMatchObject({
    referenced_security_group_id: expect.stringContaining("cluster_security_group_id"),
    from_port: 2049,
    to_port: 2049,
  });
});

test("it is mounted over TLS, and only as a home: nobody sees the folder of all homes", () => {
  const [allow, deny] = statements(resourcesOfType(prod, "aws_efs_file_system_policy")["homes/policy"]?.["policy"]);
  expect(allow?.Condition).toMatchObject({
    Bool: { "elasticfilesystem:AccessedViaMountTarget": "true" },
    StringLike: { "elasticfilesystem:AccessPointArn": expect.stringMatching(/:access-point\/\*$/) },
  });
  expect(allow?.Action).toEqual(["elasticfilesystem:ClientMount", "elasticfilesystem:ClientWrite"]);
  expect(deny).toMatchObject({ Effect: "Deny", Condition: { Bool: { "aws:SecureTransport": "false" } } });
});

test("it is backed up and stays where the environment is protected, and goes where it is not", () => {
  const system = (stack: typeof prod) => resourcesOfType(stack, "aws_efs_file_system")["homes/system"];
  const backup = (stack: typeof prod) => resourcesOfType(stack, "aws_efs_backup_policy")["homes/backup"];
  expect(system(prod)).toMatchObject({ lifecycle: { prevent_destroy: true } });
  expect(system(dev)).not.toHaveProperty("lifecycle");
  expect([backup(prod), backup(dev)]).toMatchObject([
    { backup_policy: { status: "ENABLED" } },
    { backup_policy: { status: "DISABLED" } },
  ]);
});

test("a home is an access point of one user, found again by its claim's name", () => {
  const classes = resourcesOfType(platform, "kubernetes_storage_class_v1");
  expect(Object.values(classes).map(({ reclaim_policy }) => reclaim_policy)).toEqual(["Retain", "Retain"]);
  const [homes] = Object.values(classes).filter((each) => each["storage_provisioner"] === "efs.csi.aws.com");
  expect(homes?.["parameters"]).toMatchObject({
    provisioningMode: "efs-ap",
    fileSystemId: expect.stringContaining("terraform_remote_state"),
    directoryPerms: "700",
    uid: "1000",
    // What Terraform reads as `${.PVC.name}`.
    subPathPattern: "$${.PVC.namespace}/$${.PVC.name}",
  });
});
