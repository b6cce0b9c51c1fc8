import { CloudwatchEventRule } from "@cdktf/provider-aws/lib/cloudwatch-event-rule";
import { CloudwatchEventTarget } from "@cdktf/provider-aws/lib/cloudwatch-event-target";
import { S3BucketNotification } from "@cdktf/provider-aws/lib/s3-bucket-notification";
import { S3Object } from "@cdktf/provider-aws/lib/s3-object";
import { AssetType, type ITerraformDependable, TerraformAsset } from "cdktf";
import { Construct } from "constructs";
import type { ImageReference, ProjectImages } from "../contracts/cluster-profile";
import type { AwsEnvironment } from "../contracts/environment";
import type { Account } from "./account";
import type { EncryptionKey } from "./encryption-key";
import { Role, trustService } from "./iam";
import { ImageBuild } from "./image-build";
import type { ImagePlan, ImageRecipe } from "./image-plan";
import { boundedName } from "./names";
import { PrivateBucket } from "./private-bucket";
import { PullThrough } from "./pull-through";
import { Repository } from "./repository";
import { toolboxSource } from "./toolbox-source";

export interface BuiltImagesProps {
  readonly account: Account;
  readonly key: EncryptionKey;
  readonly environment: AwsEnvironment;
  readonly plan: ImagePlan;
  /** What must be there before a build is asked for. */
  readonly after: readonly ITerraformDependable[];
}

/**
 * The project's own images, built in the account whenever what they are made of changes: the archive of `toolbox/` is
 * uploaded under a new name, its arrival starts a build, and the build pushes a tag that is known beforehand. Nobody
 * needs Docker.
 */
export class BuiltImages extends Construct {
  readonly images: ProjectImages;
  /** Where copies of other registries' images are, by registry. */
  readonly registries: Readonly<Record<string, string>>;

  constructor(scope: Construct, id: string, props: BuiltImagesProps) {
    super(scope, id);
    const { account, key, environment, plan } = props;
    const { protect } = environment;
    const made = plan.recipes.map(({ name, repository }) => ({
      name,
      repository: new Repository(this, name, { name: repository, key, protect }),
    }));
    const cache = new PullThrough(this, "pull-through", { account, key, environment });
    // Not the bucket of people's data: whoever may write here decides what every server runs.
    const bucket = new PrivateBucket(this, "source", {
      name: `${boundedName([account.prefix, "images"], 63 - 13)}-${account.id}`,
      keyArn: key.arn,
      forceDestroy: true,
      oldVersionDays: 7,
      waived: { CKV_AWS_18: "the repository says what was uploaded and when", CKV2_AWS_62: undefined },
    });
    const object = `toolbox/${plan.build}.zip`;
    const build = new ImageBuild(this, "build", {
      account,
      key,
      plan,
      architecture: environment.images.architecture,
      source: { bucketArn: bucket.arn, bucketName: bucket.name, object },
      push: made.map(({ repository }) => repository.arn),
      pull: cache.repositories.map(({ arn }) => arn),
    });
    const started = this.startOnUpload(props, bucket, build);
    const archive = new TerraformAsset(this, "archive", {
      path: toolboxSource().file,
      type: AssetType.FILE,
      assetHash: plan.build,
    });
    new S3Object(this, "upload", {
      bucket: bucket.name,
      key: object,
      source: archive.path,
      dependsOn: [bucket.ready, ...started, ...props.after],
    });
    const reference = (wanted: ImageRecipe["name"]): ImageReference | undefined => {
      const found = made.find(({ name }) => name === wanted);
      return found && { repository: found.repository.url, tag: plan.tag };
    };
    const [toolbox, serving, toolboxGpu] = [reference("toolbox"), reference("serving"), reference("toolbox-gpu")];
    if (!toolbox || !serving) throw new Error("the plan of images has no toolbox or no serving image");
    this.images = { toolbox, serving, ...(toolboxGpu ? { toolboxGpu } : {}) };
    this.registries = cache.registries;
  }

  /** Starts the build with each archive that arrives; what is returned must be there before the first one does. */
  private startOnUpload(props: BuiltImagesProps, bucket: PrivateBucket, build: ImageBuild): ITerraformDependable[] {
    const { account, plan } = props;
    const notification = new S3BucketNotification(this, "notification", { bucket: bucket.name, eventbridge: true });
    const rule = new CloudwatchEventRule(this, "arrival", {
      name: plan.project,
      eventPattern: JSON.stringify({
        source: ["aws.s3"],
        "detail-type": ["Object Created"],
        detail: { bucket: { name: [bucket.name] }, object: { key: [{ prefix: "toolbox/" }] } },
      }),
    });
    const role = new Role(this, "starter", {
      name: [plan.project, "start"],
      trust: [
        trustService("events.amazonaws.com", {
          StringEquals: { "aws:SourceAccount": account.id, "aws:SourceArn": rule.arn },
        }),
      ],
      allow: [{ Effect: "Allow", Action: ["codebuild:StartBuild"], Resource: [build.arn] }],
    });
    const target = new CloudwatchEventTarget(this, "start", {
      rule: rule.name,
      arn: build.arn,
      roleArn: role.arn,
      dependsOn: [...role.ready],
    });
    return [notification, target];
  }
}
