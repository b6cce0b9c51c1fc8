import { execFileSync } from "node:child_process";
import * as fs from "node:fs";
import * as path from "node:path";
import { gunzipSync } from "node:zlib";
import type { Kubectl, KubernetesObject } from "../../deployment/kubectl";

interface Secret extends KubernetesObject {
  readonly type?: string;
  readonly data?: Readonly<Record<string, string>>;
}

/** A value of a secret, and where the API server keeps it. */
export interface SecretValue {
  /** `namespace/name.key`. */
  readonly of: string;
  readonly value: string;
}

/** A place that people and programs see, and all that it says. */
export interface Place {
  readonly name: string;
  readonly text: string;
}

const releases = "helm.sh/release.v1";

/** Every secret value of these namespaces that is long enough to be told from a word, by asking the API server. */
export async function secretValues(kubectl: Kubectl, namespaces: readonly string[]): Promise<SecretValue[]> {
  const secrets = await inEach(namespaces, (namespace) => kubectl.list<Secret>("secrets", "--namespace", namespace));
  return secrets
    .filter(({ type }) => type !== releases && type !== "kubernetes.io/service-account-token")
    .flatMap(({ metadata, data = {} }) =>
      Object.entries(data).map(([key, encoded]) => ({
        of: `${metadata.namespace}/${metadata.name}.${key}`,
        value: Buffer.from(encoded, "base64").toString("utf8"),
      })),
    )
    .filter(({ value }) => value.length >= 16);
}

/**
 * What Terraform reads and writes down, what Helm was given, what pods are started with, and what our commands say.
 *
 * @param folders of the synthesized stacks
 * @param said by commands, by their names
 */
export async function placesToLook(
  kubectl: Kubectl,
  namespaces: readonly string[],
  folders: readonly string[],
  said: Readonly<Record<string, string>>,
): Promise<Place[]> {
  const found = await inEach(namespaces, (namespace) => kubectl.list<Secret>("secrets", "--namespace", namespace));
  const pods = await inEach(namespaces, (namespace) => kubectl.list("pods", "--namespace", namespace));
  return [
    ...folders.flatMap(filesOf),
    ...found
      .filter(({ type }) => type === releases)
      .flatMap(({ metadata, data }) => {
        const { given, written } = noteOf(data?.["release"] ?? "");
        return [
          { name: `values of ${metadata.name}`, text: given },
          { name: `manifest of ${metadata.name}`, text: written },
        ];
      }),
    ...pods.map((pod) => ({ name: `pod ${pod.metadata.name}`, text: JSON.stringify((pod as { spec?: object }).spec) })),
    ...Object.entries(said).map(([name, text]) => ({ name, text })),
  ];
}

/**
 * What charts of others make in their templates, so that Helm's note of them has it: `docs/secrets.md` says so. Alertmanager's
 * has names of secrets and none of their values.
 */
const madeByCharts =
  /^(jupyterhub\/hub|mlflow\/mlflow-flask-server-secret-key|seldon\/seldon-webhook-server-cert|monitoring\/alertmanager-monitoring)\./;

/** Where a value stands as it is, or encoded as Kubernetes does: `place: whose`. The value itself is not repeated. */
export function seen(values: readonly SecretValue[], places: readonly Place[]): string[] {
  return values.flatMap(({ of, value }) => {
    const forms = [value, Buffer.from(value).toString("base64"), JSON.stringify(value).slice(1, -1)];
    return places
      .filter(({ name }) => !(name.startsWith("manifest of ") && madeByCharts.test(of)))
      .filter(({ text }) => forms.some((form) => text.includes(form)))
      .map(({ name }) => `${name}: ${of}`);
  });
}

/** The state of a stack and its plan, as `terraform show -json` prints one that was saved. */
export function stateAndPlan(folder: string, program: string): string {
  const file = path.join(folder, "secrets-seen.plan");
  const run = (...args: string[]) =>
    execFileSync(program, [`-chdir=${folder}`, ...args], { encoding: "utf8", maxBuffer: 256e6 });
  try {
    run("plan", "-input=false", "-no-color", `-out=${file}`);
    return run("state", "pull") + run("show", "-json", file);
  } finally {
    fs.rmSync(file, { force: true });
  }
}

/** What is in a stack's folder beside the providers: its JSON, the charts that it copies, what Terraform has said. */
function filesOf(folder: string): Place[] {
  return fs
    .readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((each) => each.isFile() && !each.parentPath.includes(".terraform"))
    .map((each) => path.join(each.parentPath, each.name))
    .map((file) => ({ name: path.relative(folder, file), text: fs.readFileSync(file, "latin1") }));
}

/** What a release was given and what it has written, from Helm's own note of it: packed, and encoded twice. */
function noteOf(data: string): { readonly given: string; readonly written: string } {
  const packed = Buffer.from(Buffer.from(data, "base64").toString(), "base64");
  const note = JSON.parse(gunzipSync(packed).toString("utf8")) as {
    config?: object;
    manifest?: string;
    hooks?: { manifest?: string }[];
  };
  const hooks = (note.hooks ?? []).map(({ manifest = "" }) => manifest);
  return { given: JSON.stringify(note.config ?? {}), written: [note.manifest ?? "", ...hooks].join("\n") };
}

async function inEach<T>(namespaces: readonly string[], ask: (namespace: string) => Promise<T[]>): Promise<T[]> {
  return (await Promise.all(namespaces.map(ask))).flat();
}
