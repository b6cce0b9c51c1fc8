/** A pod's specification as far as the pod security standards speak of it. */
export interface PodSpec {
  readonly priorityClassName?: string;
  readonly hostNetwork?: boolean;
  readonly hostPID?: boolean;
  readonly hostIPC?: boolean;
  readonly securityContext?: Context;
  readonly volumes?: readonly Readonly<Record<string, unknown>>[];
  readonly initContainers?: readonly Container[];
  readonly containers: readonly Container[];
}
interface Container {
  readonly name: string;
  readonly securityContext?: Context;
  readonly ports?: readonly { readonly containerPort: number; readonly name?: string; readonly hostPort?: number }[];
}
interface Context {
  readonly runAsNonRoot?: boolean;
  readonly runAsUser?: number;
  readonly privileged?: boolean;
  readonly allowPrivilegeEscalation?: boolean;
  readonly seccompProfile?: { readonly type: string };
  readonly capabilities?: { readonly add?: readonly string[]; readonly drop?: readonly string[] };
}

/** Volumes that the restricted standard knows, beside which nothing is mounted. */
const volumeTypes = [
  "configMap",
  "csi",
  "downwardAPI",
  "emptyDir",
  "ephemeral",
  "persistentVolumeClaim",
  "projected",
  "secret",
];

/**
 * What keeps a pod from a standard, by https://kubernetes.io/docs/concepts/security/pod-security-standards/: the parts
 * of it that pods of charts have ever failed. The API server has the last word; this tells before anything is installed.
 */
export function podSecurityProblems(pod: PodSpec, standard: "baseline" | "restricted"): string[] {
  const all = [...(pod.initContainers ?? []), ...pod.containers];
  const baseline = [
    ...(pod.hostNetwork || pod.hostPID || pod.hostIPC ? ["it shares the node's network or processes"] : []),
    ...(pod.volumes ?? []).flatMap((volume) => ("hostPath" in volume ? ["it mounts a folder of the node"] : [])),
    ...all.flatMap(({ name, securityContext: context, ports }) => [
      ...(context?.privileged ? [`${name} is privileged`] : []),
      ...(context?.capabilities?.add?.length ? [`${name} adds capabilities`] : []),
      ...(ports?.some(({ hostPort }) => hostPort) ? [`${name} takes a port of the node`] : []),
    ]),
  ];
  if (standard === "baseline") return baseline;
  return [
    ...baseline,
    ...(pod.volumes ?? []).flatMap((volume) =>
      Object.keys(volume)
        .filter((key) => key !== "name" && key !== "hostPath" && !volumeTypes.includes(key))
        .map((type) => `it mounts a volume of the type ${type}`),
    ),
    ...all.flatMap(({ name, securityContext: own }) => {
      const context = { ...pod.securityContext, ...own };
      return [
        ...(context.runAsNonRoot && context.runAsUser !== 0 ? [] : [`${name} may run as root`]),
        ...(["RuntimeDefault", "Localhost"].includes(context.seccompProfile?.type ?? "")
          ? []
          : [`${name} has no seccomp profile`]),
        ...(own?.allowPrivilegeEscalation === false ? [] : [`${name} may gain privileges`]),
        ...(own?.capabilities?.drop?.includes("ALL") ? [] : [`${name} keeps capabilities`]),
      ];
    }),
  ];
}
