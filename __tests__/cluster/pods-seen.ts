import { setTimeout as sleep } from "node:timers/promises";
import { declaredGroups } from "../../conformance/graph";
import { ExistingProfile } from "../../constructs/existing/profile";
import type { Kubectl, KubernetesObject } from "../../deployment/kubectl";
import { readEnvironment } from "../../deployment/synthesize";

interface Pod extends KubernetesObject {
  readonly metadata: KubernetesObject["metadata"] & {
    readonly namespace?: string;
    readonly labels?: Readonly<Record<string, string>>;
  };
}

/**
 * Watches which pods there are while something runs: tools make pods that no chart shows, and a network policy opens
 * nothing to one whose labels nobody declared.
 */
export class PodsSeen {
  /** Pods of the platform's namespaces that are of no declared group, or of more than one. */
  readonly undeclared = new Set<string>();
  /** The declared groups, `namespace/group`, that had a pod. */
  readonly groups = new Set<string>();
  private readonly declared: ReturnType<typeof declaredGroups>;
  private watching: Promise<void> | undefined;
  private stopped = false;

  constructor(
    private readonly kubectl: Pick<Kubectl, "list">,
    environmentFile: string,
  ) {
    const environment = readEnvironment(environmentFile);
    if (environment.place !== "existing") throw new Error("these tests run in a cluster that exists");
    const cluster = new ExistingProfile(environment);
    this.declared = declaredGroups({ cluster, components: environment.components });
  }

  start(): this {
    this.watching = (async () => {
      while (!this.stopped) {
        for (const pod of await this.kubectl.list<Pod>("pods", "--all-namespaces")) this.look(pod);
        await sleep(1000);
      }
    })();
    return this;
  }

  async stop(): Promise<void> {
    this.stopped = true;
    await this.watching;
  }

  private look({ metadata: { name, namespace, labels = {} } }: Pod): void {
    if (!this.declared.some((group) => group.namespace === namespace)) return;
    const own = this.declared.filter(
      (group) =>
        group.namespace === namespace && Object.entries(group.labels).every(([key, value]) => labels[key] === value),
    );
    for (const { id } of own) this.groups.add(id);
    if (own.length !== 1) this.undeclared.add(`${namespace}/${name}: ${own.map(({ id }) => id).join(", ") || "none"}`);
  }
}
