import {
  DeleteLogGroupCommand,
  ListTagsForResourceCommand as ListLogTags,
  paginateDescribeLogGroups,
} from "@aws-sdk/client-cloudwatch-logs";
import {
  DeleteRepositoryCommand,
  ListTagsForResourceCommand as ListRepositoryTags,
  paginateDescribeRepositories,
} from "@aws-sdk/client-ecr";
import { type AwsLeftover, type LeftoverKind, monthlyPrice } from "../leftover";
import { tagsOf, whyNamedOurs } from "../ownership";

/** Services write again after Terraform has deleted their group, and make a new one, without tags and for ever. */
export const logGroups: LeftoverKind = {
  kind: "log group",
  arns: /:log-group:/,
  async find(place) {
    const { cluster } = place;
    // With the slash: `open-mlops-dev` must not match `open-mlops-dev-2`.
    const folders = ["/aws/eks/", "/aws/vpc/", "/aws/rds/instance/", "/aws/containerinsights/"];
    const named = (name: string) =>
      folders.some((folder) => name.startsWith(`${folder}${cluster}/`)) || name === `/aws/codebuild/${cluster}-images`;
    const found: AwsLeftover[] = [];
    for await (const page of paginateDescribeLogGroups(
      { client: place.clients.logs },
      { logGroupNamePrefix: "/aws/" },
    )) {
      for (const { logGroupName: name = "", logGroupArn, arn, storedBytes = 0 } of page.logGroups ?? []) {
        if (!name.includes(cluster)) continue;
        const resourceArn = logGroupArn ?? arn?.replace(/:\*$/, "") ?? "";
        const { tags = {} } = await place.clients.logs.send(new ListLogTags({ resourceArn }));
        const because = whyNamedOurs(name, named(name), tags, place);
        if (!because) continue;
        found.push({
          kind: this.kind,
          id: name,
          name,
          because,
          monthly: monthlyPrice("logs-storage", place, storedBytes / 1e9),
          remedy: `aws logs delete-log-group --region ${place.region} --log-group-name ${name}`,
        });
      }
    }
    return found;
  },
  async remove({ clients }, { id }) {
    await clients.logs.send(new DeleteLogGroupCommand({ logGroupName: id }));
  },
};

/** Copies of public images, which the registry makes when a node first pulls one. They can be pulled again. */
export const repositories: LeftoverKind = {
  kind: "image repository",
  arns: /:ecr:[^:]*:[^:]*:repository\//,
  async find(place) {
    const found: AwsLeftover[] = [];
    for await (const page of paginateDescribeRepositories({ client: place.clients.ecr }, {})) {
      for (const { repositoryName: name = "", repositoryArn: resourceArn = "" } of page.repositories ?? []) {
        const { tags } = await place.clients.ecr.send(new ListRepositoryTags({ resourceArn }));
        const because = whyNamedOurs(name, name.startsWith(`${place.cluster}/`), tagsOf(tags), place);
        const remedy = `aws ecr delete-repository --region ${place.region} --force --repository-name ${name}`;
        if (because) found.push({ kind: this.kind, id: name, name, because, remedy });
      }
    }
    return found;
  },
  async remove({ clients }, { id }) {
    await clients.ecr.send(new DeleteRepositoryCommand({ repositoryName: id, force: true }));
  },
};
