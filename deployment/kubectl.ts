import { type ChildProcess, spawn } from "node:child_process";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { runCommand } from "../lab/run-command";
import { DeploymentError } from "./errors";
import type { Run } from "./programs";

/** An object of the cluster, as far as the commands here read one. */
export interface KubernetesObject {
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
    readonly creationTimestamp?: string;
    readonly deletionTimestamp?: string;
    readonly finalizers?: readonly string[];
    readonly ownerReferences?: readonly { readonly kind: string; readonly name: string }[];
  };
}

/** A way to a service inside the cluster, open until it is closed. */
export interface Forward {
  /** `http://127.0.0.1:port`. */
  readonly address: string;
  close(): void;
}

/** `kubectl` with a connection: which program, which kubeconfig, which context. `KUBECTL` names another program. */
export class Kubectl {
  constructor(
    readonly connection: readonly string[],
    private readonly run: Run = runCommand,
    readonly command: string = process.env["KUBECTL"] ?? "kubectl",
  ) {}

  /** Runs it; the caller decides what a failure means. */
  try(...args: string[]) {
    return this.run(this.command, [...this.connection, ...args]);
  }

  /** @throws DeploymentError with what kubectl said */
  async text(...args: string[]): Promise<string> {
    const { code, stdout, output } = await this.try(...args);
    if (code === 0) return stdout;
    throw new DeploymentError(`\`kubectl ${args.slice(0, 3).join(" ")}\` failed`, output.slice(-8));
  }

  /** Hands an object over. It is read from a file, because a command line is everybody's to see. */
  async put(how: "create" | "apply", object: object): Promise<void> {
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), "open-mlops-object-"));
    try {
      const file = path.join(folder, "object.json");
      fs.writeFileSync(file, JSON.stringify(object));
      await this.text(how, "--filename", file);
    } finally {
      fs.rmSync(folder, { recursive: true });
    }
  }

  /** The objects that `kubectl get` finds; none where the cluster does not know the kind. */
  async list<T extends KubernetesObject = KubernetesObject>(...args: string[]): Promise<T[]> {
    const { code, stdout, output } = await this.try("get", ...args, "--output", "json", "--ignore-not-found");
    if (code !== 0) {
      if (/the server doesn't have a resource type/.test(output.join("\n"))) return [];
      throw new DeploymentError(`\`kubectl get ${args.join(" ")}\` failed`, output.slice(-8));
    }
    if (!stdout.trim()) return [];
    const answer = JSON.parse(stdout) as { items?: T[] } & T;
    return answer.items ?? [answer];
  }

  /** A key of a secret. It stays in this process. */
  async secret(namespace: string, name: string, key: string): Promise<string> {
    const at = `{.data.${key.replaceAll(".", "\\.")}}`;
    const encoded = await this.text("get", "secret", name, "--namespace", namespace, "--output", `jsonpath=${at}`);
    if (!encoded)
      throw new DeploymentError(`the secret ${namespace}/${name} has no "${key}"; deploy the environment again`);
    return Buffer.from(encoded, "base64").toString();
  }

  /** Opens a way to a service, on a free port of this machine. */
  forward(namespace: string, service: string, port: number): Promise<Forward> {
    const args = ["port-forward", "--namespace", namespace, "--address", "127.0.0.1", `service/${service}`, `:${port}`];
    const child = spawn(this.command, [...this.connection, ...args], { stdio: ["ignore", "pipe", "pipe"] });
    // Also where the command is stopped in the middle: nobody else would end it.
    const atExit = () => end(child);
    process.once("exit", atExit);
    child.once("exit", () => process.off("exit", atExit));
    return new Promise((resolve, reject) => {
      let said = "";
      const listen = (chunk: Buffer) => {
        said += chunk;
        const local = /Forwarding from 127\.0\.0\.1:(\d+)/.exec(said)?.[1];
        if (local) resolve({ address: `http://127.0.0.1:${local}`, close: () => void end(child) });
      };
      child.stdout.on("data", listen);
      child.stderr.on("data", listen);
      child.once("error", (error) => reject(new DeploymentError(`kubectl could not be run: ${error.message}`)));
      child.once("exit", () =>
        reject(new DeploymentError(`no way to ${namespace}/${service}: ${said.trim().split("\n").at(-1) ?? ""}`)),
      );
    });
  }
}

function end(child: ChildProcess): void {
  if (child.exitCode === null) child.kill("SIGTERM");
}
