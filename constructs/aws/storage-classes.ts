import type { StorageClass } from "../contracts/cluster-profile";
import type { FileSystem } from "./file-system";

/** Disks of the tools, and of people's homes where there is no file system for them. */
export function diskClass(protect: boolean): StorageClass {
  return {
    name: "gp3",
    create: {
      provisioner: "ebs.csi.aws.com",
      parameters: { type: "gp3", encrypted: "true" },
      reclaimPolicy: reclaimPolicy(protect),
    },
  };
}

/** Homes in a file system: an access point for each claim. */
export function homesClass(fileSystem: FileSystem, protect: boolean): StorageClass {
  return {
    name: "homes",
    create: {
      provisioner: "efs.csi.aws.com",
      parameters: {
        provisioningMode: "efs-ap",
        fileSystemId: fileSystem.id,
        directoryPerms: "700",
        // The user that people's servers run as, whatever their image says.
        uid: "1000",
        gid: "1000",
        // A folder that a person finds again when the claim is made anew. The driver fills in the names; to Terraform
        // two dollars are one.
        subPathPattern: "$${.PVC.namespace}/$${.PVC.name}",
        ensureUniqueDirectory: "false",
      },
      reclaimPolicy: reclaimPolicy(protect),
    },
  };
}

function reclaimPolicy(protect: boolean): "Retain" | "Delete" {
  return protect ? "Retain" : "Delete";
}
