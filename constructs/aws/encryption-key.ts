import { KmsAlias } from "@cdktf/provider-aws/lib/kms-alias";
import { KmsKey } from "@cdktf/provider-aws/lib/kms-key";
import { Construct } from "constructs";
import type { Account } from "./account";
import { policy } from "./iam";

export interface EncryptionKeyProps {
  readonly account: Account;
  /** A deleted key can be had back for 30 days where data is protected, for 7 where it is not. */
  readonly protect: boolean;
}

/**
 * The environment's own key: Kubernetes secrets, buckets, the database and logs are encrypted with it. One key costs a
 * dollar a month; what keeps components apart are their roles and the encryption context, not the number of keys.
 */
export class EncryptionKey extends Construct {
  readonly arn: string;

  constructor(scope: Construct, id: string, props: EncryptionKeyProps) {
    super(scope, id);
    const { account } = props;
    const key = new KmsKey(this, "key", {
      description: `${account.prefix}: secrets, buckets, database and logs`,
      enableKeyRotation: true,
      deletionWindowInDays: props.protect ? 30 : 7,
      policy: policy([
        {
          // Without this line nobody could ever change the key: rights are then given by IAM, as everywhere else.
          Sid: "AccountGivesRights",
          Effect: "Allow",
          Principal: { AWS: `arn:${account.partition}:iam::${account.id}:root` },
          Action: ["kms:*"],
          Resource: ["*"],
        },
        {
          Sid: "LogsOfThisAccount",
          Effect: "Allow",
          Principal: { Service: `logs.${account.region}.amazonaws.com` },
          Action: ["kms:Encrypt", "kms:Decrypt", "kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:DescribeKey"],
          Resource: ["*"],
          Condition: {
            ArnLike: {
              "kms:EncryptionContext:aws:logs:arn": `arn:${account.partition}:logs:${account.region}:${account.id}:*`,
            },
          },
        },
      ]),
    });
    new KmsAlias(this, "alias", { name: `alias/${account.prefix}`, targetKeyId: key.keyId });
    this.arn = key.arn;
  }
}
