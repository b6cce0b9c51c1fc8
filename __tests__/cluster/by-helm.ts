import { execFileSync } from "node:child_process";
import * as fs from "node:fs";
import * as path from "node:path";
import type { SynthesizedStack } from "../../deployment/synthesize";

/**
 * Installs a synthesized platform without Terraform, where a provider's binary cannot be had: the releases by `helm`
 * (the variable HELM, or on PATH), namespaces and service accounts by kubectl, in the order of the stack. What only
 * Terraform can show, such as an empty second plan, is not shown by it.
 */
export class ByHelm {
  private readonly resources: readonly Resource[];
  private readonly helm = process.env["HELM"] ?? "helm";

  constructor(
    private readonly stack: SynthesizedStack,
    private readonly kubectl: { readonly command: string; readonly connection: readonly string[] },
  ) {
    this.resources = inOrder(JSON.parse(fs.readFileSync(path.join(stack.folder, "cdk.tf.json"), "utf8")) as StackJson);
  }

  install(): void {
    for (const { type, body } of this.resources) {
      if (type === "helm_release") this.release(body);
      else this.run(this.kubectl.command, [...this.kubectl.connection, "apply", "--filename", "-"], object(type, body));
    }
  }

  destroy(): void {
    for (const { type, body } of [...this.resources].reverse()) {
      const { name, namespace } = type === "helm_release" ? body : (body.metadata ?? {});
      if (type === "helm_release") {
        this.run(this.helm, [
          "uninstall",
          `${name}`,
          "--namespace",
          `${namespace}`,
          "--wait",
          "--ignore-not-found",
          ...this.flags(),
        ]);
      } else if (type.startsWith("kubernetes_namespace")) {
        this.run(this.kubectl.command, [
          ...this.kubectl.connection,
          "delete",
          "namespace",
          `${name}`,
          "--ignore-not-found",
        ]);
      }
    }
  }

  private release({ name, namespace, chart, repository, version, values = [], timeout = 600 }: Body): void {
    const files = values.flatMap((text, index) => {
      const file = path.join(this.stack.folder, `${name}-${index}.values.json`);
      fs.writeFileSync(file, text);
      return ["--values", file];
    });
    const source = repository ? [`${chart}`, "--repo", repository, "--version", `${version}`] : [`${chart}`];
    const options = ["--namespace", `${namespace}`, "--wait", "--wait-for-jobs", "--timeout", `${timeout}s`];
    this.run(this.helm, ["upgrade", "--install", `${name}`, ...source, ...options, ...files, ...this.flags()]);
  }

  /** kubectl's connection in helm's words. */
  private flags(): string[] {
    return this.kubectl.connection.map((each) => (each === "--context" ? "--kube-context" : each));
  }

  private run(command: string, args: readonly string[], input?: object): void {
    execFileSync(command, args, {
      cwd: this.stack.folder,
      input: input ? JSON.stringify(input) : undefined,
      stdio: [input ? "pipe" : "ignore", "ignore", "pipe"],
    });
  }
}

interface Body {
  readonly name?: string;
  readonly namespace?: string;
  readonly chart?: string;
  readonly repository?: string;
  readonly version?: string;
  readonly values?: readonly string[];
  readonly timeout?: number;
  readonly metadata?: { readonly name?: string; readonly namespace?: string };
  readonly automount_service_account_token?: boolean;
  readonly depends_on?: readonly string[];
}
interface Resource {
  readonly type: string;
  readonly body: Body;
}
interface StackJson {
  readonly resource: Readonly<Record<string, Readonly<Record<string, Body>>>>;
}

/** What each comes after first, as Terraform does it. */
function inOrder({ resource }: StackJson): Resource[] {
  const all = new Map<string, Resource>(
    Object.entries(resource).flatMap(([type, ofType]) =>
      Object.entries(ofType).map(([id, body]) => [`${type}.${id}`, { type, body }] as const),
    ),
  );
  const ordered = new Set<Resource>();
  const add = (each: Resource): void => {
    if (ordered.has(each)) return;
    for (const address of each.body.depends_on ?? []) {
      const other = all.get(address);
      if (other) add(other);
    }
    ordered.add(each);
  };
  for (const each of all.values()) add(each);
  return [...ordered];
}

/** A resource of the kubernetes provider as the object that it makes. */
function object(type: string, { metadata, automount_service_account_token: automount }: Body): object {
  if (type.startsWith("kubernetes_namespace")) return { apiVersion: "v1", kind: "Namespace", metadata };
  if (type.startsWith("kubernetes_service_account"))
    return { apiVersion: "v1", kind: "ServiceAccount", metadata, automountServiceAccountToken: automount };
  throw new Error(`${type} cannot be installed without Terraform; get the provider's binary`);
}
