import { literal, type Validation } from "./policy";

/** What people's pods of one tool may be. */
export interface Allowed {
  readonly namespace: string;
  readonly serviceAccount: string;
  /** Images of the project: every image of the folder that one of them is in is known. */
  readonly projectImages: readonly string[];
  /** The tool's own images. */
  readonly images: readonly string[];
  /** Labels by which the tool's own pods are known, in its namespace. */
  readonly strangers: readonly Readonly<Record<string, string>>[];
  readonly secrets: readonly string[];
  /** Beginnings of names of secrets. */
  readonly secretsOf: readonly string[];
  readonly priorities: readonly string[];
  /** Whether a pod that names no priority passes. */
  readonly noPriority: boolean;
}

/**
 * What the rules read, of a pod's specification at `at`. An image is looked at as it is written: a folder ends with a
 * slash, so `registry/team/` lets no `registry/team-of-another/` through.
 */
export function variables(
  { at, labels }: { at: string; labels: string },
  { projectImages, images, secrets, secretsOf }: Allowed,
) {
  return [
    { name: "pod", expression: at },
    { name: "labels", expression: labels },
    {
      name: "containers",
      expression: "variables.pod.containers + (has(variables.pod.initContainers) ? variables.pod.initContainers : [])",
    },
    {
      name: "folders",
      // Here and not in code: on AWS the name of a repository is known when it is there.
      expression: `${literal(projectImages)}.map(image, image.substring(0, image.lastIndexOf('/') + 1))`,
    },
    { name: "images", expression: literal(images) },
    {
      name: "secrets",
      expression: [
        "variables.containers.map(c, (has(c.env) ? c.env : []).filter(e, has(e.valueFrom) && has(e.valueFrom.secretKeyRef)).map(e, e.valueFrom.secretKeyRef.name))",
        "variables.containers.map(c, (has(c.envFrom) ? c.envFrom : []).filter(e, has(e.secretRef)).map(e, e.secretRef.name))",
        "[(has(variables.pod.volumes) ? variables.pod.volumes : []).filter(v, has(v.secret)).map(v, v.secret.secretName)]",
        "(has(variables.pod.volumes) ? variables.pod.volumes : []).filter(v, has(v.projected)).map(v, v.projected.sources.filter(s, has(s.secret)).map(s, s.secret.name))",
      ].join(" + "),
    },
    { name: "knownSecrets", expression: literal(secrets) },
    { name: "knownSecretNames", expression: literal(secretsOf) },
  ];
}

/** The rules. Each says what to do instead: the tool shows it to whoever asked for the pod. */
export function validations(allowed: Allowed): Validation[] {
  const { namespace, serviceAccount, priorities, noPriority, strangers } = allowed;
  const named = "has(variables.pod.priorityClassName) && variables.pod.priorityClassName != ''";
  return [
    {
      expression: `request.namespace == ${literal(namespace)}`,
      message: `this tool starts people's pods in the namespace ${namespace} alone`,
    },
    {
      expression:
        "variables.containers.all(c, has(c.image) && (c.image.contains('@sha256:') || (c.image.matches(':[^:/]+$') && !c.image.endsWith(':latest'))))",
      message: "an image has no version; name a tag that never moves, and not latest, or a digest",
    },
    {
      expression:
        "variables.containers.all(c, has(c.image) && (variables.folders.exists(f, c.image.startsWith(f)) || variables.images.exists(i, c.image.startsWith(i + ':') || c.image.startsWith(i + '@'))))",
      message: "an image is from a registry that the platform does not know; push it beside the toolbox image",
    },
    {
      expression: `has(variables.pod.serviceAccountName) && variables.pod.serviceAccountName == ${literal(serviceAccount)}`,
      message: `people's pods run under the service account ${serviceAccount} here; leave serviceAccountName to the tool`,
    },
    ...(strangers.length > 0
      ? [
          {
            // Services and network policies know a pod by its labels alone.
            expression: strangers.map((labels) => `!(${labelled(labels)})`).join(" && "),
            message: "labels are given that the tool's own pods are known by; choose others",
          },
        ]
      : []),
    {
      expression:
        "variables.secrets.all(names, names.all(name, name in variables.knownSecrets || variables.knownSecretNames.exists(n, name.startsWith(n))))",
      message: "a secret is read that is the platform's; people's pods read those alone that the tool gives them",
    },
    {
      expression:
        "variables.containers.all(c, has(c.resources) && has(c.resources.requests) && 'cpu' in c.resources.requests && 'memory' in c.resources.requests && has(c.resources.limits) && 'memory' in c.resources.limits)",
      message:
        "a container does not say what it needs; give resources.requests.cpu, resources.requests.memory and resources.limits.memory",
    },
    {
      expression: noPriority
        ? `!(${named}) || variables.pod.priorityClassName in ${literal(priorities)}`
        : `${named} && variables.pod.priorityClassName in ${literal(priorities)}`,
      message: `a priority is asked for that is not people's; use ${priorities.join(" or ")}`,
    },
    {
      expression:
        "!(has(variables.pod.hostNetwork) && variables.pod.hostNetwork) && !(has(variables.pod.volumes) && variables.pod.volumes.exists(v, has(v.hostPath))) && variables.containers.all(c, !has(c.ports) || c.ports.all(p, !has(p.hostPort) || p.hostPort == 0))",
      message: "a port, the network or a folder of the node is asked for; leave hostPort, hostNetwork and hostPath out",
    },
  ];
}

/** Whether a pod has all of these. */
function labelled(labels: Readonly<Record<string, string>>): string {
  return Object.entries(labels)
    .map(([name, value]) => `variables.labels[?${literal(name)}].orValue('') == ${literal(value)}`)
    .join(" && ");
}
