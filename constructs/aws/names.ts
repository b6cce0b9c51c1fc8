import { createHash } from "node:crypto";

/**
 * Names that AWS limits in length. A name is readable and the same on every synth; one that would be too long is cut
 * and ends in a digest of the whole, so that two long names stay different.
 */
export function boundedName(parts: readonly string[], limit: number): string {
  const whole = parts.join("-");
  if (whole.length <= limit) return whole;
  const digest = createHash("sha256").update(whole).digest("hex").slice(0, 6);
  return `${whole.slice(0, limit - 7).replace(/-+$/, "")}-${digest}`;
}

/** What every name of an environment's resources begins with, so that accounts may hold more than this project. */
export function prefix(environment: string): string {
  return `open-mlops-${environment}`;
}

/** The partition of a region, as ARNs name it. */
export function partition(region: string): string {
  return region.startsWith("us-gov-") ? "aws-us-gov" : "aws";
}
