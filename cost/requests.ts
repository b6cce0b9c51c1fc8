import { isObject, mergedValues } from "../conformance/rule";
import type { JsonObject, JsonValue } from "../constructs/contracts/json";

/** What pods are guaranteed together: thousandths of a processor, and MiB of memory. */
export interface Requested {
  readonly millicores: number;
  readonly mebibytes: number;
  readonly pods: number;
}

/** What a release's pods are guaranteed: those that are always there, and those of jobs, while they run. */
export interface Asked {
  readonly always: Requested;
  readonly passing: Requested;
}

/** A Helm release, as far as its values are read. */
export interface ReleaseValues {
  readonly name: string;
  readonly namespace: string;
  /** Each as Helm gets it; a later one is merged over those before. */
  readonly values: readonly JsonObject[];
}

export function sum(all: readonly Requested[]): Requested {
  const of = (key: keyof Requested) => all.reduce((total, each) => total + each[key], 0);
  return { millicores: of("millicores"), mebibytes: of("mebibytes"), pods: of("pods") };
}

export function times({ millicores: cpu, mebibytes: memory, pods }: Requested, factor: number): Requested {
  return { millicores: cpu * factor, mebibytes: memory * factor, pods: pods * factor };
}

/** Where values speak of pods that come and go: people's, what room is kept by, and a server's of one model. */
const notStaying = /^(gateway\.backend|singleuser|executor|scheduling\.userPlaceholder)\b/;
/** Where charts speak of jobs of their installation; manifests say it by their kind. */
const ofJobs = /^(startupapicheck|certgen\.job)\b/;
/** Releases with a pod on every node. */
const onEachNode = new Set(["node-exporter"]);
/** What is on GPU nodes alone, by release and place in its values: mostly no such node stays. */
const onGpuNodes = /^(dcgm-exporter resources|node-feature-discovery worker\.resources)$/;

/**
 * What a release's values ask for, as far as they say it. A chart's own defaults are not seen, so this is the least; the
 * rendered charts say the rest.
 *
 * @param nodes those that stay
 */
export function askedBy({ name, values }: ReleaseValues, nodes: number): Asked {
  const found = containers(mergedValues({ values }), "", onEachNode.has(name) ? nodes : 1, false).filter(
    ({ at }) => !notStaying.test(at) && !onGpuNodes.test(`${name} ${at}`),
  );
  const which = (passing: boolean) =>
    sum(found.filter((each) => (each.ofJob || ofJobs.test(each.at)) === passing).map(({ requested }) => requested));
  return { always: which(false), passing: which(true) };
}

interface Found {
  readonly at: string;
  readonly ofJob: boolean;
  readonly requested: Requested;
}

/** Every `resources` of a container below this value, times the replicas that are said nearest above it. */
function containers(value: JsonValue | undefined, at: string, above: number, job: boolean): Found[] {
  if (Array.isArray(value)) return value.flatMap((each, index) => containers(each, join(at, index), above, job));
  if (!isObject(value)) return [];
  const said = [value["replicas"], value["replicaCount"]].find((each) => Number.isInteger(each));
  const replicas = said === undefined ? above : Number(said);
  const ofJob = job || value["kind"] === "Job" || value["kind"] === "CronJob";
  return Object.entries(value).flatMap(([key, inner]) => {
    const requests = key === "resources" && isObject(inner) ? inner["requests"] : undefined;
    // What a volume asks for is no memory.
    return isObject(requests) && ("cpu" in requests || "memory" in requests)
      ? [{ at: join(at, key), ofJob, requested: times({ ...requestOf(requests), pods: 1 }, replicas) }]
      : containers(inner, join(at, key), replicas, ofJob);
  });
}

const join = (at: string, key: string | number) => (at ? `${at}.${key}` : String(key));

/** What one container is guaranteed, as Kubernetes writes it. */
export function requestOf(requests: { readonly [key: string]: JsonValue | undefined }) {
  return { millicores: millicores(requests["cpu"]), mebibytes: mebibytes(requests["memory"]) };
}

function millicores(amount: JsonValue | undefined): number {
  const text = String(amount ?? "0");
  return text.endsWith("m") ? Number.parseFloat(text) : Number(text) * 1000;
}

function mebibytes(amount: JsonValue | undefined): number {
  const [, number = "0", unit = ""] = /^([\d.]+)(\w*)$/.exec(String(amount ?? "0")) ?? [];
  const factor = { Gi: 1024, G: 953.67, Mi: 1, M: 0.9537, Ki: 1 / 1024, "": 1 / 1024 ** 2 }[unit];
  if (factor === undefined) throw new Error(`an amount of memory in ${unit}: ${JSON.stringify(amount)}`);
  return Number(number) * factor;
}
