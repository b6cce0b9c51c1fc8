import { DescribeRegionsCommand } from "@aws-sdk/client-ec2";
import { GetCallerIdentityCommand } from "@aws-sdk/client-sts";
import type { AwsEnvironment } from "../../constructs/contracts/aws-environment";
import { awsClients } from "../../deployment/aws/clients";
import { type AwsPlace, homeRegion } from "../../deployment/aws/place";
import { type Finding, fail, pass } from "../check";
import { type AwsContext, awsCheck, type Caller, refused } from "./context";

/** The account that stands in examples: AWS gives it to nobody. */
export const placeholderAccount = "111122223333";

/** Who is signed in; without that nothing else can be asked. A region that is not enabled knows nobody, so another is asked. */
export async function signIn(place: AwsPlace): Promise<{ readonly finding: Finding; readonly caller?: Caller }> {
  const check = "AWS credentials";
  try {
    const { Account: account = "", Arn: arn = "" } = await awsClients(homeRegion(place)).sts.send(
      new GetCallerIdentityCommand({}),
    );
    return { finding: { check, ...pass(`${arn} in account ${account}`) }, caller: { account, arn } };
  } catch (error) {
    return { finding: { check, ...refused(error), verdict: "fail" } };
  }
}

interface AccountContext extends Pick<AwsContext, "caller"> {
  readonly environment: AwsEnvironment;
}

/** Whether the account is the one that the environment names. */
export const accountCheck = awsCheck<AccountContext>("AWS account", async ({ environment, caller }) => {
  const named = accountsNamed(environment);
  const placeholders = named.filter(({ account }) => account === placeholderAccount).map(({ where }) => where);
  if (placeholders.length > 0) {
    return fail(
      `${placeholders.join(", ")} ${placeholders.length === 1 ? "names" : "name"} ${placeholderAccount}, which is an example`,
      `put your account there; you are signed in to ${caller.account}`,
    );
  }
  const others = named.filter(({ account, must }) => must && account !== caller.account);
  return others.length > 0
    ? fail(
        `you are signed in to ${caller.account}, and ${others.map(({ where, account }) => `${where} names ${account}`).join(", ")}`,
        "sign in to the environment's account, such as with another AWS_PROFILE, or correct the environment",
      )
    : pass(caller.account);
});

/** Whether who deploys will get into the cluster. */
export const administratorCheck = awsCheck<AccountContext>("cluster administrator", async ({ environment, caller }) => {
  const { admins } = environment.kubernetes;
  const me = iamIdentity(caller.arn);
  // A role of single sign-on has a path that a session's ARN does not tell.
  return me !== undefined && admins.map((arn) => iamIdentity(arn)).includes(me)
    ? pass(me)
    : fail(
        `${caller.arn} is not among kubernetes.admins (${admins.join(", ")})`,
        "add the ARN of your role to kubernetes.admins, or sign in with one that is there: nobody else gets into the cluster",
      );
});

export const accountChecks = [accountCheck, administratorCheck];

/** Without it no other service can be asked. */
export const regionCheck = awsCheck("region", async ({ environment: { region }, place }) => {
  const { Regions = [] } = await awsClients(homeRegion(place)).ec2.send(
    new DescribeRegionsCommand({ AllRegions: true }),
  );
  const found = Regions.find(({ RegionName }) => RegionName === region);
  if (!found) return fail(`AWS has no region ${region}`, "correct the environment's region");
  return found.OptInStatus === "not-opted-in"
    ? fail(`${region} is not enabled in this account`, "enable it under Account, AWS Regions, or choose another region")
    : pass(region);
});

interface NamedAccount {
  readonly where: string;
  readonly account: string;
  /** Images and secrets may be in another account, and people may come from one; what is made is in this one. */
  readonly must: boolean;
}

/** Accounts by the places of the environment where they stand. */
function accountsNamed({ kubernetes, images, state }: AwsEnvironment): NamedAccount[] {
  const inArn = /^arn:[^:]+:[^:]*:[^:]*:(\d{12}):/;
  const inImage = /^(\d{12})\.dkr\.ecr\./;
  const found: NamedAccount[] = [];
  const add = (where: string, account: string | undefined, must: boolean) => {
    if (account) found.push({ where, account, must });
  };
  kubernetes.admins.forEach((arn, index) => {
    add(`kubernetes.admins.${index}`, inArn.exec(arn)?.[1], true);
  });
  if (images.mode === "given") {
    add("images.toolbox", inImage.exec(images.toolbox)?.[1], false);
    add("images.serving", inImage.exec(images.serving)?.[1], false);
    add("images.toolboxGpu", inImage.exec(images.toolboxGpu ?? "")?.[1], false);
  } else {
    add("images.pullThrough.dockerHub", inArn.exec(images.pullThrough?.dockerHub ?? "")?.[1], true);
    add("images.pullThrough.github", inArn.exec(images.pullThrough?.github ?? "")?.[1], true);
  }
  if (state.mode === "s3") add("state.bucket", new RegExp(placeholderAccount).exec(state.bucket)?.[0], false);
  return found;
}

/** `role/name` or `user/name` with the account, of an IAM ARN or of a session's; undefined for the root user. */
function iamIdentity(arn: string): string | undefined {
  const session = /^arn:[^:]+:sts::(\d{12}):assumed-role\/([^/]+)\//.exec(arn);
  if (session) return `${session[1]} role/${session[2]}`;
  const iam = /^arn:[^:]+:iam::(\d{12}):(role|user)\/(?:.*\/)?([^/]+)$/.exec(arn);
  return iam ? `${iam[1]} ${iam[2]}/${iam[3]}` : undefined;
}
