import type { GpuNodes, ImageReference, Scale } from "../../contracts/cluster-profile";
import type { Profile } from "./options";

/** A size of server that people choose on the spawn page, as KubeSpawner takes it. */
export interface KubespawnerProfile {
  readonly display_name: string;
  readonly slug: string;
  readonly description: string;
  readonly default?: true;
  readonly kubespawner_override: {
    readonly cpu_guarantee: number;
    readonly mem_guarantee: string;
    readonly mem_limit: string;
    readonly image?: string;
    readonly node_selector?: GpuNodes["nodeSelector"];
    readonly tolerations?: GpuNodes["tolerations"];
    readonly extra_resource_limits?: Readonly<Record<string, string>>;
    readonly extra_resource_guarantees?: Readonly<Record<string, string>>;
  };
}

/** The sizes where an environment names none. */
export function defaultProfiles(scale: Scale): readonly Profile[] {
  return scale === "small"
    ? [
        { name: "small", description: "A tenth of a core, 1 GiB", cpu: 0.1, memoryGiB: 1, gpus: 0 },
        { name: "large", description: "Half a core, 2 GiB", cpu: 0.5, memoryGiB: 2, gpus: 0 },
      ]
    : [
        { name: "small", description: "1 core, 2 GiB", cpu: 1, memoryGiB: 2, gpus: 0 },
        { name: "large", description: "3 cores, 12 GiB", cpu: 3, memoryGiB: 12, gpus: 0 },
      ];
}

/**
 * The first profile is the default.
 *
 * @param gpuImage the image of servers with a GPU, where it is another one
 */
export function profileList(
  profiles: readonly Profile[],
  gpu: GpuNodes | undefined,
  gpuImage?: ImageReference,
): KubespawnerProfile[] {
  return profiles.map((profile, index) => {
    // KubeSpawner's G is 2^30 bytes.
    const memory = `${profile.memoryGiB}G`;
    return {
      display_name: profile.name,
      slug: profile.name,
      description: profile.description,
      ...(index === 0 ? { default: true } : {}),
      kubespawner_override: {
        cpu_guarantee: profile.cpu,
        mem_guarantee: memory,
        mem_limit: memory,
        ...(profile.gpus > 0 ? onGpuNodes(profile, gpu) : {}),
        ...(profile.gpus > 0 && gpuImage ? { image: `${gpuImage.repository}:${gpuImage.tag}` } : {}),
      },
    };
  });
}

function onGpuNodes(profile: Profile, gpu: GpuNodes | undefined) {
  if (!gpu) throw new Error(`the profile "${profile.name}" asks for ${profile.gpus} GPUs and the cluster has none`);
  const amount = { [gpu.resource]: String(profile.gpus) };
  return {
    node_selector: gpu.nodeSelector,
    tolerations: gpu.tolerations,
    extra_resource_limits: amount,
    extra_resource_guarantees: amount,
  };
}
