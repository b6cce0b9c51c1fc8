import { AwsProvider } from "@cdktf/provider-aws/lib/provider";
import { TerraformOutput, TerraformStack } from "cdktf";
import type { Construct } from "constructs";
import { defaultTags } from "../constructs/aws/account";
import { activateCostTags } from "../constructs/aws/budget";
import { AwsCluster } from "../constructs/aws/cluster";
import { imagePlan } from "../constructs/aws/image-plan";
import type { ClusterProfile } from "../constructs/contracts/cluster-profile";
import type { AwsEnvironment } from "../constructs/contracts/environment";
import type { Part } from "../constructs/contracts/foundation";
import { keepState } from "./state";

export interface ClusterStackProps {
  readonly environment: AwsEnvironment;
  /** All parts of the foundation and all components. */
  readonly parts: readonly Pick<Part, "name" | "needs">[];
}

/** Everything an environment has in AWS. Its state outlives the platform's: the platform is destroyed first. */
export class ClusterStack extends TerraformStack {
  readonly profile: ClusterProfile;

  constructor(scope: Construct, id: string, props: ClusterStackProps) {
    super(scope, id);
    const { environment, parts } = props;
    keepState(this, environment);
    new AwsProvider(this, "aws", { region: environment.region, defaultTags: [{ tags: defaultTags(environment) }] });
    const cluster = new AwsCluster(this, "cluster", { environment, parts });
    this.profile = cluster.profile;
    if (cluster.nameServers) {
      new TerraformOutput(this, "name-servers", {
        description: "Delegate the domain to these where its parent is kept; the certificate waits for it",
        value: cluster.nameServers,
      });
    }
    const plan = imagePlan(environment);
    const [last] = plan?.wanted.slice(-1) ?? [];
    if (last) {
      new TerraformOutput(this, "images", {
        description:
          "Run this between the two stacks where cdktf deploys them: it waits for the images, as mlops deploy does",
        value: `until aws ecr describe-images --region ${environment.region} --repository-name ${last.repository} --image-ids imageTag=${last.tag}; do sleep 20; done`,
      });
    }
    if (environment.budget) {
      new TerraformOutput(this, "budget", {
        description:
          "Run this once in the account that pays, a day after the first deployment: the budget counts nothing before",
        value: activateCostTags,
      });
    }
    new TerraformOutput(this, "kubeconfig", {
      description: "Run this to use kubectl with the cluster",
      value: kubeconfigCommand(cluster.clusterName, environment.region),
    });
  }
}

export function kubeconfigCommand(clusterName: string, region: string): string {
  return `aws eks update-kubeconfig --name ${clusterName} --alias ${clusterName} --region ${region}`;
}
