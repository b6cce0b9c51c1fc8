import type { TerraformResource } from "cdktf";

/** A rule of checkov, by its id. */
export type CheckId = `CKV_AWS_${number}` | `CKV2_AWS_${number}`;

/**
 * Says that a rule of checkov is not kept by this resource, and why. The reason is written beside the resource, where
 * Terraform ignores it; `npm run check:security` accepts exactly these, and none that is not needed (any more).
 */
export function waive(resource: TerraformResource, reasons: Readonly<Partial<Record<CheckId, string>>>): void {
  resource.addOverride("//.waived", reasons);
}
