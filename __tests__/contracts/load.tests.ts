import { catalogue } from "../../constructs/components/catalogue";
import { loadEnvironments } from "../../constructs/contracts/load";
import { InvalidInputError } from "../../constructs/contracts/problems";
import lab from "../../environments/lab";
import { changed, inputs } from "../support/environments";

const { dev, prod } = inputs;

/** The problems of bad input; none where it is good. */
function problems(...environments: unknown[]): readonly string[] {
  try {
    loadEnvironments(environments, catalogue);
    return [];
  } catch (error) {
    if (error instanceof InvalidInputError) return error.problems;
    throw error;
  }
}

const tools = (...choices: unknown[]) => changed(dev(), "components", choices);
const five = ["jupyterhub", "mlflow", "prefect", "dask-gateway", "seldon"].map((tool) => ({ tool }));

test("the environments of the repository are good, and components come in order", () => {
  const [first, second, third] = loadEnvironments([dev(), lab, prod()], catalogue);
  expect([first?.name, second?.name, third?.name]).toEqual(["dev", "lab", "prod"]);
  expect(first?.components.map((component) => component.role)).toEqual([
    "tracking",
    "compute",
    "serving",
    "workflow",
    "notebooks",
  ]);
});

describe("each bad part is reported once, with its path, the value and the remedy", () => {
  test.each<[string, unknown, string]>([
    [
      "an unknown key",
      changed(dev(), "colour", "red"),
      'dev: unknown key "colour"; remove it, or use one of: name, place, region',
    ],
    [
      "an unknown key within",
      changed(dev(), "nodes.general.disk", 5),
      'dev.nodes.general: unknown key "disk"; remove it, or use one of: instanceTypes, min, max, spot',
    ],
    ["a wrong type", changed(dev(), "database.storageGiB", "20"), 'dev.database.storageGiB is "20"; give a number'],
    ["a missing part", changed(dev(), "network.zones", undefined), "dev.network.zones is missing; use 2 or 3"],
    ["a value that is not allowed", changed(dev(), "network.zones", 4), "dev.network.zones is 4; use 2 or 3"],
    [
      "an unknown instance type",
      changed(dev(), "nodes.general.instanceTypes", ["m99.huge"]),
      'dev.nodes.general.instanceTypes.0 is "m99.huge"; not in the price list; use one of t3.medium',
    ],
    [
      "the name of a method as an instance type",
      changed(dev(), "nodes.general.instanceTypes", ["constructor"]),
      'dev.nodes.general.instanceTypes.0 is "constructor"; not in the price list',
    ],
    [
      "an unknown database class",
      changed(dev(), "database.instanceClass", "db.x1.huge"),
      'dev.database.instanceClass is "db.x1.huge"; not in the price list; use one of db.t4g.micro',
    ],
    [
      "min over max",
      changed(dev(), "nodes.general.min", 9),
      "dev.nodes.general.min is 9; it is more than max; lower it, or raise max",
    ],
    [
      "a GPU outside the GPU group",
      changed(dev(), "nodes.general.instanceTypes", ["g4dn.xlarge"]),
      'dev.nodes.general.instanceTypes.0 is "g4dn.xlarge"; has a GPU; describe GPU nodes in nodes.gpu',
    ],
    [
      "no GPU in the GPU group",
      changed(prod(), "nodes.gpu.0.instanceTypes", ["m6i.large"]),
      'prod.nodes.gpu.0.instanceTypes.0 is "m6i.large"; has no GPU',
    ],
    [
      "an Arm node under x86 images",
      changed(dev(), "nodes.general.instanceTypes", ["t4g.large"]),
      'dev.nodes.general.instanceTypes.0 is "t4g.large", which is arm64, and images.architecture is "x86_64"; choose an x86_64 type, or build the images for arm64',
    ],
    // RDS, ECR and labels of nodes would refuse them, in the middle of a deployment.
    [
      "a name that ends in a dash",
      changed(dev(), "name", "dev-"),
      'name is "dev-"; use 2 to 15 lower-case letters and digits, with single dashes between them',
    ],
    ["a name with two dashes on end", changed(dev(), "name", "d--v"), 'name is "d--v"; use 2 to 15'],
    [
      "a GPU group whose name ends in a dash",
      changed(prod(), "nodes.gpu.0.name", "gpu-"),
      'prod.nodes.gpu.0.name is "gpu-"; use 2 to 15',
    ],
    [
      "a region whose services have other names",
      changed(dev(), "region", "cn-north-1"),
      'dev.region is "cn-north-1"; names of services and endpoints are others in China',
    ],
    [
      "a domain where nobody in the cluster reaches its zone",
      changed(changed(prod(), "network.egress", { mode: "none" }), "mirror", { images: "mirror.example/a" }),
      'prod.network.egress.mode is "none", and external-dns and cert-manager would not reach Route 53',
    ],
    [
      "a block that is none",
      changed(dev(), "network.cidr", "10.10.0.1/16"),
      'dev.network.cidr is "10.10.0.1/16"; use a block like 10.0.0.0/16, with its first address',
    ],
    [
      "a block too small",
      changed(dev(), "network.cidr", "10.10.0.0/24"),
      'dev.network.cidr is "10.10.0.0/24"; use a private block of /16 to /20',
    ],
    [
      "a block of the internet",
      changed(dev(), "network.cidr", "8.8.0.0/16"),
      'dev.network.cidr is "8.8.0.0/16"; use a private block',
    ],
    [
      "services on the network",
      changed(dev(), "kubernetes.serviceCidr", "10.10.0.0/16"),
      'dev.network.cidr is "10.10.0.0/16" and overlaps dev.kubernetes.serviceCidr (10.10.0.0/16); choose blocks that do not share addresses',
    ],
    [
      "the default services on the network",
      changed(dev(), "network.cidr", "172.20.0.0/16"),
      "overlaps dev.kubernetes.serviceCidr (172.20.0.0/16)",
    ],
    [
      "a reserved block on the network",
      changed(dev(), "network.reserved", ["10.0.0.0/8"]),
      "overlaps dev.network.reserved.0 (10.0.0.0/8)",
    ],
    [
      "a reserved block on the services",
      changed(dev(), "network.reserved", ["172.16.0.0/12"]),
      'dev.kubernetes.serviceCidr is "172.20.0.0/16" and overlaps dev.network.reserved.0',
    ],
    [
      "an API open to everyone",
      changed(dev(), "kubernetes.publicAccess", ["0.0.0.0/0"]),
      'dev.kubernetes.publicAccess.0 is "0.0.0.0/0"; open to a large part of the internet; name your networks',
    ],
    ["no administrator", changed(dev(), "kubernetes.admins", []), "dev.kubernetes.admins is []; use 1 or more"],
    [
      "an administrator twice",
      changed(dev(), "kubernetes.admins", Array(2).fill("arn:aws:iam::111122223333:role/a")),
      "remove one",
    ],
    [
      "a version that is not supported",
      changed(dev(), "kubernetes.version", "1.29"),
      'dev.kubernetes.version is "1.29"; use "1.34" or "1.35" or "1.36"',
    ],
    ["an unknown place", changed(dev(), "place", "azure"), 'dev.place is "azure"; use "aws" or "existing" or "lab"'],
    ["an unknown mode", changed(dev(), "nodes.mode", "some"), 'dev.nodes.mode is "some"; use "groups" or "karpenter"'],
    [
      "an image without a tag",
      changed(dev(), "images", { mode: "given", toolbox: "registry.example/toolbox", serving: "registry.example/a:1" }),
      'dev.images.toolbox is "registry.example/toolbox"; use registry/repository:tag',
    ],
    [
      "a tool that does not exist",
      tools(...five.slice(1), { tool: "zeppelin" }),
      'dev.components.4.tool is "zeppelin"; use one of jupyterhub, mlflow',
    ],
    ["no tool at all", changed(dev(), "components", []), "dev.components is []; use 1 or more"],
    [
      "an unknown option of a tool",
      tools(...five.slice(1), { tool: "jupyterhub", color: 1 }),
      'dev.components.4 (jupyterhub): unknown key "color"; remove it, or use one of: profiles, homeGiB',
    ],
    [
      "a GPU profile without GPU nodes",
      tools(...five.slice(1), { tool: "jupyterhub", profiles: [{ name: "gpu", cpu: 1, memoryGiB: 1, gpus: 1 }] }),
      "dev: jupyterhub asks for 1 GPU and there are no GPU nodes; add a GPU node group, or drop the GPU profile",
    ],
    [
      "more GPUs than a node has",
      changed(prod(), "components.0.profiles.2.gpus", 8),
      "prod: jupyterhub asks for 8 GPUs and a GPU node has 1; choose a larger GPU instance type",
    ],
    [
      "a role without a component",
      tools(...five.slice(0, 4)),
      'dev: no component plays the role "serving"; add a tool with this role',
    ],
  ])("%s", (_, input, message) => {
    const found = problems(input);
    expect(found).toEqual([expect.stringContaining(message)]);
  });
});

test("two components for one role", () => {
  expect(problems(tools(...five, { tool: "mlflow" }))).toEqual([
    'dev: 2 components play the role "tracking" (mlflow, mlflow); keep one of them',
    'dev: the name "mlflow" is used by more than one component; names are namespaces, so rename one',
  ]);
});

test("two environments that clash", () => {
  expect(problems(dev(), changed(changed(prod(), "name", "dev"), "network.cidr", "10.10.128.0/17"))).toEqual([
    'two environments are named "dev"; rename one',
    "dev.network.cidr (10.10.0.0/16) and dev.network.cidr (10.10.128.0/17) overlap in one region; choose blocks that do not share addresses",
  ]);
});

test.each([null, 5, "dev", [], {}])("%p is not an environment, and is told so", (input) => {
  expect(problems(input).length).toBeGreaterThan(0);
});

test("whatever is wrong at one time is reported at one time", () => {
  let bad: unknown = prod();
  for (const [path, value] of [
    ["place", "azure"],
    ["network.cidr", "172.20.0.0/16"],
    ["network.colour", "red"],
    ["nodes.general", { instanceTypes: ["m99.huge"], min: 5, max: 2, disk: 1 }],
    ["nodes.system.instanceTypes", ["t4g.large"]],
    ["database.storageGiB", "50"],
    ["kubernetes.publicAccess", ["0.0.0.0/0"]],
    ["components", [{ tool: "jupyterhub", color: 1 }, { tool: "mlflow" }, { tool: "mlflow" }, { tool: "zeppelin" }]],
  ] as const) {
    bad = changed(bad, path, value);
  }
  const found = problems(bad, changed(dev(), "network.cidr", "172.20.0.0/16")).join("\n");
  for (const part of [
    'prod.place is "azure"',
    'prod.network: unknown key "colour"',
    'prod.network.cidr is "172.20.0.0/16" and overlaps prod.kubernetes.serviceCidr',
    'prod.nodes.general.instanceTypes.0 is "m99.huge"',
    "prod.nodes.general.min is 5",
    'prod.nodes.general: unknown key "disk"',
    'prod.nodes.system.instanceTypes.0 is "t4g.large", which is arm64',
    'prod.database.storageGiB is "50"',
    'prod.kubernetes.publicAccess.0 is "0.0.0.0/0"',
    'prod.components.0 (jupyterhub): unknown key "color"',
    'prod.components.3.tool is "zeppelin"',
    '2 components play the role "tracking"',
    "overlap in one region",
    "dev.network.cidr",
  ]) {
    expect(found).toContain(part);
  }
});
