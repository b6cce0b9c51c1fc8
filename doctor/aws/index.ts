import { Resolver } from "node:dns/promises";
import type { AwsEnvironment } from "../../constructs/contracts/aws-environment";
import type { Environment } from "../../constructs/contracts/load";
import { awsPlace } from "../../deployment/aws/place";
import { examine, type Finding, warn } from "../check";
import { accountChecks, regionCheck, signIn } from "./account";
import { deploymentChecks } from "./cluster";
import type { AwsContext } from "./context";
import { domainCheck } from "./domain";
import { quotaChecks } from "./quotas";
import { zoneChecks } from "./zones";

/** Everything that is asked of an account, in the order in which one mends it. */
export const awsChecks = [...accountChecks, ...zoneChecks, ...deploymentChecks, domainCheck, ...quotaChecks];

/** Whether an AWS account can hold an environment. Nothing is changed in it. */
export async function examineAws(
  environment: AwsEnvironment & Pick<Environment, "components" | "foundation">,
  today: Date,
  nameServers: AwsContext["nameServers"] = askDns,
): Promise<Finding[]> {
  const place = awsPlace(environment);
  const { finding, caller } = await signIn(place);
  if (!caller) return [finding, unasked];
  const context: AwsContext = { environment, place, caller, today, nameServers };
  const region = await examine([regionCheck], context);
  const rest = region.some(({ verdict }) => verdict === "fail") ? accountChecks : awsChecks;
  return [finding, ...region, ...(await examine(rest, context))];
}

/** So that a short table is not read as a good one. */
const unasked: Finding = {
  check: "AWS account",
  ...warn(
    `not asked: ${awsChecks.length + 1} checks of region, machines, version, state, domain, price and quotas`,
    "sign in, and ask again; `mlops cost` tells the price without an account",
  ),
};

/** Asks the resolvers of this machine; five seconds and two tries. */
async function askDns(domain: string): Promise<readonly string[]> {
  return new Resolver({ timeout: 5_000, tries: 2 }).resolveNs(domain);
}
