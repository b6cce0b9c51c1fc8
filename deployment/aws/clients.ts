import { AutoScalingClient } from "@aws-sdk/client-auto-scaling";
import { CloudWatchLogsClient } from "@aws-sdk/client-cloudwatch-logs";
import { EC2Client } from "@aws-sdk/client-ec2";
import { ECRClient } from "@aws-sdk/client-ecr";
import { EKSClient } from "@aws-sdk/client-eks";
import { ElasticLoadBalancingV2Client } from "@aws-sdk/client-elastic-load-balancing-v2";
import { KMSClient } from "@aws-sdk/client-kms";
import { RDSClient } from "@aws-sdk/client-rds";
import { ResourceGroupsTaggingAPIClient } from "@aws-sdk/client-resource-groups-tagging-api";
import { Route53Client } from "@aws-sdk/client-route-53";
import { S3Client } from "@aws-sdk/client-s3";
import { ServiceQuotasClient } from "@aws-sdk/client-service-quotas";
import { STSClient } from "@aws-sdk/client-sts";
import { watch } from "./errors";

/**
 * Clients of AWS for one region, signed in as the `aws` command is: variables, profile, single sign-on, role. Loading
 * them takes about a second, so commands that need no AWS never import this file.
 */
export function awsClients(region: string) {
  const settings = {
    region,
    maxAttempts: 4,
    // Milliseconds. A network that swallows packets must not look like a command that hangs.
    requestHandler: { connectionTimeout: 5_000, requestTimeout: 60_000 },
  };
  const clients = {
    autoScaling: new AutoScalingClient(settings),
    ec2: new EC2Client(settings),
    ecr: new ECRClient(settings),
    eks: new EKSClient(settings),
    elb: new ElasticLoadBalancingV2Client(settings),
    kms: new KMSClient(settings),
    logs: new CloudWatchLogsClient(settings),
    quotas: new ServiceQuotasClient(settings),
    rds: new RDSClient(settings),
    route53: new Route53Client(settings),
    s3: new S3Client(settings),
    sts: new STSClient(settings),
    tagging: new ResourceGroupsTaggingAPIClient(settings),
  };
  watch(clients.autoScaling.middlewareStack, "autoscaling");
  watch(clients.ec2.middlewareStack, "ec2");
  watch(clients.ecr.middlewareStack, "ecr");
  watch(clients.eks.middlewareStack, "eks");
  watch(clients.elb.middlewareStack, "elasticloadbalancing");
  watch(clients.kms.middlewareStack, "kms");
  watch(clients.logs.middlewareStack, "logs");
  watch(clients.quotas.middlewareStack, "servicequotas");
  watch(clients.rds.middlewareStack, "rds");
  watch(clients.route53.middlewareStack, "route53");
  watch(clients.s3.middlewareStack, "s3");
  watch(clients.sts.middlewareStack, "sts");
  watch(clients.tagging.middlewareStack, "tag");
  return clients;
}

export type AwsClients = ReturnType<typeof awsClients>;
