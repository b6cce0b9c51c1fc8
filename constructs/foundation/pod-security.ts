import type { PodSecurity } from "../contracts/pod-security";

/**
 * Labels by which the API server holds a namespace's pods to a standard: it refuses those that do not keep to it, warns
 * whoever applies them, and notes them in its audit log.
 */
export function podSecurityLabels(podSecurity?: PodSecurity): Record<string, string> {
  const standard = podSecurity?.standard ?? "restricted";
  return Object.fromEntries(
    ["enforce", "warn", "audit"].map((mode) => [`pod-security.kubernetes.io/${mode}`, standard]),
  );
}
