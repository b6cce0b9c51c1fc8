import type { AwsEnvironment } from "../../constructs/contracts/aws-environment";
import type { Environment } from "../../constructs/contracts/load";
import { faultOf } from "../../deployment/aws/errors";
import type { AwsPlace } from "../../deployment/aws/place";
import { type Check, type Finding, fail, warn } from "../check";

/** Who is signed in. */
export interface Caller {
  /** The account's twelve digits. */
  readonly account: string;
  readonly arn: string;
}

/** An environment and the AWS account that it is to be in. */
export interface AwsContext {
  readonly environment: AwsEnvironment & Pick<Environment, "components" | "foundation">;
  readonly place: AwsPlace;
  readonly caller: Caller;
  readonly today: Date;
  /** The name servers of a domain as the world's DNS gives them. */
  readonly nameServers: (domain: string) => Promise<readonly string[]>;
}

type Verdict = Omit<Finding, "check">;

/**
 * A check that asks AWS. That it may not ask is a warning, with the IAM action: who deploys may still do everything
 * else. That nobody is signed in, or that AWS does not answer, is a failure.
 */
export function awsCheck<Context = AwsContext>(
  name: string,
  run: (context: Context) => Promise<Verdict>,
): Check<Context> {
  return {
    name,
    async run(context) {
      try {
        return await run(context);
      } catch (error) {
        return refused(error);
      }
    },
  };
}

export function refused(error: unknown): Verdict {
  const { kind, found, remedy } = faultOf(error);
  return kind === "permission" ? warn(`${found}, so this could not be looked at`, remedy) : fail(found, remedy);
}
