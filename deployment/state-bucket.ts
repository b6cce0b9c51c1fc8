import { runCommand } from "../lab/run-command";
import { DeploymentError } from "./errors";
import type { Run } from "./programs";

/**
 * Whether the bucket of the states is there and ours: then someone else's machine has made it, and holds the state of
 * its stack.
 *
 * @throws DeploymentError where the name is another's, or AWS cannot be asked
 */
export async function isThere(
  { bucket, region }: { readonly bucket: string; readonly region: string },
  run: Run = runCommand,
): Promise<boolean> {
  const { code, output } = await run("aws", ["s3api", "head-bucket", "--bucket", bucket, "--region", region]);
  if (code === 0) return true;
  const said = output.join("\n");
  if (/\b404\b|Not Found/i.test(said)) return false;
  throw new DeploymentError(
    /\b403\b|Forbidden/i.test(said)
      ? `the bucket ${bucket} is not yours to use; name another in state.bucket, or sign in to the account that owns it`
      : `AWS could not be asked for the bucket ${bucket}; install the \`aws\` command and sign in`,
    output.slice(-5),
  );
}
