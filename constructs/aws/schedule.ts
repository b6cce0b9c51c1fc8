import { SchedulerSchedule } from "@cdktf/provider-aws/lib/scheduler-schedule";
import { SchedulerScheduleGroup } from "@cdktf/provider-aws/lib/scheduler-schedule-group";
import { Construct } from "constructs";
import type { Schedule } from "../contracts/aws-environment";
import type { Account } from "./account";
import type { EncryptionKey } from "./encryption-key";
import { Role, type Statement, trustService } from "./iam";
import { cron, databaseBefore, nodesBefore, othersAfter } from "./schedule-times";
import { waive } from "./waive";

/** A node group as the schedule knows it. */
export interface ScheduledGroup {
  /** Its name and zone, such as `general-0`. */
  readonly id: string;
  readonly nodegroupName: string;
  readonly arn: string;
  /** Nodes it has when it is awake. */
  readonly min: number;
  /** Holds the tools themselves, and the autoscaler among them. */
  readonly isSystem: boolean;
}

export interface SleepScheduleProps {
  readonly account: Account;
  readonly key: EncryptionKey;
  readonly schedule: Schedule;
  readonly clusterName: string;
  readonly groups: readonly ScheduledGroup[];
  /** The database server's name; absent where there is none. */
  readonly databaseIdentifier?: string;
}

/**
 * Puts the nodes and the database to sleep when nobody works, and wakes them before people come. What they hold stays:
 * volumes, buckets, the database's disk. The NAT stays too, so that what is in the account still has a way out. A
 * database that AWS starts by itself after seven days is stopped again the next evening.
 */
export class SleepSchedule extends Construct {
  private readonly group: SchedulerScheduleGroup;
  private readonly role: Role;

  constructor(
    scope: Construct,
    id: string,
    private readonly props: SleepScheduleProps,
  ) {
    super(scope, id);
    const { account, schedule, clusterName, databaseIdentifier } = props;
    this.group = new SchedulerScheduleGroup(this, "group", { name: account.prefix });
    this.role = new Role(this, "role", {
      name: [account.prefix, "schedule"],
      trust: [
        trustService("scheduler.amazonaws.com", {
          StringEquals: { "aws:SourceAccount": account.id, "aws:SourceArn": this.group.arn },
        }),
      ],
      allow: rights(props),
    });
    const { days, from, until } = schedule;
    for (const { id: name, nodegroupName, min, isSystem } of props.groups) {
      const size = (nodes: number) => ({
        ClusterName: clusterName,
        NodegroupName: nodegroupName,
        ScalingConfig: { MinSize: nodes, DesiredSize: nodes },
      });
      this.act(`sleep-${name}`, cron(days, until, isSystem ? 0 : othersAfter), "eks:updateNodegroupConfig", size(0));
      // A group that is empty by itself is woken by whoever needs a node of it.
      if (min > 0) this.act(`wake-${name}`, cron(days, from, -nodesBefore), "eks:updateNodegroupConfig", size(min));
    }
    if (databaseIdentifier !== undefined) {
      const database = { DbInstanceIdentifier: databaseIdentifier };
      this.act("sleep-database", cron(days, until, othersAfter), "rds:stopDBInstance", database);
      this.act("wake-database", cron(days, from, -databaseBefore), "rds:startDBInstance", database);
    }
  }

  /** One call of AWS at its times. EventBridge Scheduler spells every argument with a capital, whatever the service does. */
  private act(name: string, expression: string, call: string, input: object): void {
    const { account, schedule } = this.props;
    const act = new SchedulerSchedule(this, name, {
      name,
      groupName: this.group.name,
      scheduleExpression: expression,
      scheduleExpressionTimezone: schedule.timezone,
      flexibleTimeWindow: { mode: "OFF" },
      target: {
        arn: `arn:${account.partition}:scheduler:::aws-sdk:${call}`,
        roleArn: this.role.arn,
        input: JSON.stringify(input),
        // A server that is being backed up, or a group that is being changed, is tried again for an hour.
        retryPolicy: { maximumEventAgeInSeconds: 3600, maximumRetryAttempts: 20 },
      },
      dependsOn: [...this.role.ready],
    });
    waive(act, { CKV_AWS_297: "it holds names and sizes, which are no secret; AWS encrypts it with a key of its own" });
  }
}

function rights({ account, key, groups, databaseIdentifier }: SleepScheduleProps): Statement[] {
  const database = `arn:${account.partition}:rds:${account.region}:${account.id}:db:${databaseIdentifier}`;
  return [
    { Effect: "Allow", Action: ["eks:UpdateNodegroupConfig"], Resource: groups.map(({ arn }) => arn) },
    ...(databaseIdentifier === undefined
      ? []
      : [
          { Effect: "Allow" as const, Action: ["rds:StartDBInstance", "rds:StopDBInstance"], Resource: [database] },
          {
            Effect: "Allow" as const,
            Action: ["kms:DescribeKey"],
            Resource: [key.arn],
            Condition: { StringEquals: { "kms:ViaService": `rds.${account.region}.amazonaws.com` } },
          },
          {
            Effect: "Allow" as const,
            // A server that starts is given the use of the key again, in the name of whoever starts it.
            Action: ["kms:CreateGrant"],
            Resource: [key.arn],
            Condition: {
              StringEquals: { "kms:ViaService": `rds.${account.region}.amazonaws.com` },
              Bool: { "kms:GrantIsForAWSResource": "true" },
            },
          },
        ]),
  ];
}
