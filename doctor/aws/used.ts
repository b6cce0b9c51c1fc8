import {
  DescribeAddressesCommand,
  paginateDescribeInstances,
  paginateDescribeNatGateways,
  paginateDescribeSubnets,
  paginateDescribeVpcs,
} from "@aws-sdk/client-ec2";
import { paginateListClusters } from "@aws-sdk/client-eks";
import { paginateDescribeLoadBalancers } from "@aws-sdk/client-elastic-load-balancing-v2";
import { paginateDescribeDBInstances } from "@aws-sdk/client-rds";
import { ListBucketsCommand } from "@aws-sdk/client-s3";
import { loadBalancers } from "../../deployment/aws/kinds/load-balancers";
import { tagsOf, whyOurs } from "../../deployment/aws/ownership";
import type { AwsPlace } from "../../deployment/aws/place";
import { type CpuFamily, familyOf } from "./needed";

/** What others use of an account's quotas: what the environment itself has is in what it needs. */

export async function vcpusUsed(place: AwsPlace, family: CpuFamily): Promise<number> {
  let sum = 0;
  const running = [{ Name: "instance-state-name", Values: ["pending", "running"] }];
  for await (const page of paginateDescribeInstances({ client: place.clients.ec2 }, { Filters: running })) {
    for (const each of (page.Reservations ?? []).flatMap(({ Instances = [] }) => Instances)) {
      const isOther = familyOf(each.InstanceType ?? "", each.InstanceLifecycle === "spot") !== family;
      if (isOther || isOurs(each.Tags, place)) continue;
      sum += (each.CpuOptions?.CoreCount ?? 1) * (each.CpuOptions?.ThreadsPerCore ?? 1);
    }
  }
  return sum;
}

export async function addressesUsed(place: AwsPlace): Promise<number> {
  const { Addresses = [] } = await place.clients.ec2.send(new DescribeAddressesCommand({}));
  return Addresses.filter(({ Tags }) => !isOurs(Tags, place)).length;
}

export async function vpcsUsed(place: AwsPlace): Promise<number> {
  let count = 0;
  for await (const page of paginateDescribeVpcs({ client: place.clients.ec2 }, {}))
    count += (page.Vpcs ?? []).filter(({ Tags }) => !isOurs(Tags, place)).length;
  return count;
}

/** In the zone that has the most. */
export async function natGatewaysUsed(place: AwsPlace): Promise<number> {
  const { ec2 } = place.clients;
  const zones = new Map<string, string>();
  for await (const page of paginateDescribeSubnets({ client: ec2 }, {}))
    for (const { SubnetId = "", AvailabilityZone = "" } of page.Subnets ?? []) zones.set(SubnetId, AvailabilityZone);
  const counts = new Map<string, number>();
  for await (const page of paginateDescribeNatGateways({ client: ec2 }, {})) {
    for (const { SubnetId = "", State, Tags } of page.NatGateways ?? []) {
      if (State === "deleted" || isOurs(Tags, place)) continue;
      const zone = zones.get(SubnetId) ?? SubnetId;
      counts.set(zone, (counts.get(zone) ?? 0) + 1);
    }
  }
  return Math.max(0, ...counts.values());
}

export async function networkLoadBalancersUsed(place: AwsPlace): Promise<number> {
  let count = 0;
  for await (const page of paginateDescribeLoadBalancers({ client: place.clients.elb }, {}))
    count += (page.LoadBalancers ?? []).filter(({ Type }) => Type === "network").length;
  const ours = (await loadBalancers.find(place)).filter(({ id }) => /:loadbalancer\/net\//.test(id));
  return count - ours.length;
}

export async function clustersUsed(place: AwsPlace): Promise<number> {
  let count = 0;
  for await (const page of paginateListClusters({ client: place.clients.eks }, {}))
    count += (page.clusters ?? []).filter((name) => name !== place.cluster).length;
  return count;
}

export async function bucketsUsed(place: AwsPlace): Promise<number> {
  const { Buckets = [] } = await place.clients.s3.send(new ListBucketsCommand({}));
  return Buckets.filter(({ Name = "" }) => !Name.startsWith(`${place.cluster}-`)).length;
}

export async function databasesUsed(place: AwsPlace): Promise<number> {
  let count = 0;
  for await (const page of paginateDescribeDBInstances({ client: place.clients.rds }, {}))
    count += (page.DBInstances ?? []).filter(
      ({ DBInstanceIdentifier }) => DBInstanceIdentifier !== place.cluster,
    ).length;
  return count;
}

function isOurs(tags: Parameters<typeof tagsOf>[0], place: AwsPlace): boolean {
  return whyOurs(tagsOf(tags), place) !== undefined;
}
