import {
  DeleteSnapshotCommand,
  DeleteVolumeCommand,
  paginateDescribeSnapshots,
  paginateDescribeVolumes,
} from "@aws-sdk/client-ec2";
import { type AwsLeftover, type LeftoverKind, monthlyPrice } from "../leftover";
import { tagsOf, whyOurs } from "../ownership";

const claimTag = "kubernetes.io/created-for/pvc/name";
const namespaceTag = "kubernetes.io/created-for/pvc/namespace";

/** Disks of claims, which the storage driver made, and disks of nodes. */
export const volumes: LeftoverKind = {
  kind: "volume",
  arns: /:volume\//,
  async find(place) {
    const found: AwsLeftover[] = [];
    for await (const page of paginateDescribeVolumes({ client: place.clients.ec2 }, {})) {
      for (const { VolumeId: id = "", Size = 0, State, Tags } of page.Volumes ?? []) {
        const tags = tagsOf(Tags);
        const because = whyOurs(tags, place);
        if (!because) continue;
        const claim = tags[claimTag];
        found.push({
          kind: this.kind,
          id,
          name: `${id} (${Size} GiB${claim ? ` of ${tags[namespaceTag] ?? "?"}/${claim}` : ""})`,
          because,
          monthly: monthlyPrice("gp3", place, Size),
          remedy: `aws ec2 delete-volume --region ${place.region} --volume-id ${id}`,
          // A claim's volume outlives its claim when its class says Retain, or when nobody was there to delete it: the
          // files are there in both cases.
          ...(claim ? { data: true as const } : {}),
          ...(State === "in-use" ? { goesWith: "its holder" as const } : {}),
        });
      }
    }
    return found;
  },
  async remove({ clients }, { id }) {
    await clients.ec2.send(new DeleteVolumeCommand({ VolumeId: id }));
  },
};

export const snapshots: LeftoverKind = {
  kind: "snapshot",
  arns: /:ec2:[^:]*:[^:]*:snapshot\//,
  async find(place) {
    const found: AwsLeftover[] = [];
    for await (const page of paginateDescribeSnapshots({ client: place.clients.ec2 }, { OwnerIds: ["self"] })) {
      for (const { SnapshotId: id = "", VolumeSize = 0, Tags } of page.Snapshots ?? []) {
        const because = whyOurs(tagsOf(Tags), place);
        if (!because) continue;
        found.push({
          kind: this.kind,
          id,
          name: `${id} (of ${VolumeSize} GiB)`,
          because,
          remedy: `aws ec2 delete-snapshot --region ${place.region} --snapshot-id ${id}`,
          data: true,
        });
      }
    }
    return found;
  },
  async remove({ clients }, { id }) {
    await clients.ec2.send(new DeleteSnapshotCommand({ SnapshotId: id }));
  },
};
