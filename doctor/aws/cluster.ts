import { paginateDescribeClusterVersions } from "@aws-sdk/client-eks";
import { HeadBucketCommand } from "@aws-sdk/client-s3";
import { versionSupport } from "../../constructs/contracts/kubernetes-versions";
import { statement } from "../../cost/statement";
import { awsClients } from "../../deployment/aws/clients";
import { clusterStatus } from "../../deployment/aws/standing";
import { fail, pass, warn } from "../check";
import { awsCheck } from "./context";

export const deploymentChecks = [
  awsCheck("Kubernetes version", async ({ environment, place, today }) => {
    const { version } = environment.kubernetes;
    const known: { readonly version: string; readonly standard: boolean; readonly until: string }[] = [];
    for await (const page of paginateDescribeClusterVersions({ client: place.clients.eks }, { includeAll: true })) {
      for (const { clusterVersion = "", versionStatus, endOfStandardSupportDate } of page.clusterVersions ?? [])
        known.push({
          version: clusterVersion,
          standard: versionStatus === "STANDARD_SUPPORT",
          until: endOfStandardSupportDate?.toISOString().slice(0, 10) ?? "a day that AWS has not named",
        });
    }
    const found = known.find((each) => each.version === version);
    const usable = known.filter(({ standard }) => standard).map((each) => each.version);
    if (!found?.standard) {
      return fail(
        found ? `EKS gives ${version} extended support alone` : `EKS has no ${version} in ${place.region}`,
        `use one of ${usable.join(", ")} in kubernetes.version`,
      );
    }
    const { error, warning } = versionSupport(version, today);
    if (error) return fail(`${version}: ${error}`, `use one of ${usable.join(", ")} in kubernetes.version`);
    return warning
      ? warn(`${version}: ${warning}`, "plan the upgrade: change kubernetes.version by one, and deploy")
      : pass(`${version}, with standard support until ${found.until}`);
  }),
  awsCheck("state", async ({ environment: { state } }) => {
    if (state.mode === "local") return pass("a file of this machine, in .state/");
    const { bucket, region, make } = state;
    try {
      await awsClients(region).s3.send(new HeadBucketCommand({ Bucket: bucket }));
      return pass(`s3://${bucket}`);
    } catch (error) {
      const status = (error as { $metadata?: { httpStatusCode?: number } }).$metadata?.httpStatusCode;
      if (status === 301) return fail(`the bucket ${bucket} is in another region`, "correct state.region");
      if (status === 403) {
        return fail(
          `the bucket ${bucket} is not yours, or you may not read it`,
          "have s3:ListBucket, s3:GetObject, s3:PutObject and s3:DeleteObject allowed on it, or choose another name",
        );
      }
      if (status !== 404) throw error;
      return make
        ? pass(`the bucket ${bucket} will be made`)
        : fail(`there is no bucket ${bucket}`, "make it, or say `make: true` in state");
    }
  }),
  awsCheck("price", async ({ environment, place }) => {
    const status = await clusterStatus(place);
    const { idle, inUse } = statement({ environment }).total;
    const what = status ? `the cluster is there (${status}); all of it costs` : "what will be made costs";
    return pass(`${what} about $${Math.round(idle)} a month idle, $${Math.round(inUse)} in use: see \`mlops cost\``);
  }),
];
