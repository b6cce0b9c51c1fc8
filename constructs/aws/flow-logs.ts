import { FlowLog } from "@cdktf/provider-aws/lib/flow-log";
import type { Construct } from "constructs";
import type { Account } from "./account";
import type { EncryptionKey } from "./encryption-key";
import { Role, trustService } from "./iam";
import { LogGroup } from "./log-group";

export interface FlowLogsProps {
  readonly account: Account;
  readonly key: EncryptionKey;
  readonly vpcId: string;
}

/** Who talked to whom, in ten-minute sums: the cheapest form that still answers the question. */
export function flowLogs(scope: Construct, props: FlowLogsProps): void {
  const { account } = props;
  const logs = new LogGroup(scope, "flow-logs", { name: `/aws/vpc/${account.prefix}/flow-logs`, key: props.key });
  const role = new Role(scope, "flow-logs-role", {
    name: [account.prefix, "flow-logs"],
    trust: [trustService("vpc-flow-logs.amazonaws.com", { StringEquals: { "aws:SourceAccount": account.id } })],
    allow: [
      {
        Effect: "Allow",
        Action: ["logs:CreateLogStream", "logs:PutLogEvents", "logs:DescribeLogStreams"],
        Resource: [`${logs.resource.arn}:*`],
      },
    ],
  });
  new FlowLog(scope, "flow-log", {
    vpcId: props.vpcId,
    trafficType: "ALL",
    maxAggregationInterval: 600,
    logDestination: logs.resource.arn,
    iamRoleArn: role.arn,
    dependsOn: [...role.ready],
  });
}
