import { synthesizePlatform } from "../support/platform";

const { release } = synthesizePlatform();
const values = (name: string) => release(name).values[0] as Record<string, never>;
const staying = {
  "cluster-autoscaler.kubernetes.io/safe-to-evict": "false",
  "karpenter.sh/do-not-disrupt": "true",
};

/** A node is emptied to save money, and no person's work is lost by it. */
describe("what holds somebody's work keeps its node", () => {
  test("a person's server", () => {
    expect(values("jupyterhub")["singleuser"]).toMatchObject({ extraAnnotations: staying });
  });

  test("a flow run", () => {
    const { config } = values("prefect-worker")["worker"] as unknown as {
      config: { baseJobTemplate: { configuration: string } };
    };
    const { job_manifest } = JSON.parse(config.baseJobTemplate.configuration).job_configuration;
    expect(job_manifest.spec.template.metadata.annotations).toEqual(staying);
  });

  test.each(["scheduler", "worker"])("a Dask %s", (kind) => {
    const { extraConfig } = values("dask-gateway")["gateway"] as unknown as { extraConfig: Record<string, string> };
    const line = new RegExp(`^c\\.KubeClusterConfig\\.${kind}_extra_pod_annotations = (.*)$`, "m");
    const [, dictionary = ""] = line.exec(Object.values(extraConfig).join("\n")) ?? [];
    expect(JSON.parse(dictionary)).toEqual(staying);
  });
});
