import { S3Bucket } from "@cdktf/provider-aws/lib/s3-bucket";
import { S3BucketLifecycleConfiguration } from "@cdktf/provider-aws/lib/s3-bucket-lifecycle-configuration";
import { S3BucketPolicy } from "@cdktf/provider-aws/lib/s3-bucket-policy";
import { S3BucketPublicAccessBlock } from "@cdktf/provider-aws/lib/s3-bucket-public-access-block";
import { S3BucketServerSideEncryptionConfigurationA } from "@cdktf/provider-aws/lib/s3-bucket-server-side-encryption-configuration";
import { S3BucketVersioningA } from "@cdktf/provider-aws/lib/s3-bucket-versioning";
import { Construct } from "constructs";
import type { Bucket } from "../contracts/cluster-profile";
import type { AnyComponent } from "../contracts/component";
import { dataBucket } from "../contracts/needs";
import type { Account } from "./account";
import type { EncryptionKey } from "./encryption-key";
import { policy, type Statement } from "./iam";
import { boundedName } from "./names";

export interface BucketsProps {
  readonly account: Account;
  readonly key: EncryptionKey;
  readonly components: readonly Pick<AnyComponent, "name" | "needs">[];
  /** False lets destroy delete what is in the buckets. */
  readonly protect: boolean;
}

/** The shared bucket `data`, and those that components declared. */
export class Buckets extends Construct {
  private readonly made = new Map<string, EncryptedBucket>();

  constructor(scope: Construct, id: string, props: BucketsProps) {
    super(scope, id);
    const make = (name: string, component?: string) => {
      const path = component ? `${component}-${name}` : name;
      this.made.set(path, new EncryptedBucket(this, path, { ...props, path }));
    };
    make(dataBucket);
    for (const { name: component, needs } of props.components) {
      for (const name of needs.buckets ?? []) make(name, component);
    }
  }

  /** A component's bucket by its short name, or the shared one. */
  bucket(name: string, component?: string): EncryptedBucket {
    const bucket = this.made.get(component ? `${component}-${name}` : name);
    if (!bucket) {
      const owner = component ?? "the platform";
      throw new Error(`${owner} has no bucket "${name}"; declare it in needs.buckets`);
    }
    return bucket;
  }
}

interface EncryptedBucketProps extends Pick<BucketsProps, "account" | "key" | "protect"> {
  /** Owner and short name, as the bucket's name shows them. */
  readonly path: string;
}

/** A bucket that keeps versions, encrypts with the environment's key, refuses plain HTTP and can never be public. */
export class EncryptedBucket extends Construct implements Bucket {
  readonly name: string;
  readonly region: string;
  readonly uri: string;
  private readonly arn: string;

  constructor(
    scope: Construct,
    id: string,
    private readonly props: EncryptedBucketProps,
  ) {
    super(scope, id);
    const { account, key, protect } = props;
    // Names are shared by everyone who uses S3: the account's 12 digits make ours unique, within S3's 63 characters.
    const name = `${boundedName([account.prefix, props.path], 63 - 13)}-${account.id}`;
    const bucket = new S3Bucket(this, "bucket", { bucket: name, forceDestroy: !protect });
    this.name = bucket.bucket;
    this.arn = bucket.arn;
    this.region = account.region;
    this.uri = `s3://${this.name}`;

    const closed = new S3BucketPublicAccessBlock(this, "public-access", {
      bucket: bucket.id,
      blockPublicAcls: true,
      blockPublicPolicy: true,
      ignorePublicAcls: true,
      restrictPublicBuckets: true,
    });
    const versioning = new S3BucketVersioningA(this, "versioning", {
      bucket: bucket.id,
      versioningConfiguration: { status: "Enabled" },
    });
    new S3BucketServerSideEncryptionConfigurationA(this, "encryption", {
      bucket: bucket.id,
      rule: [
        {
          applyServerSideEncryptionByDefault: { sseAlgorithm: "aws:kms", kmsMasterKeyId: key.arn },
          // One request to the key service a bucket and hour instead of one an object.
          bucketKeyEnabled: true,
        },
      ],
    });
    new S3BucketPolicy(this, "policy", {
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
      ]),
      // S3 refuses two changes of access at one time.
      dependsOn: [closed],
    });
    new S3BucketLifecycleConfiguration(this, "lifecycle", {
      bucket: bucket.id,
      rule: [
        {
          id: "old-versions",
          status: "Enabled",
          filter: [{ prefix: "" }],
          noncurrentVersionExpiration: [{ noncurrentDays: protect ? 90 : 7 }],
          abortIncompleteMultipartUpload: [{ daysAfterInitiation: 7 }],
        },
      ],
      dependsOn: [versioning],
    });
  }

  /** What an identity must be allowed to read and write here, and nowhere else. */
  readAndWrite(): Statement[] {
    const { account, key } = this.props;
    return [
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
