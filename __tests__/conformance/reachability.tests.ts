import { declaredGroups, differences, openWays } from "../../conformance/graph";
import { type Policy, reachability } from "../../conformance/reach";
import { subjectsOf } from "../../conformance/subject";
import { catalogue } from "../../constructs/components/catalogue";
import type { NetworkPolicy } from "../../constructs/foundation/network-policy";
import { synthesizeExisting, teamInput } from "../support/existing";
import { type SynthesizedPlatform, synthesizePlatform } from "../support/platform";
import { allVariants } from "../support/variants";

/** Every policy that a platform's stack writes itself; those that charts render are in `rendered-pods.tests.ts`. */
const policiesOf = (platform: SynthesizedPlatform) =>
  (platform.release("network-policies").values[0] as unknown as { manifests: NetworkPolicy[] }).manifests;

test.each([
  ...Object.entries(allVariants),
  [
    "beside stores of the same cluster",
    () =>
      synthesizeExisting({
        ...teamInput,
        objectStore: { ...(teamInput["objectStore"] as object), endpoint: "http://s3.stores:8333" },
        database: { ...(teamInput["database"] as object), host: "postgres.stores.svc" },
      }),
  ] as const,
])("a platform %s: who reaches whom is what was declared, nothing more and nothing less", (_, synthesize) => {
  const platform = synthesize();
  expect(differences(platform, policiesOf(platform))).toEqual({ tooMuch: [], missing: [] });
});

describe("the five tools", () => {
  const platform = synthesizePlatform();
  const policies = policiesOf(platform);
  const open = openWays(platform, policies);
  const groups = declaredGroups(platform).map(({ id }) => id);
  const insideOf = (from: string) =>
    [...open].filter((each) => each.startsWith(`${from} -> `) && groups.some((to) => each.includes(`-> ${to} `)));

  test("people's servers reach what they are offered, the Hub, and not each other", () => {
    expect(insideOf("jupyterhub/user-server").sort()).toEqual([
      "jupyterhub/user-server -> dask-gateway/traefik 8000",
      "jupyterhub/user-server -> jupyterhub/hub 8081",
      "jupyterhub/user-server -> mlflow/server 5000",
      "jupyterhub/user-server -> prefect/server 4200",
      ...[9000, 9500].map((port) => `jupyterhub/user-server -> seldon/model ${port}`),
    ]);
  });

  test("a flow run reaches what people's servers do, but for the Hub, and its own server", () => {
    expect(insideOf("prefect/flow-run").sort()).toEqual([
      "prefect/flow-run -> dask-gateway/traefik 8000",
      "prefect/flow-run -> mlflow/server 5000",
      "prefect/flow-run -> prefect/server 4200",
      ...[9000, 9500].map((port) => `prefect/flow-run -> seldon/model ${port}`),
    ]);
  });

  test("a served model reads the tracking server and writes its log to the bucket, and goes nowhere else", () => {
    expect(insideOf("seldon/model")).toEqual(["seldon/model -> mlflow/server 5000"]);
    const outside = [...open].filter((each) => /^seldon\/model -> \((?!dns\) 53|pod identity\) 80)/.test(each));
    // S3 is at addresses that nobody knows beforehand.
    expect(outside.filter((each) => !each.endsWith(" 443"))).toEqual([]);
    expect(outside).toContain("seldon/model -> (buckets) 443");
  });

  test("nobody reaches the instance metadata, or any other address of the node but the identity agent", () => {
    const ours = (each: string) => groups.some((from) => each.startsWith(`${from} -> `));
    const toNode = [...open].filter((each) => ours(each) && /-> \((metadata|node|pod identity)\)/.test(each));
    expect(toNode.map((each) => each.replace(/ -> /, ": ")).sort()).toEqual(
      [
        "dask-gateway/scheduler",
        "dask-gateway/worker",
        "jupyterhub/user-server",
        "mlflow/server",
        "open-mlops/databases",
      ]
        .concat("prefect/flow-run", "seldon/model")
        .map((from) => `${from}: (pod identity) 80`),
    );
  });

  test("the internet is for people's code, any port of it, and no private network with it", () => {
    const from = (place: string, port: number) =>
      [...open].filter((each) => each.endsWith(`-> (${place}) ${port}`)).map((each) => each.split(" -> ")[0]);
    const people = ["dask-gateway/scheduler", "dask-gateway/worker", "jupyterhub/user-server", "prefect/flow-run"];
    expect(
      from("internet", 22)
        .filter((each) => groups.includes(each ?? ""))
        .sort(),
    ).toEqual(people);
    for (const place of ["private network", "carrier network"]) {
      expect(from(place, 22).filter((each) => groups.includes(each ?? ""))).toEqual([]);
    }
  });

  test("a pod that nobody declared asks for names, and is reached by nobody", () => {
    const undeclared = [...open].filter((each) => each.includes("/(undeclared)"));
    const between = undeclared.filter((each) => !/\(undeclared\) -> \(dns\) 53/.test(each));
    expect(between).toEqual([]);
    expect(undeclared.length).toBe(12);
  });

  test("pages are closed where people come by kubectl", () => {
    expect(open.has("(another namespace) -> jupyterhub/proxy 8000")).toBe(false);
  });

  const broken = (change: (policy: NetworkPolicy) => NetworkPolicy | undefined, name: string) =>
    differences(
      platform,
      policies.flatMap((policy) => (policy.metadata.name === name ? (change(policy) ?? []) : [policy])),
    );
  const withSpec =
    (change: (spec: NetworkPolicy["spec"]) => Partial<NetworkPolicy["spec"]>) => (policy: NetworkPolicy) => ({
      ...policy,
      spec: { ...policy.spec, ...change(policy.spec) },
    });

  test("a widened policy is found", () => {
    const anyone = broken(
      withSpec(({ ingress = [] }) => ({ ingress: ingress.map(({ ports }) => ({ ports })) })),
      "allow-model",
    );
    expect(anyone.missing).toEqual([]);
    expect(anyone.tooMuch).toContain("(another namespace) -> seldon/model 9000");
    const anyPort = broken(
      withSpec(({ egress = [] }) => ({ egress: egress.map(({ to }) => ({ to })) })),
      "allow-hub",
    );
    expect(anyPort.tooMuch).toContain("jupyterhub/hub -> (private network) 31337");
  });

  test("an edge that is missing is found", () => {
    const { tooMuch, missing } = broken(
      withSpec(({ egress = [] }) => ({ egress: egress.slice(1) })),
      "allow-controller",
    );
    expect(tooMuch).toEqual([]);
    expect(missing).toContain("dask-gateway/controller -> (private network) 443");
    expect(broken(() => undefined, "allow-model").missing).toContain("seldon/model -> mlflow/server 5000");
  });

  test("a namespace that is not closed is found", () => {
    const { tooMuch } = broken(() => undefined, "default-deny");
    expect(tooMuch).toContain("(another namespace) -> mlflow/(undeclared) 22");
  });

  test("a typo in a label is found", () => {
    const { tooMuch, missing } = broken(
      withSpec(() => ({ podSelector: { matchLabels: { app: "mlfow" } } })),
      "allow-server",
    );
    expect(tooMuch).toEqual([]);
    expect(missing).toContain("jupyterhub/user-server -> mlflow/server 5000");
  });
});

test("models have services that select by other labels, so callers are let out to all of their namespace", () => {
  const callers = policiesOf(synthesizePlatform()).filter(({ metadata }) => /user-server|flow-run/.test(metadata.name));
  expect(callers.length).toBe(2);
  for (const { spec } of callers) {
    expect(spec.egress).toContainEqual({
      to: [{ namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": "seldon" } }, podSelector: {} }],
      ports: [9000, 9500].map((port) => ({ port, protocol: "TCP" })),
    });
  }
});

describe("the meaning of policies", () => {
  const policy = (spec: Policy["spec"]): Policy => ({ metadata: { name: "a", namespace: "x" }, spec });
  const pod = (namespace: string, labels = {}) => ({ namespace, labels, address: "10.0.0.1" });
  const into = (spec: Policy["spec"], from = pod("y")) =>
    reachability([policy(spec)])(from, pod("x", { app: "a" }))({ port: 80 });

  test.each<[string, Policy["spec"], boolean]>([
    ["a policy that selects other pods", { podSelector: { matchLabels: { app: "b" } }, ingress: [] }, true],
    ["one without rules", { podSelector: {}, ingress: [] }, false],
    ["an empty rule", { podSelector: {}, ingress: [{}] }, true],
    ["one for what goes out alone", { podSelector: {}, policyTypes: ["Egress"], egress: [] }, true],
    ["a pod selector, which means the policy's namespace", { ingress: [{ from: [{ podSelector: {} }] }] }, false],
    ["every namespace", { ingress: [{ from: [{ namespaceSelector: {} }] }] }, true],
    ["another port", { ingress: [{ ports: [{ port: 81 }] }] }, false],
    ["a range of ports", { ingress: [{ ports: [{ port: 79, endPort: 90 }] }] }, true],
    ["another protocol", { ingress: [{ ports: [{ port: 80, protocol: "UDP" }] }] }, false],
    [
      "a block without its exception",
      { ingress: [{ from: [{ ipBlock: { cidr: "10.0.0.0/8", except: ["10.0.0.0/24"] } }] }] },
      false,
    ],
    [
      "labels by an expression",
      { podSelector: { matchExpressions: [{ key: "app", operator: "NotIn", values: ["a"] }] }, ingress: [] },
      true,
    ],
  ])("%s", (_, spec, open) => {
    expect(into(spec)).toBe(open);
  });

  test("what it cannot judge it refuses to", () => {
    expect(() => into({ ingress: [{ ports: [{ port: "http" }] }] })).toThrow('the port "http" is a name');
  });
});

test("an issuer at a port of its own is reached there by who asks it, and by nobody else", () => {
  const issuer = "https://accounts.team.example:8443";
  const identity = { ...(teamInput["identity"] as object), issuer };
  const [subject] = subjectsOf([{ ...teamInput, identity }], catalogue);
  if (!subject) throw new Error("nothing was made");
  const { platform } = subject;
  expect(differences(platform, platform.policies)).toEqual({ tooMuch: [], missing: [] });
  const open = [...openWays(platform, platform.policies)].filter((way) => way.endsWith("-> (internet) 8443"));
  const people = ["dask-gateway/scheduler", "dask-gateway/worker", "jupyterhub/user-server", "prefect/flow-run"];
  expect(open.map((way) => way.split(" ")[0]).filter((from) => !people.includes(from ?? ""))).toContain(
    "jupyterhub/hub",
  );
});
