import { DeleteAutoScalingGroupCommand, paginateDescribeAutoScalingGroups } from "@aws-sdk/client-auto-scaling";
import {
  DeleteLaunchTemplateCommand,
  paginateDescribeInstances,
  paginateDescribeLaunchTemplates,
  TerminateInstancesCommand,
} from "@aws-sdk/client-ec2";
import { type AwsLeftover, type LeftoverKind, monthlyMachine } from "../leftover";
import { tagsOf, whyOurs } from "../ownership";

/** Goes before its machines: it would start them again. */
export const autoScalingGroups: LeftoverKind = {
  kind: "auto-scaling group",
  arns: /:autoScalingGroup:/,
  async find(place) {
    const found: AwsLeftover[] = [];
    for await (const page of paginateDescribeAutoScalingGroups({ client: place.clients.autoScaling }, {})) {
      for (const { AutoScalingGroupName: name = "", Tags } of page.AutoScalingGroups ?? []) {
        const because = whyOurs(tagsOf(Tags), place);
        const remedy = `aws autoscaling delete-auto-scaling-group --region ${place.region} --force-delete --auto-scaling-group-name ${name}`;
        if (because) found.push({ kind: this.kind, id: name, name, because, remedy });
      }
    }
    return found;
  },
  async remove({ clients }, { id }) {
    await clients.autoScaling.send(new DeleteAutoScalingGroupCommand({ AutoScalingGroupName: id, ForceDelete: true }));
  },
};

/** Nodes that nobody ended: Karpenter's, when it was gone before them. */
export const instances: LeftoverKind = {
  kind: "instance",
  arns: /:instance\//,
  async find(place) {
    const found: AwsLeftover[] = [];
    const alive = [
      { Name: "instance-state-name", Values: ["pending", "running", "shutting-down", "stopping", "stopped"] },
    ];
    for await (const page of paginateDescribeInstances({ client: place.clients.ec2 }, { Filters: alive })) {
      for (const { InstanceId: id = "", InstanceType: type = "", State, Tags } of (page.Reservations ?? []).flatMap(
        (each) => each.Instances ?? [],
      )) {
        const tags = tagsOf(Tags);
        const because = whyOurs(tags, place);
        if (!because) continue;
        found.push({
          kind: this.kind,
          id,
          name: `${id} (${type}, ${tags["karpenter.sh/nodepool"] ? "started by Karpenter" : (State?.Name ?? "")})`,
          because,
          monthly: monthlyMachine(type, place),
          remedy: `aws ec2 terminate-instances --region ${place.region} --instance-ids ${id}`,
        });
      }
    }
    return found;
  },
  async remove({ clients }, { id }) {
    await clients.ec2.send(new TerminateInstancesCommand({ InstanceIds: [id] }));
  },
};

export const launchTemplates: LeftoverKind = {
  kind: "launch template",
  arns: /:launch-template\//,
  async find(place) {
    const found: AwsLeftover[] = [];
    for await (const page of paginateDescribeLaunchTemplates({ client: place.clients.ec2 }, {})) {
      for (const { LaunchTemplateId: id = "", LaunchTemplateName: name = "", Tags } of page.LaunchTemplates ?? []) {
        const because = whyOurs(tagsOf(Tags), place);
        const remedy = `aws ec2 delete-launch-template --region ${place.region} --launch-template-id ${id}`;
        if (because) found.push({ kind: this.kind, id, name, because, monthly: 0, remedy });
      }
    }
    return found;
  },
  async remove({ clients }, { id }) {
    await clients.ec2.send(new DeleteLaunchTemplateCommand({ LaunchTemplateId: id }));
  },
};
