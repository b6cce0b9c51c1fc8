import { portForward } from "../../stacks/port-forward";
import { inputs } from "../support/environments";
import { resourcesOfType, type StackJson, synthesizeStacks } from "../support/synth";

const stacks = synthesizeStacks([inputs.dev(), inputs.prod()]);

function stack(name: string): StackJson {
  const found = stacks[name];
  if (!found) throw new Error(`no stack ${name}`);
  return found;
}

describe.each(["dev", "prod"])("%s", (name) => {
  const platform = stack(`${name}-platform`);
  const cluster = stack(`${name}-cluster`);

  test("the platform knows no cloud", () => {
    expect(Object.keys(platform.terraform.required_providers).sort()).toEqual(["helm", "kubernetes"]);
    expect(Object.keys(cluster.terraform.required_providers)).toEqual(["aws"]);
  });

  test("both of the platform's providers sign in to this cluster, each time anew", () => {
    const exec = {
      api_version: "client.authentication.k8s.io/v1beta1",
      command: "aws",
      args: ["eks", "get-token", "--cluster-name", `open-mlops-${name}`, "--region", "eu-west-1"],
    };
    const [helm] = platform.provider["helm"] ?? [];
    const [kubernetes] = platform.provider["kubernetes"] ?? [];
    expect(helm?.["kubernetes"]).toMatchObject({ exec });
    expect(kubernetes).toMatchObject({ exec: [exec] });
    expect(JSON.stringify(platform.provider)).not.toContain('"token"');
  });

  test("what the platform reads of the cluster is what the cluster gives", () => {
    const asked = [...JSON.stringify(platform).matchAll(/input-([\w-]+)\.outputs\.([\w-]+)/g)];
    expect(asked.length).toBeGreaterThan(4);
    for (const [, from, output] of asked) {
      expect(from).toBe(`${name}-cluster`);
      expect(cluster.output).toHaveProperty([output ?? ""]);
    }
    const [kubernetes] = platform.provider["kubernetes"] ?? [];
    expect(kubernetes?.["host"]).toMatch(/endpoint\}$/);
    expect(kubernetes?.["cluster_ca_certificate"]).toMatch(/^\$\{base64decode\(.*certificate_authority0data\)\}$/);
  });

  test("the platform looks for the cluster's state where the cluster keeps it", () => {
    const [remote] = Object.values(platform.data?.["terraform_remote_state"] ?? {});
    const [[kind, kept] = ["", {}]] = Object.entries(cluster.terraform.backend) as [string, Record<string, unknown>][];
    const { use_lockfile: _, ...place } = kept;
    expect(remote).toMatchObject({ backend: kind, config: place });
  });

  test("everything in AWS carries the tags by which costs are split", () => {
    expect(cluster.provider["aws"]).toEqual([
      {
        region: "eu-west-1",
        default_tags: [{ tags: { Project: "open-mlops-blueprint", Environment: name, ManagedBy: "terraform" } }],
      },
    ]);
  });

  test("outputs say how to get in", () => {
    expect(cluster.output["kubeconfig"]?.value).toBe(
      `aws eks update-kubeconfig --name open-mlops-${name} --alias open-mlops-${name} --region eu-west-1`,
    );
    const address = `https://hub.${{ dev: "dev.mlops", prod: "mlops" }[name]}.example.com`;
    expect(platform.output["notebooks-page"]).toEqual({ description: `Open ${address}`, value: address });
    const tracking = address.replace("hub", "mlflow");
    expect(platform.output["tracking-page"]).toEqual({ description: `Open ${tracking}`, value: tracking });
    expect(platform.output["tracking-address"]?.value).toBe("http://mlflow.mlflow");
  });

  test("no secret's value is in a stack", () => {
    for (const each of [platform, cluster]) {
      expect(Object.keys(each.resource ?? {}).filter((type) => /secret|password/.test(type))).toEqual([]);
    }
  });

  test("each service account with rights is one that the platform makes", () => {
    const made = Object.values(resourcesOfType(platform, "kubernetes_service_account_v1")).map(({ metadata }) => {
      const { namespace, name: account } = metadata as Record<string, string>;
      return `${namespace}/${account}`;
    });
    const identities = Object.values(resourcesOfType(cluster, "aws_eks_pod_identity_association")).map(
      (each) => `${each["namespace"]}/${each["service_account"]}`,
    );
    const byCharts = ["open-mlops/databases", "kube-system/cluster-autoscaler"];
    expect(made).toEqual(expect.arrayContaining(identities.filter((each) => !byCharts.includes(each))));
    const text = JSON.stringify(platform);
    expect(text).toContain('\\"serviceAccountName\\":\\"databases\\"');
    expect(text).toContain('\\"serviceAccount\\":{\\"name\\":\\"cluster-autoscaler\\"}');
  });
});

test("state is kept in the project, or in a bucket with S3's own lock", () => {
  expect(stack("dev-cluster").terraform.backend).toEqual({ local: { path: "../../../.state/dev-cluster.tfstate" } });
  expect(stack("prod-platform").terraform.backend).toEqual({
    s3: {
      bucket: "open-mlops-state-111122223333",
      key: "open-mlops/prod-platform.tfstate",
      region: "eu-west-1",
      use_lockfile: true,
    },
  });
});

describe("a page in a cluster without a domain", () => {
  test.each([
    ["http://mlflow.mlflow", "kubectl --namespace mlflow port-forward service/mlflow 8001:80", "http://localhost:8001"],
    ["http://a.b:4200", "kubectl --namespace b port-forward service/a 4200:4200", "http://localhost:4200"],
    ["https://a.b.svc", "kubectl --namespace b port-forward service/a 8001:443", "https://localhost:8001"],
  ])("%s is reached by %s", (page, command, address) => {
    expect(portForward(page, 8001)).toEqual({ command, address });
  });

  test("that names no service is refused", () => {
    expect(() => portForward("http://localhost", 8001)).toThrow("offer one like http://service.namespace:80");
  });
});
