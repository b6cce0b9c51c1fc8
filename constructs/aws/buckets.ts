import { Construct } from "constructs";
import type { Bucket } from "../contracts/cluster-profile";
import type { Part } from "../contracts/foundation";
import { dataBucket } from "../contracts/needs";
import type { Account } from "./account";
import type { EncryptionKey } from "./encryption-key";
import type { Statement } from "./iam";
import { boundedName } from "./names";
import { type LogTarget, PrivateBucket } from "./private-bucket";

export interface BucketsProps {
  readonly account: Account;
  readonly key: EncryptionKey;
  readonly parts: readonly Pick<Part, "name" | "needs">[];
  /** False lets destroy delete what is in the buckets, and keeps no log of who read them. */
  readonly protect: boolean;
}

/** The shared bucket `data`, and those that parts declared. */
export class Buckets extends Construct {
  private readonly made = new Map<string, ComponentBucket>();

  constructor(scope: Construct, id: string, props: BucketsProps) {
    super(scope, id);
    const accessLog = props.protect ? logBucket(this, props.account) : undefined;
    const make = (name: string, component?: string, lockedDays?: number) => {
      const path = component ? `${component}-${name}` : name;
      this.made.set(path, new ComponentBucket(this, path, { ...props, path, accessLog, lockedDays }));
    };
    make(dataBucket);
    for (const { name: component, needs } of props.parts) {
      for (const name of needs.buckets ?? []) make(name, component, needs.lockedDays?.[name]);
    }
  }

  /** A component's bucket by its short name, or the shared one. */
  bucket(name: string, component?: string): ComponentBucket {
    const bucket = this.made.get(component ? `${component}-${name}` : name);
    if (!bucket) {
      const owner = component ?? "the platform";
      throw new Error(`${owner} has no bucket "${name}"; declare it in needs.buckets`);
    }
    return bucket;
  }
}

/** The account's 12 digits make a name ours alone, within S3's 63 characters. */
function bucketName(account: Account, path: string): string {
  return `${boundedName([account.prefix, path], 63 - 13)}-${account.id}`;
}

/**
 * Who read and wrote what in the environment's other buckets, for a year. S3 writes to it, and nobody else; it has no
 * log itself, which would go on for ever.
 */
function logBucket(scope: Construct, account: Account): LogTarget {
  const { name, ready } = new PrivateBucket(scope, "access-logs", {
    name: bucketName(account, "access-logs"),
    // It goes with the protection, in the apply that ends it, and is never empty then.
    forceDestroy: true,
    oldVersionDays: 7,
    expireDays: 365,
    waived: { CKV_AWS_145: "S3 delivers access logs only to a bucket that is encrypted with its own key" },
    statements: (arn) => [
      {
        Sid: "AccessLogsOfThisEnvironment",
        Effect: "Allow",
        Principal: { Service: "logging.s3.amazonaws.com" },
        Action: ["s3:PutObject"],
        Resource: [`${arn}/*`],
        Condition: {
          StringEquals: { "aws:SourceAccount": account.id },
          ArnLike: { "aws:SourceArn": `arn:${account.partition}:s3:::${account.prefix}-*` },
        },
      },
    ],
  });
  return { bucket: name, ready };
}

interface ComponentBucketProps extends Pick<BucketsProps, "account" | "key" | "protect"> {
  /** Owner and short name, as the bucket's name shows them. */
  readonly path: string;
  readonly accessLog?: LogTarget;
  /** Default: an identity that may write may overwrite and remove; old versions are kept for some time. */
  readonly lockedDays?: number;
}

/** A bucket of a component, or the one that all share, encrypted with the environment's key. */
export class ComponentBucket extends PrivateBucket implements Bucket {
  readonly region: string;
  readonly uri: string;

  constructor(
    scope: Construct,
    id: string,
    private readonly props: ComponentBucketProps,
  ) {
    const { account, key, protect, lockedDays } = props;
    super(scope, id, {
      name: bucketName(account, props.path),
      keyArn: key.arn,
      forceDestroy: !protect,
      // In a locked bucket the lock says how long; what is removed after that is gone.
      oldVersionDays: lockedDays ? 1 : protect ? 90 : 7,
      ...(lockedDays ? { lock: { mode: protect ? "compliance" : "governance", days: lockedDays } } : {}),
      accessLog: props.accessLog,
      waived: props.accessLog
        ? {}
        : { CKV_AWS_18: "nothing is protected here, and a log would cost more than it tells" },
    });
    this.region = account.region;
    this.uri = `s3://${this.name}`;
  }

  /** What an identity must be allowed to read and write here, and nowhere else. */
  readAndWrite(): Statement[] {
    const { account, key, lockedDays } = this.props;
    return [
      // Who keeps backups finds what somebody has removed; nobody here may remove a version.
      ...(lockedDays
        ? [
            { Effect: "Allow" as const, Action: ["s3:ListBucketVersions"], Resource: [this.arn] },
            { Effect: "Allow" as const, Action: ["s3:GetObjectVersion"], Resource: [`${this.arn}/*`] },
          ]
        : []),
      {
        Effect: "Allow",
        Action: ["s3:ListBucket", "s3:GetBucketLocation", "s3:ListBucketMultipartUploads"],
        Resource: [this.arn],
      },
      {
        Effect: "Allow",
        Action: [
          "s3:GetObject",
          "s3:PutObject",
          "s3:DeleteObject",
          "s3:AbortMultipartUpload",
          "s3:ListMultipartUploadParts",
        ],
        Resource: [`${this.arn}/*`],
      },
      {
        Effect: "Allow",
        Action: ["kms:Decrypt", "kms:GenerateDataKey"],
        Resource: [key.arn],
        // The key is shared by all buckets; its use is bound to this one.
        Condition: {
          StringEquals: {
            "kms:ViaService": `s3.${account.region}.amazonaws.com`,
            "kms:EncryptionContext:aws:s3:arn": this.arn,
          },
        },
      },
    ];
  }
}
