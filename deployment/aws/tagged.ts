import { paginateGetResources, type ResourceTagMapping } from "@aws-sdk/client-resource-groups-tagging-api";
import { awsClients } from "./clients";
import { tagsOf, whyOurs } from "./ownership";
import { type AwsPlace, homeRegion } from "./place";

/** Every ARN that the environment's tags stand on, or the cluster's mark. AWS lists some for a while after they are gone. */
export async function taggedArns(
  place: AwsPlace,
  types?: readonly string[],
): Promise<readonly { readonly arn: string; readonly because: string }[]> {
  const searches = [
    [
      { Key: "Project", Values: ["open-mlops-blueprint"] },
      { Key: "Environment", Values: [place.environment] },
    ],
    [{ Key: `kubernetes.io/cluster/${place.cluster}`, Values: ["owned"] }],
  ];
  const found = new Map<string, string>();
  const take = ({ ResourceARN: arn = "", Tags }: ResourceTagMapping) => {
    const because = whyOurs(tagsOf(Tags), place);
    if (because) found.set(arn, because);
  };
  const { tagging } = place.clients;
  for (const TagFilters of searches) {
    const query = { TagFilters, ...(types ? { ResourceTypeFilters: [...types] } : {}) };
    for await (const page of paginateGetResources({ client: tagging }, query))
      page.ResourceTagMappingList?.forEach(take);
  }
  // There are the tags of what has no region.
  if (place.region !== homeRegion(place) && !types) {
    const { tagging: elsewhere } = awsClients(homeRegion(place));
    for await (const page of paginateGetResources({ client: elsewhere }, { TagFilters: searches[0] }))
      page.ResourceTagMappingList?.filter(({ ResourceARN = "" }) => ResourceARN.split(":")[3] === "").forEach(take);
  }
  return [...found].map(([arn, because]) => ({ arn, because }));
}
