import { paginateDescribeTags } from "@aws-sdk/client-ec2";
import { ListTagsForResourceCommand as ListClusterTags } from "@aws-sdk/client-eks";
import { ListTagsForResourceCommand as ListDatabaseTags } from "@aws-sdk/client-rds";
import { isNotFound } from "./errors";
import type { AwsPlace } from "./place";

/** Of these ARNs those that are still there, as far as their services can be asked: AWS lists tags for an hour longer. */
export async function stillThere(place: AwsPlace, arns: readonly string[]): Promise<ReadonlySet<string>> {
  const { ec2, eks, rds } = place.clients;
  const there = new Set<string>();
  const service = (arn: string) => arn.split(":")[2];
  const ofEc2 = new Map(arns.filter((arn) => service(arn) === "ec2").map((arn) => [arn.split("/").at(-1) ?? "", arn]));
  const ids = [...ofEc2.keys()];
  // As many values as AWS takes in a filter.
  for (let from = 0; from < ids.length; from += 200) {
    const Filters = [{ Name: "resource-id", Values: ids.slice(from, from + 200) }];
    for await (const page of paginateDescribeTags({ client: ec2 }, { Filters }))
      for (const { ResourceId = "" } of page.Tags ?? []) there.add(ofEc2.get(ResourceId) ?? "");
  }
  for (const arn of arns) {
    const ask = {
      eks: () => eks.send(new ListClusterTags({ resourceArn: arn })),
      rds: () => rds.send(new ListDatabaseTags({ ResourceName: arn })),
    }[service(arn) ?? ""];
    if (service(arn) === "ec2") continue;
    try {
      await ask?.();
      there.add(arn);
    } catch (error) {
      if (!isNotFound(error)) throw error;
    }
  }
  return there;
}
