import { LocalBackend, S3Backend, type TerraformStack } from "cdktf";
import type { State } from "../constructs/contracts/environment-parts";

/**
 * Says where a stack's state is. Terraform runs in `cdktf.out/stacks/<name>`, so three folders up is the project: a
 * relative path means the same file from each stack's folder and on each machine.
 */
export function keepState(stack: TerraformStack, environment: { readonly state: State }): void {
  const { state } = environment;
  if (state.mode === "local") {
    new LocalBackend(stack, { path: `../../../.state/${stack.node.id}.tfstate` });
    return;
  }
  new S3Backend(stack, {
    bucket: state.bucket,
    region: state.region,
    key: `open-mlops/${stack.node.id}.tfstate`,
    // No `encrypt`: every bucket encrypts, and this one word would put S3's own key in the place of the bucket's.
  });
  // S3's own lock, without a table beside the bucket. The binding is older than this argument.
  stack.addOverride("terraform.backend.s3.use_lockfile", true);
}
