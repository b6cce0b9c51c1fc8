/**
 * Kubernetes versions on EKS, each with the day its standard support ends. After that day AWS asks for extended
 * support, which costs six times as much, and this project asks for none.
 *
 * Source: the EKS release calendar.
 */
export const kubernetesVersions = { "1.34": "2026-12-02", "1.35": "2027-03-27", "1.36": "2027-08-02" } as const;

export type KubernetesVersion = keyof typeof kubernetesVersions;

/** Days before the end of support from which on it is time to upgrade. */
export const warningDays = 90;

/** Whole days of standard support that a version has left; negative where it has ended. */
export function supportDaysLeft(version: KubernetesVersion, today: Date): number {
  const end = Date.parse(`${kubernetesVersions[version]}T23:59:59Z`);
  return Math.floor((end - today.getTime()) / 86_400_000);
}

/** What is wrong with a version on a day: an error once its support has ended, a warning when it soon will. */
export function versionSupport(version: unknown, today: Date): { readonly error?: string; readonly warning?: string } {
  if (typeof version !== "string" || !Object.hasOwn(kubernetesVersions, version)) return {};
  const known = version as KubernetesVersion;
  const left = supportDaysLeft(known, today);
  const newer = Object.keys(kubernetesVersions).filter(
    (each) => supportDaysLeft(each as KubernetesVersion, today) > Math.max(left, warningDays),
  );
  const [next = "a newer one, when EKS has it"] = newer;
  const until = kubernetesVersions[known];
  if (left < 0) return { error: `its standard support has ended on ${until}; use ${next}` };
  return left <= warningDays
    ? { warning: `standard support ends on ${until}, in ${left} days; upgrade to ${next}, one version at a time` }
    : {};
}
