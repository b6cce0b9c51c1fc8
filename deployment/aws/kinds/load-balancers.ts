import {
  DeleteLoadBalancerCommand,
  DeleteTargetGroupCommand,
  DescribeTagsCommand,
  paginateDescribeLoadBalancers,
  paginateDescribeTargetGroups,
} from "@aws-sdk/client-elastic-load-balancing-v2";
import { type LeftoverKind, monthlyPrice } from "../leftover";
import { type Tags, tagsOf, whyOurs } from "../ownership";
import type { AwsPlace } from "../place";

/** Made by the cloud's controller for Services, and by the platform's entry. */
export const loadBalancers: LeftoverKind = {
  kind: "load balancer",
  arns: /:loadbalancer\/(net|app|gwy)\//,
  async find(place) {
    const all: { arn: string; name: string }[] = [];
    for await (const page of paginateDescribeLoadBalancers({ client: place.clients.elb }, {})) {
      for (const { LoadBalancerArn: arn = "", LoadBalancerName: name = "" } of page.LoadBalancers ?? [])
        all.push({ arn, name });
    }
    return ours(place, all, (arn) => ({
      monthly: monthlyPrice("network-load-balancer", place),
      remedy: `aws elbv2 delete-load-balancer --region ${place.region} --load-balancer-arn ${arn}`,
    })).then((found) => found.map((each) => ({ ...each, kind: this.kind })));
  },
  async remove({ clients }, { id }) {
    await clients.elb.send(new DeleteLoadBalancerCommand({ LoadBalancerArn: id }));
  },
};

export const targetGroups: LeftoverKind = {
  kind: "target group",
  arns: /:targetgroup\//,
  async find(place) {
    const all: { arn: string; name: string }[] = [];
    for await (const page of paginateDescribeTargetGroups({ client: place.clients.elb }, {})) {
      for (const { TargetGroupArn: arn = "", TargetGroupName: name = "" } of page.TargetGroups ?? [])
        all.push({ arn, name });
    }
    return ours(place, all, (arn) => ({
      monthly: 0,
      remedy: `aws elbv2 delete-target-group --region ${place.region} --target-group-arn ${arn}`,
    })).then((found) => found.map((each) => ({ ...each, kind: this.kind })));
  },
  async remove({ clients }, { id }) {
    await clients.elb.send(new DeleteTargetGroupCommand({ TargetGroupArn: id }));
  },
};

/** Those of the environment: their tags are asked for, twenty at a time, as AWS allows. */
async function ours(
  place: AwsPlace,
  all: readonly { readonly arn: string; readonly name: string }[],
  more: (arn: string) => { readonly monthly: number; readonly remedy: string },
) {
  const tags = new Map<string, Tags>();
  for (let from = 0; from < all.length; from += 20) {
    const ResourceArns = all.slice(from, from + 20).map(({ arn }) => arn);
    const { TagDescriptions = [] } = await place.clients.elb.send(new DescribeTagsCommand({ ResourceArns }));
    for (const { ResourceArn = "", Tags: list } of TagDescriptions) tags.set(ResourceArn, tagsOf(list));
  }
  return all.flatMap(({ arn, name }) => {
    const because = whyOurs(tags.get(arn) ?? {}, place);
    return because ? [{ id: arn, name, because, ...more(arn) }] : [];
  });
}
