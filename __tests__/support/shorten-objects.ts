import type { JsonObject, JsonValue } from "../../constructs/contracts/json";
import type { ExternalSecret, Password, PushSecret } from "../../constructs/custom-resources/external-secrets";
import type { PodMonitor, PrometheusRule } from "../../constructs/custom-resources/prometheus-operator";

/** Objects that a platform has many of, each as a line: rights, and what makes and copies secrets. */
export function shortObject(value: JsonObject): JsonValue | undefined {
  const { kind, metadata } = value as { kind?: string; metadata?: { name: string; namespace?: string } };
  const line = kind && metadata ? lines[kind]?.(value) : undefined;
  return line === undefined ? undefined : `${kind} ${metadata?.namespace ?? ""}/${metadata?.name}: ${line}`;
}

interface Rule {
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly verbs: readonly string[];
  readonly resourceNames?: readonly string[];
}

const lines: Readonly<Record<string, (value: JsonObject) => string>> = {
  Role: rights,
  ClusterRole: rights,
  RoleBinding: subjects,
  ClusterRoleBinding: subjects,
  Password: (value) => {
    const { length, encoding, secretKeys } = (value as unknown as Password).spec;
    return `${length} ${encoding} for ${secretKeys.join(", ")}`;
  },
  PushSecret: (value) => {
    const { updatePolicy, data } = (value as unknown as PushSecret).spec;
    return `${updatePolicy} ${data.map(({ match }) => `${match.remoteRef.remoteKey}.${match.remoteRef.property}`).join(", ")}`;
  },
  ExternalSecret: (value) => {
    const { data, target } = (value as unknown as ExternalSecret).spec;
    const others = Object.entries(target.template.data ?? {}).map(([key, is]) => `${key}=${is}`);
    return [...data.map(({ remoteRef }) => `${remoteRef.key}.${remoteRef.property}`), ...others].join(", ");
  },
  PodMonitor: (value) => {
    const { podMetricsEndpoints } = (value as unknown as PodMonitor).spec;
    const ports = (at: (typeof podMetricsEndpoints)[number]) =>
      at.relabelings.flatMap((each) => ("replacement" in each && /\$1:(\d+)/.exec(each.replacement ?? "")?.[1]) || []);
    return podMetricsEndpoints.map((at) => `${ports(at).join(" ")} ${at.path}`).join(", ");
  },
  // Each alert has its runbook and each expression its grammar by tests of their own.
  PrometheusRule: (value) => {
    const { groups } = (value as unknown as PrometheusRule).spec;
    return groups.flatMap(({ rules }) => rules.map(({ alert }) => alert)).join(", ");
  },
};

/** A page of Grafana by the titles of what is on it: its expressions, tests of their own look at. */
export function shortDashboard({ uid, title, panels }: JsonObject): string | undefined {
  if (!uid || !Array.isArray(panels)) return undefined;
  return `${title}: ${(panels as readonly JsonObject[]).map((panel) => panel["title"]).join(", ")}`;
}

function rights(value: JsonObject): string {
  const { rules = [] } = value as unknown as { readonly rules?: readonly Rule[] };
  return rules
    .map(({ resources = [], verbs, resourceNames }) =>
      [verbs.join("+"), resources.join("+"), ...(resourceNames ? [`named ${resourceNames.join(" ")}`] : [])].join(" "),
    )
    .join("; ");
}

function subjects(value: JsonObject): string {
  const { roleRef, subjects: to } = value as unknown as {
    readonly roleRef: { readonly kind: string; readonly name: string };
    readonly subjects: readonly { readonly name: string; readonly namespace?: string }[];
  };
  return `${to.map(({ name, namespace }) => `${namespace ?? ""}/${name}`).join(", ")} is ${roleRef.kind} ${roleRef.name}`;
}
