import { type Service, services } from "../../constructs/contracts/price-table";
import { databaseClasses, instanceTypes, natInstanceType } from "../../constructs/contracts/prices";

/** One figure of the price list, and where the AWS price API has it. */
export interface Query {
  readonly part: "instances" | "databases" | "services";
  readonly name: string;
  readonly serviceCode: string;
  /** Attributes that a product must have. */
  readonly filters: Readonly<Record<string, string>>;
  /** Its usage type; what AWS writes before it is the region in one of several short forms, or nothing. */
  readonly usage: string;
}

type Wanted = Omit<Query, "part" | "name">;

/** A service's own filters; the region is added, but for what has none. */
const wanted: Readonly<Record<Service, Wanted>> = {
  "eks-cluster": { serviceCode: "AmazonEKS", filters: {}, usage: "AmazonEKS-Hours:perCluster" },
  "nat-gateway": { serviceCode: "AmazonEC2", filters: { productFamily: "NAT Gateway" }, usage: "NatGateway-Hours" },
  "nat-gateway-data": {
    serviceCode: "AmazonEC2",
    filters: { productFamily: "NAT Gateway" },
    usage: "NatGateway-Bytes",
  },
  "network-load-balancer": balancer("Network", "LoadBalancerUsage"),
  "network-load-balancer-capacity": balancer("Network", "LCUUsage"),
  "application-load-balancer": balancer("Application", "LoadBalancerUsage"),
  "public-ipv4": { serviceCode: "AmazonVPC", filters: {}, usage: "PublicIPv4:InUseAddress" },
  "interface-endpoint": { serviceCode: "AmazonVPC", filters: {}, usage: "VpcEndpoint-Hours" },
  "interface-endpoint-data": { serviceCode: "AmazonVPC", filters: {}, usage: "VpcEndpoint-Bytes" },
  gp3: { serviceCode: "AmazonEC2", filters: { volumeApiName: "gp3" }, usage: "EBS:VolumeUsage.gp3" },
  "database-storage": {
    serviceCode: "AmazonRDS",
    filters: { databaseEngine: "PostgreSQL", deploymentOption: "Single-AZ" },
    usage: "RDS:GP3-Storage",
  },
  efs: { serviceCode: "AmazonEFS", filters: {}, usage: "TimedStorage-ByteHrs" },
  "efs-read": { serviceCode: "AmazonEFS", filters: { accessType: "Read" }, usage: "ETDataAccess-Bytes" },
  "efs-write": { serviceCode: "AmazonEFS", filters: { accessType: "Write" }, usage: "ETDataAccess-Bytes" },
  s3: { serviceCode: "AmazonS3", filters: { volumeType: "Standard" }, usage: "TimedStorage-ByteHrs" },
  ecr: { serviceCode: "AmazonECR", filters: {}, usage: "TimedStorage-ByteHrs" },
  "logs-ingest": { serviceCode: "AmazonCloudWatch", filters: {}, usage: "DataProcessing-Bytes" },
  "logs-storage": { serviceCode: "AmazonCloudWatch", filters: {}, usage: "TimedStorage-ByteHrs" },
  "kms-key": { serviceCode: "awskms", filters: {}, usage: "KMS-Keys" },
  secret: { serviceCode: "AWSSecretsManager", filters: {}, usage: "AWSSecretsManager-Secrets" },
  "hosted-zone": { serviceCode: "AmazonRoute53", filters: {}, usage: "HostedZone" },
  "build-minute": { serviceCode: "CodeBuild", filters: {}, usage: "Build-Min:Linux:g1.medium" },
};

/** Services that have one price for the world. */
const global: readonly Service[] = ["hosted-zone"];

function balancer(kind: "Network" | "Application", usage: string): Wanted {
  return { serviceCode: "AWSELB", filters: { operation: `LoadBalancing:${kind}` }, usage };
}

/** Everything that a region's prices are made of. */
export function queries(region: string): Query[] {
  const regionCode = { regionCode: region };
  return [
    ...[natInstanceType, ...Object.keys(instanceTypes)].map(
      (name): Query => ({
        part: "instances",
        name,
        serviceCode: "AmazonEC2",
        filters: {
          ...regionCode,
          instanceType: name,
          operatingSystem: "Linux",
          tenancy: "Shared",
          preInstalledSw: "NA",
          capacitystatus: "Used",
        },
        usage: `BoxUsage:${name}`,
      }),
    ),
    ...Object.keys(databaseClasses).map(
      (name): Query => ({
        part: "databases",
        name,
        serviceCode: "AmazonRDS",
        filters: { ...regionCode, instanceType: name, databaseEngine: "PostgreSQL", deploymentOption: "Single-AZ" },
        usage: `InstanceUsage:${name}`,
      }),
    ),
    ...services.map((name): Query => {
      const { serviceCode, filters, usage } = wanted[name];
      const where = global.includes(name) ? {} : regionCode;
      return { part: "services", name, serviceCode, filters: { ...where, ...filters }, usage };
    }),
  ];
}
