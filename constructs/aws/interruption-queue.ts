import { CloudwatchEventRule } from "@cdktf/provider-aws/lib/cloudwatch-event-rule";
import { CloudwatchEventTarget } from "@cdktf/provider-aws/lib/cloudwatch-event-target";
import { SqsQueue } from "@cdktf/provider-aws/lib/sqs-queue";
import { SqsQueuePolicy } from "@cdktf/provider-aws/lib/sqs-queue-policy";
import { Construct } from "constructs";
import { policy } from "./iam";
import { boundedName } from "./names";

/** What AWS says of a machine before it is taken away, by the event's source and kind. */
const events = {
  "spot-interruption": ["aws.ec2", "EC2 Spot Instance Interruption Warning"],
  "rebalance-recommendation": ["aws.ec2", "EC2 Instance Rebalance Recommendation"],
  "state-change": ["aws.ec2", "EC2 Instance State-change Notification"],
  "reservation-interruption": ["aws.ec2", "EC2 Capacity Reservation Instance Interruption Warning"],
  health: ["aws.health", "AWS Health Event"],
} as const;

export interface InterruptionQueueProps {
  readonly name: string;
}

/**
 * The queue in which Karpenter hears that a machine will be taken away: it empties the node in the two minutes that
 * spot leaves. Only EventBridge writes to it, from these rules, and a message is worth nothing after five minutes.
 */
export class InterruptionQueue extends Construct {
  readonly arn: string;

  constructor(scope: Construct, id: string, props: InterruptionQueueProps) {
    super(scope, id);
    const queue = new SqsQueue(this, "queue", {
      name: props.name,
      messageRetentionSeconds: 300,
      sqsManagedSseEnabled: true,
    });
    const rules = Object.entries(events).map(([name, [source, kind]]) => {
      const rule = new CloudwatchEventRule(this, name, {
        // The limit of a rule.
        name: boundedName([props.name, name], 64),
        description: `${kind}: Karpenter empties the node`,
        eventPattern: JSON.stringify({ source: [source], "detail-type": [kind] }),
      });
      new CloudwatchEventTarget(this, `${name}-target`, { rule: rule.name, targetId: "karpenter", arn: queue.arn });
      return rule;
    });
    new SqsQueuePolicy(this, "policy", {
      queueUrl: queue.url,
      policy: policy([
        {
          Sid: "EventsOfTheseRules",
          Effect: "Allow",
          Principal: { Service: "events.amazonaws.com" },
          Action: ["sqs:SendMessage"],
          Resource: [queue.arn],
          Condition: { ArnEquals: { "aws:SourceArn": rules.map((rule) => rule.arn) } },
        },
        {
          Sid: "OnlyByTls",
          Effect: "Deny",
          Principal: "*",
          Action: ["sqs:*"],
          Resource: [queue.arn],
          Condition: { Bool: { "aws:SecureTransport": "false" } },
        },
      ]),
    });
    this.arn = queue.arn;
  }
}
