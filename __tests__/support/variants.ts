import { gpuNodes, testCluster } from "./cluster";
import { existingVariants } from "./existing";
import { awsVariants } from "./in-cluster";
import { fiveTools, type SynthesizedPlatform, synthesizePlatform } from "./platform";

/** Platforms that between them set every value the components can set. */
export const variants: Readonly<Record<string, () => SynthesizedPlatform>> = {
  "with every default": () => synthesizePlatform(),
  "with every option": () =>
    synthesizePlatform(
      [
        {
          tool: "jupyterhub",
          profiles: [
            { name: "small", description: "1 core", cpu: 1, memoryGiB: 2 },
            { name: "gpu", cpu: 3, memoryGiB: 12.5, gpus: 1 },
          ],
          homeGiB: 20,
          idleMinutes: 30,
          placeholders: 2,
          maxServers: 20,
          extraValues: { hub: { allowNamedServers: true } },
        },
        { tool: "mlflow", replicas: 2, maxReplicas: 4, extraValues: { log: { level: "debug" } } },
        { tool: "prefect", pool: "team", concurrency: 3, extraServerValues: { server: { loggingLevel: "INFO" } } },
        { tool: "dask-gateway", idleMinutes: 5, workerCores: 0.5, workerMemoryGiB: 0.5, maxWorkers: 4 },
        { tool: "seldon", extraValues: { manager: { logLevel: "DEBUG" } } },
      ],
      { cluster: testCluster({ gpu: gpuNodes }) },
    ),
};

/** The same, those on AWS, and those in a cluster that exists: what holds for every platform is shown on each. */
export const allVariants = Object.fromEntries(
  Object.entries({ ...variants, ...awsVariants, ...existingVariants }).map(([name, make]) => [name, once(make)]),
);

/** Made when it is first asked for, and not again. */
function once<T>(make: () => T): () => T {
  let made: T | undefined;
  return () => {
    made ??= make();
    return made;
  };
}

/** The names of the five tools' releases, and of the foundation's. */
export const toolReleases = fiveTools.map(({ tool }) => tool);
