import { GetAWSDefaultServiceQuotaCommand, GetServiceQuotaCommand } from "@aws-sdk/client-service-quotas";
import { isNotFound } from "../../deployment/aws/errors";
import type { AwsPlace } from "../../deployment/aws/place";
import { fail, pass } from "../check";
import { awsCheck } from "./context";
import { type Needed, neededBy } from "./needed";
import * as used from "./used";

interface Quota {
  readonly name: string;
  readonly service: string;
  /** As Service Quotas names it. */
  readonly code: string;
  readonly needed: (needed: Needed) => number;
  readonly used: (place: AwsPlace) => Promise<number>;
}

/** Source of the codes: the Service Quotas console and `aws service-quotas list-service-quotas`. */
const quotas: readonly Quota[] = [
  {
    name: "vCPUs on demand",
    service: "ec2",
    code: "L-1216C47A",
    needed: ({ vcpus }) => vcpus.standard,
    used: (place) => used.vcpusUsed(place, "standard"),
  },
  {
    name: "vCPUs on spot",
    service: "ec2",
    code: "L-34B43A08",
    needed: ({ vcpus }) => vcpus.standardSpot,
    used: (place) => used.vcpusUsed(place, "standardSpot"),
  },
  {
    name: "GPU machines' vCPUs on demand",
    service: "ec2",
    code: "L-DB2E81BA",
    needed: ({ vcpus }) => vcpus.gpu,
    used: (place) => used.vcpusUsed(place, "gpu"),
  },
  {
    name: "GPU machines' vCPUs on spot",
    service: "ec2",
    code: "L-3819A6DF",
    needed: ({ vcpus }) => vcpus.gpuSpot,
    used: (place) => used.vcpusUsed(place, "gpuSpot"),
  },
  {
    name: "elastic addresses",
    service: "ec2",
    code: "L-0263D0A3",
    needed: ({ addresses }) => addresses,
    used: used.addressesUsed,
  },
  { name: "VPCs", service: "vpc", code: "L-F678F1CE", needed: ({ vpcs }) => vpcs, used: used.vpcsUsed },
  {
    name: "NAT gateways in a zone",
    service: "vpc",
    code: "L-FE5A380F",
    needed: ({ natGatewaysPerZone }) => natGatewaysPerZone,
    used: used.natGatewaysUsed,
  },
  {
    name: "network load balancers",
    service: "elasticloadbalancing",
    code: "L-69A177A2",
    needed: ({ networkLoadBalancers }) => networkLoadBalancers,
    used: used.networkLoadBalancersUsed,
  },
  { name: "EKS clusters", service: "eks", code: "L-1194D53C", needed: () => 1, used: used.clustersUsed },
  { name: "database servers", service: "rds", code: "L-7B6409FD", needed: () => 1, used: used.databasesUsed },
  { name: "buckets", service: "s3", code: "L-DC2B2D3D", needed: ({ buckets }) => buckets, used: used.bucketsUsed },
];

export const quotaChecks = quotas.map((quota) =>
  awsCheck(`quota: ${quota.name}`, async ({ environment, place }) => {
    const needed = quota.needed(neededBy(environment));
    if (needed === 0) return pass("none needed");
    const [allowed, others] = await Promise.all([allowance(place, quota), quota.used(place)]);
    const found = `${allowed} allowed, ${others} used by others, ${needed} needed at the most`;
    return needed + others > allowed
      ? fail(
          found,
          `ask for ${needed + others}: aws service-quotas request-service-quota-increase --region ${place.region} --service-code ${quota.service} --quota-code ${quota.code} --desired-value ${needed + others}`,
        )
      : pass(found);
  }),
);

/** What the account may have; the default of AWS where nothing was ever granted to it. */
async function allowance({ clients }: AwsPlace, { service, code }: Quota): Promise<number> {
  const query = { ServiceCode: service, QuotaCode: code };
  try {
    return (await clients.quotas.send(new GetServiceQuotaCommand(query))).Quota?.Value ?? 0;
  } catch (error) {
    if (!isNotFound(error)) throw error;
    return (await clients.quotas.send(new GetAWSDefaultServiceQuotaCommand(query))).Quota?.Value ?? 0;
  }
}
