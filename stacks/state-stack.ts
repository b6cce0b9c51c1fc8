import { AwsProvider } from "@cdktf/provider-aws/lib/provider";
import { TerraformStack } from "cdktf";
import { Construct } from "constructs";
import { defaultTags } from "../constructs/aws/account";
import { PrivateBucket } from "../constructs/aws/private-bucket";
import { keepState } from "./state";

export interface StateStackProps {
  readonly environment: { readonly name: string };
  readonly bucket: string;
  readonly region: string;
}

/**
 * The bucket of the other stacks' states: made before them, and destroyed by nobody. Its own state cannot be in it, so
 * it is a file; `mlops deploy` does without that file as soon as the bucket is there.
 */
export class StateStack extends TerraformStack {
  /** The bucket's name and region, for who looks whether it is there. */
  readonly made: { readonly bucket: string; readonly region: string };

  constructor(scope: Construct, id: string, props: StateStackProps) {
    super(scope, id);
    const { bucket, region } = props;
    this.made = { bucket, region };
    keepState(this, { state: { mode: "local" } });
    new AwsProvider(this, "aws", { region, defaultTags: [{ tags: defaultTags(props.environment) }] });
    new PrivateBucket(new Construct(this, "state"), "bucket", {
      name: bucket,
      // AWS' own key for S3: a key that someone could delete would take every state with it.
      keyArn: "alias/aws/s3",
      forceDestroy: false,
      preventDestroy: true,
      // A state that was written over is the way back from a mistake, which may be noticed late.
      oldVersionDays: 365,
      waived: { CKV_AWS_18: "who deploys is in CloudTrail; a state has no other readers" },
    });
  }
}
