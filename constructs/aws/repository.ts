import { EcrLifecyclePolicy } from "@cdktf/provider-aws/lib/ecr-lifecycle-policy";
import { EcrRepository } from "@cdktf/provider-aws/lib/ecr-repository";
import { Construct } from "constructs";
import type { EncryptionKey } from "./encryption-key";

export interface RepositoryProps {
  readonly name: string;
  readonly key: EncryptionKey;
  /** False lets destroy delete the images in it. */
  readonly protect: boolean;
}

/** Images that are kept, newest first, with a tag or (which no push of ours leaves) without: enough to go back to one that was good. */
const kept = 10;

/** A repository of images whose tags never move, looked through for known weaknesses as they arrive. */
export class Repository extends Construct {
  /** `<registry>/<name>`, known when Terraform runs. */
  readonly url: string;
  readonly arn: string;

  constructor(scope: Construct, id: string, props: RepositoryProps) {
    super(scope, id);
    const repository = new EcrRepository(this, "repository", {
      name: props.name,
      imageTagMutability: "IMMUTABLE",
      imageScanningConfiguration: { scanOnPush: true },
      encryptionConfiguration: [{ encryptionType: "KMS", kmsKey: props.key.arn }],
      forceDelete: !props.protect,
    });
    new EcrLifecyclePolicy(this, "lifecycle", {
      repository: repository.name,
      policy: JSON.stringify({
        rules: [
          {
            rulePriority: 1,
            selection: { tagStatus: "any", countType: "imageCountMoreThan", countNumber: kept },
            action: { type: "expire" },
          },
        ],
      }),
    });
    this.url = repository.repositoryUrl;
    this.arn = repository.arn;
  }
}
