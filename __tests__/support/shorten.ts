import type { JsonObject, JsonValue } from "../../constructs/contracts/json";
import { shortDashboard, shortObject } from "./shorten-objects";
import { shortPodSecurity, shortRunning } from "./shorten-policies";

/** What Kubernetes and IAM write at length as one would say it, and without the tags that everything has. */
export function shorten(value: JsonObject): JsonValue {
  const { name, value: setTo, Statement, tags, ...rest } = value;
  if (tags !== null && typeof tags === "object" && !Array.isArray(tags)) {
    const own = Object.entries(tags).filter(([key]) => !["Name", "Project", "Environment", "ManagedBy"].includes(key));
    return { ...value, tags: own.length > 0 ? Object.fromEntries(own) : undefined };
  }
  const object = shortObject(value) ?? shortDashboard(value);
  if (object) return object;
  const labels = shortPodSecurity(value);
  if (labels) return labels;
  const short = shortImage(value) ?? shortResources(value) ?? secret(value) ?? wellKnown(value);
  if (short) return short;
  if (Array.isArray(Statement)) return Statement.map(shortStatement);
  // A parameter.
  if (typeof name !== "string" || Object.keys(rest).length > 0 || setTo === undefined) return value;
  return { [name]: setTo };
}

/** A list of environment variables as one object. */
export function variables(list: readonly JsonValue[]): JsonValue | undefined {
  const entries = (list as readonly JsonObject[]).map((each) => {
    const { name, value, valueFrom, ...rest } = each ?? {};
    const set = typeof value === "string" ? (parsed(value) ?? value) : secret({ valueFrom });
    return typeof name === "string" && set !== undefined && Object.keys(rest).length === 0 ? [name, set] : undefined;
  });
  return list.length > 0 && entries.every((entry) => entry !== undefined) ? Object.fromEntries(entries) : undefined;
}

function secret(value: JsonObject): string | undefined {
  const { valueFrom, ...rest } = value;
  const from = valueFrom as { secretKeyRef?: { name: string; key: string } } | undefined;
  return from?.secretKeyRef && Object.keys(rest).length === 0
    ? `secret ${from.secretKeyRef.name} ${from.secretKeyRef.key}`
    : undefined;
}

/** The service account whose pods a trust of EKS Pod Identity means, `namespace/account in cluster`. */
function podsOf(condition: JsonObject | undefined): string | undefined {
  const { StringEquals: tags, ...others } = (condition ?? {}) as Record<string, Record<string, string> | undefined>;
  const tag = (name: string) => tags?.[`aws:RequestTag/${name}`];
  const [cluster, namespace, account] = ["eks-cluster-arn", "kubernetes-namespace", "kubernetes-service-account"].map(
    tag,
  );
  const whole = cluster && namespace && account && Object.keys(tags ?? {}).length === 3 && !Object.keys(others).length;
  return whole ? `${namespace}/${account} in ${cluster}` : undefined;
}

/** What is written at length in many places and is always the same. */
function wellKnown(value: JsonObject): string | undefined {
  const text = JSON.stringify(value);
  const context = shortSecurity(value);
  if (context) return context;
  if (
    text ===
    '{"block_public_acls":true,"block_public_policy":true,"ignore_public_acls":true,"restrict_public_buckets":true}'
  )
    return "none";
  const encryption =
    /^\{"apply_server_side_encryption_by_default":\{"kms_master_key_id":"(<[^"]+>)","sse_algorithm":"aws:kms"\},"bucket_key_enabled":true\}$/.exec(
      text,
    );
  if (encryption) return `aws:kms ${encryption[1]}, a bucket key`;
  const running = shortRunning(value);
  if (running) return running;
  const namespace = /^\{"namespaceSelector":\{"matchLabels":\{"kubernetes.io\/metadata.name":"([\w-]+)"\}\}\}$/.exec(
    text,
  );
  return namespace ? `namespace ${namespace[1]}` : undefined;
}

/** What the restricted pod security standard asks of a container, of a pod or of both as one word, with what else there is. */
function shortSecurity(value: JsonObject): string | undefined {
  const { allowPrivilegeEscalation, capabilities, runAsNonRoot, seccompProfile, ...rest } = value;
  const is = (part: JsonValue | undefined, text: string) => JSON.stringify(part) === text;
  const container = allowPrivilegeEscalation === false && is(capabilities, '{"drop":["ALL"]}');
  const pod = runAsNonRoot === true && is(seccompProfile, '{"type":"RuntimeDefault"}');
  if (!(container || pod) || (!container && (capabilities ?? allowPrivilegeEscalation) !== undefined)) return undefined;
  if (!pod && (runAsNonRoot ?? seccompProfile) !== undefined) return undefined;
  const parts = [container ? "container" : "", pod ? "pod" : ""].filter(Boolean).join(" and ");
  return [`restricted ${parts}`, ...Object.entries(rest).map(([key, is]) => `${key} ${JSON.stringify(is)}`)].join(", ");
}

/** A container's resources as `25m 128Mi, at most 1Gi`. */
function shortResources({ requests, limits, ...rest }: JsonObject): string | undefined {
  if (!requests || !limits || Object.keys(rest).length > 0) return undefined;
  const [asked, most] = [requests, limits].map((each) => Object.values(each).join(" "));
  return `${asked}, at most ${most}`;
}

/** An image as `repository:tag`, in whichever words a chart asks for it. */
function shortImage(value: JsonObject): string | undefined {
  const { registry, repository, name, tag, prefectTag, ...rest } = value;
  const [named, version] = [repository ?? name, tag ?? prefectTag];
  if (typeof named !== "string" || typeof version !== "string" || Object.keys(rest).length > 0) return undefined;
  return `${registry ? `${registry}/` : ""}${named}:${version}`;
}

/** A statement of a policy as a sentence: `Allow s3:GetObject on <bucket.arn>/* when ...`. */
function shortStatement(statement: JsonValue): string {
  const { Effect, Action, Principal, Resource, Condition } = statement as JsonObject;
  const words = (value: JsonValue | undefined): string => {
    if (Array.isArray(value)) return value.map(words).join(" ");
    return value !== null && typeof value === "object" ? Object.values(value).map(words).join(" ") : String(value);
  };
  const pods = podsOf(Condition as JsonObject | undefined);
  if (pods) return `${Effect} the pods of ${pods}: ${words(Action)}`;
  const conditions = Object.entries((Condition ?? {}) as Record<string, JsonObject>).flatMap(([test, keys]) =>
    Object.entries(keys).map(([key, value]) => `${key} ${test === "StringEquals" ? "=" : test} ${words(value)}`),
  );
  return [
    String(Effect),
    Principal === undefined ? "" : `${words(Principal)}:`,
    words(Action),
    Resource === undefined ? "" : `on ${words(Resource)}`,
    conditions.length > 0 ? `when ${conditions.join(" and ")}` : "",
  ]
    .filter(Boolean)
    .join(" ");
}

/** The object or list that a text is the JSON of; a text may also be a template that begins like one. */
export function parsed(text: string): JsonValue | undefined {
  if (!/^[[{]/.test(text)) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
