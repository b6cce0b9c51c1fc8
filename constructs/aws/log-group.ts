import { CloudwatchLogGroup } from "@cdktf/provider-aws/lib/cloudwatch-log-group";
import { Construct } from "constructs";
import type { EncryptionKey } from "./encryption-key";

export interface LogGroupProps {
  /** The name that the service which writes to it expects. */
  readonly name: string;
  readonly key: EncryptionKey;
  /** Days until a line is deleted. Default 365, what audits ask for; storage is the small part of a log's price. */
  readonly retentionInDays?: number;
}

/** A log group made before its writer: one that AWS makes on its own is not encrypted, never expires, and stays after destroy. */
export class LogGroup extends Construct {
  readonly resource: CloudwatchLogGroup;

  constructor(scope: Construct, id: string, props: LogGroupProps) {
    super(scope, id);
    this.resource = new CloudwatchLogGroup(this, "group", {
      name: props.name,
      kmsKeyId: props.key.arn,
      retentionInDays: props.retentionInDays ?? 365,
    });
  }
}
