import type { AwsEnvironment } from "../../constructs/contracts/aws-environment";
import { awsPlace } from "../../deployment/aws/place";
import { DeploymentError } from "../../deployment/errors";
import { examine } from "../check";
import { accountCheck, accountChecks, signIn } from "./account";

/**
 * Refuses to begin where nobody is signed in to AWS, or somebody to another account than the environment's. Terraform
 * would say the first after it has fetched its providers, and takes what another account does not show for gone.
 *
 * @param work who deploys must also be able to get into the cluster
 * @throws DeploymentError with everything that is wrong
 */
export async function refuseWrongAccount(environment: AwsEnvironment, work: "deploy" | "destroy"): Promise<void> {
  const { finding, caller } = await signIn(awsPlace(environment));
  const checks = work === "deploy" ? accountChecks : [accountCheck];
  const findings = caller ? await examine(checks, { environment, caller }) : [finding];
  const wrong = findings.filter(({ verdict }) => verdict === "fail");
  if (wrong.length === 0) return;
  throw new DeploymentError(
    `${environment.name} cannot be ${work === "deploy" ? "deployed" : "destroyed"} from here; nothing was done`,
    wrong.map(({ found, remedy }) => `${found}; ${remedy}`),
  );
}
