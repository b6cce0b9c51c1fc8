import {
  DeleteSecurityGroupCommand,
  type IpPermission,
  paginateDescribeSecurityGroups,
  RevokeSecurityGroupEgressCommand,
  RevokeSecurityGroupIngressCommand,
  type SecurityGroup,
} from "@aws-sdk/client-ec2";
import type { LeftoverKind } from "../leftover";
import { tagsOf, whyOurs } from "../ownership";
import type { AwsPlace } from "../place";

/** Groups of load balancers and nodes. They name each other in their rules, and AWS deletes none that another names. */
export const securityGroups: LeftoverKind = {
  kind: "security group",
  arns: /:security-group\//,
  async find(place) {
    const all = await everyGroup(place);
    return all.flatMap(({ GroupId: id = "", GroupName = "", Tags }) => {
      const because = whyOurs(tagsOf(Tags), place);
      // The default one goes with its VPC, and cannot go before.
      if (!because || GroupName === "default") return [];
      const remedy = `aws ec2 delete-security-group --region ${place.region} --group-id ${id}`;
      return [{ kind: this.kind, id, name: `${id} (${GroupName})`, because, monthly: 0, remedy }];
    });
  },
  async prepare(place, leaving) {
    const ids = new Set(leaving.map(({ id }) => id));
    for (const group of await everyGroup(place)) {
      // Rules of groups that stay are their owner's business: AWS says which one is in the way.
      if (!ids.has(group.GroupId ?? "")) continue;
      const GroupId = group.GroupId;
      const ingress = naming(group.IpPermissions, ids);
      const egress = naming(group.IpPermissionsEgress, ids);
      const { ec2 } = place.clients;
      if (ingress.length > 0)
        await ec2.send(new RevokeSecurityGroupIngressCommand({ GroupId, IpPermissions: ingress }));
      if (egress.length > 0) await ec2.send(new RevokeSecurityGroupEgressCommand({ GroupId, IpPermissions: egress }));
    }
  },
  async remove({ clients }, { id }) {
    await clients.ec2.send(new DeleteSecurityGroupCommand({ GroupId: id }));
  },
};

/** The rules that name one of these groups, and nothing else of them. */
function naming(rules: readonly IpPermission[] | undefined, ids: ReadonlySet<string>): IpPermission[] {
  return (rules ?? []).flatMap(({ IpProtocol, FromPort, ToPort, UserIdGroupPairs = [] }) => {
    const pairs = UserIdGroupPairs.filter(({ GroupId = "" }) => ids.has(GroupId));
    return pairs.length > 0 ? [{ IpProtocol, FromPort, ToPort, UserIdGroupPairs: pairs }] : [];
  });
}

async function everyGroup(place: AwsPlace): Promise<SecurityGroup[]> {
  const all: SecurityGroup[] = [];
  for await (const page of paginateDescribeSecurityGroups({ client: place.clients.ec2 }, {}))
    all.push(...(page.SecurityGroups ?? []));
  return all;
}
