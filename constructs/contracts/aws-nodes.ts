import { z } from "zod";
import type { Scale } from "./cluster-profile";
import { name } from "./environment-parts";
import { instanceTypes } from "./prices";

const inPriceList = (name: string) => Object.hasOwn(instanceTypes, name);
const hasGpu = (name: string) => inPriceList(name) && (instanceTypes[name]?.gpus ?? 0) > 0;
const instanceType = z.string().refine(inPriceList, {
  error: `not in the price list; use one of ${Object.keys(instanceTypes).join(", ")}, or add the type to constructs/contracts/prices.ts`,
});

/** Types that a group may be made of. Several give spot more places to look; all must be of one processor. */
const types = (type: z.ZodType<string, string>) =>
  z
    .array(type)
    .min(1)
    .max(10)
    .refine((all) => new Set(all).size === all.length, { error: "the same type stands there twice; remove one" });

/** Nodes in each zone: `min` at the least and to begin with, `max` at the most. */
const size = { min: z.int().min(0).max(100), max: z.int().min(1).max(100) };
/** Spot costs 40 to 60 % and may be taken away at two minutes' notice. Default false. */
const spot = z.boolean().default(false);

/** Runs even when another key of the group is wrong, so that one message says everything. */
const ordered = {
  check: (group: { min?: unknown; max?: unknown } | null) =>
    !(typeof group?.min === "number" && typeof group.max === "number" && group.min > group.max),
  params: { error: "it is more than max; lower it, or raise max", path: ["min"], when: () => true },
};

const group = z
  .strictObject({
    instanceTypes: types(
      instanceType.refine((name) => !hasGpu(name), { error: "has a GPU; describe GPU nodes in nodes.gpu" }),
    ),
    ...size,
    spot,
  })
  .refine(ordered.check, ordered.params);

const gpuGroup = z
  .strictObject({
    /** Its name, such as `gpu` or `training`: the label `open-mlops/nodes` of its nodes. */
    name,
    instanceTypes: types(
      instanceType.refine((name) => !inPriceList(name) || hasGpu(name), {
        error: "has no GPU; use a g4dn, g5, g5g or g6 type",
      }),
    ),
    ...size,
    /** Nodes that stay when nobody asks for a GPU. Default 0: the group starts from nothing. */
    min: size.min.default(0),
    spot,
    /** Bottlerocket brings driver and device plugin; Amazon Linux 2023 the driver, and the platform the plugin. */
    image: z.enum(["bottlerocket", "al2023"]).default("bottlerocket"),
    /** Pods that share one GPU by taking turns, without a wall between their memories. Default 1: a GPU is one pod's. */
    sharedBy: z.int().min(1).max(16).default(1),
    /**
     * An on-demand capacity reservation (`cr-...`) that the group's nodes are taken from. It is in one zone: nodes of the
     * group come up in that one alone.
     */
    reservationId: z
      .string()
      .regex(/^cr-[0-9a-f]{8,17}$/, { error: "use an id like cr-0123456789abcdef0" })
      .optional(),
  })
  .refine(ordered.check, ordered.params)
  .refine((group) => !(group?.spot === true && group.reservationId !== undefined), {
    error: "spot takes what nobody has reserved; set spot to false, or leave the reservation out",
    path: ["reservationId"],
    when: () => true,
  });

/** The cluster's nodes, as data. */
export const nodesSchema = z.strictObject({
  /**
   * `groups`: managed node groups, which the cluster autoscaler makes larger and smaller. `karpenter`: Karpenter picks
   * a machine for what waits; only `system` is a node group then, and the others are its node pools.
   */
  mode: z.enum(["groups", "karpenter"]),
  /**
   * Zones that nodes are in; every group is made in each of them, because a volume stays in its zone. One is the
   * cheapest, and down when its zone is.
   */
  zones: z.literal([1, 2, 3]),
  /** What must stay: the tools themselves, and what adds nodes: without a node it could add none. */
  system: group.refine((given) => given?.min !== 0, {
    error: "what adds nodes runs here; use 1 or more",
    path: ["min"],
    when: () => true,
  }),
  /** People's work: servers, flows, Dask workers, models. */
  general: group,
  /** Groups with GPUs, used only by pods that ask for one. Default: none. */
  gpu: z.array(gpuGroup).default([]),
});

export type AwsNodes = z.output<typeof nodesSchema>;
export type NodeGroupSize = AwsNodes["general"];
export type GpuGroup = AwsNodes["gpu"][number];

/** `small` where all that stays is one node with 8 GiB: the tools then find room on it, and no second one is paid. */
export function scaleOf({ system, general, zones }: Pick<AwsNodes, "system" | "general" | "zones">): Scale {
  const staying = (system.min + general.min) * zones;
  const memory = Math.min(...system.instanceTypes.map((type) => instanceTypes[type]?.memoryGiB ?? 0));
  return staying === 1 && memory <= 8 ? "small" : "regular";
}
