import { DescribeKeyCommand, ScheduleKeyDeletionCommand } from "@aws-sdk/client-kms";
import { type AwsLeftover, type LeftoverKind, monthlyPrice } from "../leftover";
import { taggedArns } from "../tagged";

/** Days in which a mistake can be taken back; what the key has encrypted is lost after them. */
const waitingDays = 30;

/** Keys do not go at once: AWS waits, and takes no money meanwhile. */
export const keys: LeftoverKind = {
  kind: "key",
  arns: /:kms:[^:]*:[^:]*:key\//,
  async find(place) {
    const found: AwsLeftover[] = [];
    for (const { arn, because } of await taggedArns(place, ["kms:key"])) {
      const { KeyMetadata } = await place.clients.kms.send(new DescribeKeyCommand({ KeyId: arn }));
      const goes = KeyMetadata?.DeletionDate?.toISOString().slice(0, 10);
      const common = { kind: this.kind, id: arn, name: KeyMetadata?.KeyId ?? arn, because };
      found.push(
        goes
          ? {
              ...common,
              monthly: 0,
              goesWith: "time",
              remedy: `nothing: AWS deletes it on ${goes}, free of charge till then`,
            }
          : {
              ...common,
              monthly: monthlyPrice("kms-key", place),
              data: true,
              remedy: `aws kms schedule-key-deletion --region ${place.region} --pending-window-in-days ${waitingDays} --key-id ${arn}`,
            },
      );
    }
    return found;
  },
  async remove({ clients }, { id }) {
    await clients.kms.send(
      new ScheduleKeyDeletionCommand({ KeyId: id.split("/").at(-1), PendingWindowInDays: waitingDays }),
    );
  },
};
