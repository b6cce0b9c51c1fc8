import { S3Bucket } from "@cdktf/provider-aws/lib/s3-bucket";
import { S3BucketLifecycleConfiguration } from "@cdktf/provider-aws/lib/s3-bucket-lifecycle-configuration";
import { S3BucketLoggingA } from "@cdktf/provider-aws/lib/s3-bucket-logging";
import { S3BucketObjectLockConfigurationA } from "@cdktf/provider-aws/lib/s3-bucket-object-lock-configuration";
import { S3BucketOwnershipControls } from "@cdktf/provider-aws/lib/s3-bucket-ownership-controls";
import { S3BucketPolicy } from "@cdktf/provider-aws/lib/s3-bucket-policy";
import { S3BucketPublicAccessBlock } from "@cdktf/provider-aws/lib/s3-bucket-public-access-block";
import { S3BucketServerSideEncryptionConfigurationA } from "@cdktf/provider-aws/lib/s3-bucket-server-side-encryption-configuration";
import { S3BucketVersioningA } from "@cdktf/provider-aws/lib/s3-bucket-versioning";
import type { ITerraformDependable } from "cdktf";
import { Construct } from "constructs";
import { policy, type Statement } from "./iam";
import { type CheckId, waive } from "./waive";

export interface PrivateBucketProps {
  /** The whole name: names are shared by everyone who uses S3. */
  readonly name: string;
  /** The key that its objects are encrypted with. Default: S3's own, where another service writes that can use no other. */
  readonly keyArn?: string;
  /** Destroy deletes what is in it. */
  readonly forceDestroy: boolean;
  /** Terraform refuses every plan that would destroy it. Default false. */
  readonly preventDestroy?: true;
  /** Days that an overwritten or deleted version is kept. */
  readonly oldVersionDays: number;
  /** Days that an object is kept. Default: for ever. */
  readonly expireDays?: number;
  /** What keeps every version from everybody's hands after it was written. Default: nothing. */
  readonly lock?: ObjectLock;
  /** Where requests are written down. Default: nowhere. */
  readonly accessLog?: LogTarget;
  /** Rights besides those that IAM gives; what is not over TLS is refused in any case. Default: none. */
  readonly statements?: (arn: string) => readonly Statement[];
  /** Rules of checkov that it does not keep, beside those of every bucket. */
  readonly waived?: Readonly<Partial<Record<CheckId, string>>>;
}

/**
 * `compliance`: nobody removes a version before its days are over, not even the account's root user, and no bucket that has
 * one; what it costs is owed until then. `governance`: an administrator with the right to bypass it may, and destroy does.
 */
export interface ObjectLock {
  readonly mode: "compliance" | "governance";
  readonly days: number;
}

/** A bucket that S3 may write access logs to. */
export interface LogTarget {
  readonly bucket: string;
  /** What must be there before S3 accepts it. */
  readonly ready: ITerraformDependable;
}

/** What no bucket here does, with the reason. */
const everywhere: Readonly<Partial<Record<CheckId, string>>> = {
  CKV_AWS_144: "one region: versions keep what is deleted; a second region is a matter of price and law",
  CKV2_AWS_62: "nothing here acts on new objects",
};

/** A bucket that keeps versions, encrypts, knows no ACLs, refuses plain HTTP and can never be public. */
export class PrivateBucket extends Construct {
  readonly name: string;
  readonly arn: string;
  /** Its policy: the last thing made before others may use it. */
  readonly ready: ITerraformDependable;

  constructor(scope: Construct, id: string, props: PrivateBucketProps) {
    super(scope, id);
    const { keyArn, accessLog } = props;
    const bucket = new S3Bucket(this, "bucket", {
      bucket: props.name,
      forceDestroy: props.forceDestroy,
      ...(props.lock ? { objectLockEnabled: true } : {}),
      ...(props.preventDestroy ? { lifecycle: { preventDestroy: true } } : {}),
    });
    waive(bucket, { ...everywhere, ...props.waived });
    this.name = bucket.bucket;
    this.arn = bucket.arn;

    const closed = new S3BucketPublicAccessBlock(this, "public-access", {
      bucket: bucket.id,
      blockPublicAcls: true,
      blockPublicPolicy: true,
      ignorePublicAcls: true,
      restrictPublicBuckets: true,
    });
    const owner = new S3BucketOwnershipControls(this, "ownership", {
      bucket: bucket.id,
      rule: { objectOwnership: "BucketOwnerEnforced" },
      // S3 refuses two changes of access at one time.
      dependsOn: [closed],
    });
    const versioning = new S3BucketVersioningA(this, "versioning", {
      bucket: bucket.id,
      versioningConfiguration: { status: "Enabled" },
    });
    if (props.lock) {
      new S3BucketObjectLockConfigurationA(this, "lock", {
        bucket: bucket.id,
        rule: { defaultRetention: { mode: props.lock.mode.toUpperCase(), days: props.lock.days } },
        dependsOn: [versioning],
      });
    }
    new S3BucketServerSideEncryptionConfigurationA(this, "encryption", {
      bucket: bucket.id,
      rule: [
        {
          applyServerSideEncryptionByDefault: keyArn
            ? { sseAlgorithm: "aws:kms", kmsMasterKeyId: keyArn }
            : { sseAlgorithm: "AES256" },
          // One request to the key service a bucket and hour instead of one an object.
          bucketKeyEnabled: keyArn !== undefined,
        },
      ],
    });
    this.ready = new S3BucketPolicy(this, "policy", {
      bucket: bucket.id,
      policy: policy([
        {
          Sid: "TlsOnly",
          Effect: "Deny",
          Principal: "*",
          Action: ["s3:*"],
          Resource: [bucket.arn, `${bucket.arn}/*`],
          Condition: { Bool: { "aws:SecureTransport": "false" } },
        },
        ...(props.statements?.(bucket.arn) ?? []),
      ]),
      dependsOn: [closed, owner],
    });
    new S3BucketLifecycleConfiguration(this, "lifecycle", {
      bucket: bucket.id,
      rule: [
        {
          id: "old-versions",
          status: "Enabled",
          filter: [{ prefix: "" }],
          noncurrentVersionExpiration: [{ noncurrentDays: props.oldVersionDays }],
          abortIncompleteMultipartUpload: [{ daysAfterInitiation: 7 }],
          // Of an object without versions only the mark of its deletion is left; listing would go over it for ever.
          expiration: props.expireDays ? [{ days: props.expireDays }] : [{ expiredObjectDeleteMarker: true }],
        },
      ],
      dependsOn: [versioning],
    });
    if (accessLog) {
      new S3BucketLoggingA(this, "access-log", {
        bucket: bucket.id,
        targetBucket: accessLog.bucket,
        targetPrefix: `${id}/`,
        dependsOn: [accessLog.ready],
      });
    }
  }
}
