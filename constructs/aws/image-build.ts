import { CodebuildProject } from "@cdktf/provider-aws/lib/codebuild-project";
import { Construct } from "constructs";
import type { AwsEnvironment } from "../contracts/environment";
import type { Account } from "./account";
import type { EncryptionKey } from "./encryption-key";
import { Role, type Statement, trustService } from "./iam";
import type { ImagePlan } from "./image-plan";
import { LogGroup } from "./log-group";
import { waive } from "./waive";

export interface ImageBuildProps {
  readonly account: Account;
  readonly key: EncryptionKey;
  readonly plan: ImagePlan;
  readonly architecture: AwsEnvironment["images"]["architecture"];
  /** The archive of `toolbox/`. */
  readonly source: { readonly bucketArn: string; readonly bucketName: string; readonly object: string };
  /** ARNs of the repositories that images are pushed to. */
  readonly push: readonly string[];
  /** ARNs of the repositories that copies of other registries' images are pulled into. */
  readonly pull: readonly string[];
}

/** Where a build runs. 4 vCPUs, 7 GiB: a cent a minute (us-east-1, x86), for some 15 minutes a change. */
const machines = {
  x86_64: { type: "LINUX_CONTAINER", image: "aws/codebuild/amazonlinux-x86_64-standard:5.0" },
  arm64: { type: "ARM_CONTAINER", image: "aws/codebuild/amazonlinux-aarch64-standard:3.0" },
} as const;

/**
 * The CodeBuild project that makes the images. It runs outside the VPC, so that it finds base images and packages where
 * the nodes find no way out, and can read one archive, push to the named repositories and write one log, no more.
 */
export class ImageBuild extends Construct {
  readonly arn: string;

  constructor(scope: Construct, id: string, props: ImageBuildProps) {
    super(scope, id);
    const { account, key, plan, source } = props;
    const logs = new LogGroup(this, "logs", { name: plan.logGroup, key });
    const arn = `arn:${account.partition}:codebuild:${account.region}:${account.id}:project/${plan.project}`;
    const role = new Role(this, "role", {
      name: [plan.project],
      trust: [
        trustService("codebuild.amazonaws.com", {
          StringEquals: { "aws:SourceAccount": account.id, "aws:SourceArn": arn },
        }),
      ],
      allow: rights(props, logs.resource.arn),
    });
    const project = new CodebuildProject(this, "project", {
      name: plan.project,
      description: "The images of toolbox/",
      serviceRole: role.arn,
      // Minutes.
      buildTimeout: 60,
      encryptionKey: key.arn,
      artifacts: { type: "NO_ARTIFACTS" },
      environment: {
        ...machines[props.architecture],
        computeType: "BUILD_GENERAL1_MEDIUM",
        privilegedMode: true,
        environmentVariable: [
          { name: "IMAGE_TAG", value: plan.tag },
          { name: "REGISTRY", value: account.registry },
        ],
      },
      logsConfig: { cloudwatchLogs: { groupName: logs.resource.name, streamName: plan.build } },
      source: { type: "S3", location: `${source.bucketName}/${source.object}`, buildspec: plan.buildspec },
      dependsOn: [...role.ready],
    });
    waive(project, { CKV_AWS_316: "Docker needs it to build; the container is gone after each build" });
    this.arn = project.arn;
  }
}

function rights({ account, key, source, push, pull }: ImageBuildProps, logGroupArn: string): Statement[] {
  return [
    { Effect: "Allow", Action: ["logs:CreateLogStream", "logs:PutLogEvents"], Resource: [`${logGroupArn}:*`] },
    { Effect: "Allow", Action: ["s3:GetBucketAcl", "s3:GetBucketLocation"], Resource: [source.bucketArn] },
    {
      Effect: "Allow",
      Action: ["s3:GetObject", "s3:GetObjectVersion"],
      Resource: [`${source.bucketArn}/${source.object}`],
    },
    {
      Effect: "Allow",
      Action: ["kms:Decrypt"],
      Resource: [key.arn],
      Condition: {
        StringEquals: {
          "kms:ViaService": `s3.${account.region}.amazonaws.com`,
          "kms:EncryptionContext:aws:s3:arn": source.bucketArn,
        },
      },
    },
    // Signs in to the registry; it names no repository, and opens none.
    { Effect: "Allow", Action: ["ecr:GetAuthorizationToken"], Resource: ["*"] },
    {
      Effect: "Allow",
      Action: [
        "ecr:BatchCheckLayerAvailability",
        // Docker asks whether the image is there before it pushes one.
        "ecr:BatchGetImage",
        "ecr:CompleteLayerUpload",
        "ecr:DescribeImages",
        "ecr:InitiateLayerUpload",
        "ecr:PutImage",
        "ecr:UploadLayerPart",
      ],
      Resource: [...push],
    },
    ...(pull.length > 0
      ? [
          {
            Effect: "Allow" as const,
            Action: ["ecr:BatchGetImage", "ecr:BatchImportUpstreamImage", "ecr:GetDownloadUrlForLayer"],
            Resource: [...pull],
          },
        ]
      : []),
  ];
}
