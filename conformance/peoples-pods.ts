import type { JsonValue } from "../constructs/contracts/json";
import { mergedValues, valueAt } from "./rule";
import type { Subject } from "./subject";

/** What a release says of the pods that it starts for people. */
export interface PeoplesPods {
  readonly release: string;
  /** The limit of each kind of pod, as the chart takes it; undefined where there is none. */
  readonly memoryLimits: readonly (JsonValue | undefined)[];
  /** Whether something ends them when they are idle or done. */
  readonly ends: boolean;
}

/** How each chart is told. A tool that brings another chart adds it here: unknown, it has no limit and nothing ends it. */
const readers: Readonly<Record<string, (values: JsonValue) => Omit<PeoplesPods, "release">>> = {
  jupyterhub: (values) => ({
    memoryLimits: list(valueAt(values, "singleuser", "profileList")).map((profile) =>
      valueAt(profile, "kubespawner_override", "mem_limit"),
    ),
    ends: valueAt(values, "cull", "enabled") === true && Number(valueAt(values, "cull", "timeout")) > 0,
  }),
  "dask-gateway": (values) => ({
    memoryLimits: ["scheduler", "worker"].map((kind) => valueAt(values, "gateway", "backend", kind, "memory", "limit")),
    ends: /idle_timeout = [1-9]/.test(JSON.stringify(valueAt(values, "gateway", "extraConfig") ?? "")),
  }),
  "prefect-worker": (values) => {
    const text = valueAt(values, "worker", "config", "baseJobTemplate", "configuration");
    const job = valueAt(
      typeof text === "string" ? (JSON.parse(text) as JsonValue) : undefined,
      "job_configuration",
      "job_manifest",
      "spec",
    );
    return {
      memoryLimits: list(valueAt(job, "template", "spec", "containers")).map((container) =>
        valueAt(container, "resources", "limits", "memory"),
      ),
      ends: valueAt(job, "ttlSecondsAfterFinished") !== undefined,
    };
  },
};

/** What a component's charts say of people's pods; where none of them is known, that it says nothing. */
export function peoplesPods({ component, releases }: Subject): PeoplesPods[] {
  const found = releases.flatMap((release) => {
    const reader = readers[release.chart];
    return reader ? [{ release: release.name, ...reader(mergedValues(release)) }] : [];
  });
  return found.length > 0 ? found : [{ release: component.name, memoryLimits: [], ends: false }];
}

function list(value: JsonValue | undefined): readonly JsonValue[] {
  return Array.isArray(value) ? value : [];
}
