import type { JsonObject } from "../../constructs/contracts/json";
import type { Manifest } from "../../constructs/custom-resources/metadata";
import { ordinaryBodyMiB } from "../../constructs/foundation/envoy-gateway/routes";
import { writtenObjects } from "../support/custom-resources";
import { openInput, synthesizeExisting, teamInput } from "../support/existing";
import { synthesizeOnAll } from "../support/in-cluster";
import type { SynthesizedPlatform } from "../support/platform";
import { signInPlatform } from "./sign-in-platform";

type Spec = Manifest & { readonly spec: JsonObject };
interface Rule {
  readonly name: string;
  readonly matches?: readonly { readonly headers?: readonly { readonly name: string; readonly value: string }[] }[];
  readonly backendRefs?: readonly { readonly name: string; readonly port: number }[];
}
interface Target {
  readonly kind: string;
  readonly name: string;
  readonly sectionName?: string;
}

const onAws = synthesizeOnAll();
const small = synthesizeExisting(openInput);
const team = synthesizeExisting(teamInput);
const platforms = { "on AWS": onAws, "in a small cluster": small, "in a team's cluster": team };

const objects = (platform: SynthesizedPlatform, kind: string) =>
  writtenObjects(platform).filter((object) => object.kind === kind) as Spec[];
/** The one of the edge; what is called `models` is for code inside. */
const one = (platform: SynthesizedPlatform, kind: string) => {
  const [object, ...others] = objects(platform, kind).filter(({ metadata }) => metadata.name !== "models");
  if (!object || others.length > 0) throw new Error(`${others.length + (object ? 1 : 0)} of the kind ${kind}`);
  return object.spec;
};
const published = ({ foundation, components }: SynthesizedPlatform) =>
  [...foundation, ...components].flatMap(({ name, published: hosts = [] }) =>
    hosts.map((each) => ({ ...each, namespace: name })),
  );
const targets = ({ spec }: Spec) => spec["targetRefs"] as unknown as Target[];
const hostRoutes = (platform: SynthesizedPlatform) =>
  objects(platform, "HTTPRoute").filter(({ metadata }) => metadata.namespace !== "envoy-gateway");

describe.each(Object.entries(platforms))("hosts %s", (_, platform) => {
  const { domain } = platform.cluster.edge as { domain: string };

  test("everything published with something behind it has a route, in the namespace of that and to its service", () => {
    const routes = hostRoutes(platform).map(({ metadata, spec }) => ({
      at: `${metadata.namespace}/${metadata.name}`,
      hostnames: spec["hostnames"],
      backends: [...new Set((spec["rules"] as unknown as Rule[]).map((rule) => JSON.stringify(rule.backendRefs)))],
    }));
    const expected = published(platform).flatMap(({ namespace, host, backend }) =>
      backend
        ? [
            {
              at: `${namespace}/${host}`,
              hostnames: [`${host}.${domain}`],
              backends: [JSON.stringify([{ name: backend.service, port: backend.port }])],
            },
          ]
        : [],
    );
    expect(expected.length).toBeGreaterThan(3);
    expect(routes.sort(byAt)).toEqual(expected.sort(byAt));
  });

  test("what nothing says otherwise of is closed, and opens only where the tool asks by itself", () => {
    const policies = objects(platform, "SecurityPolicy");
    const [gateways, ...others] = policies.filter((each) => targets(each).some(({ kind }) => kind === "Gateway"));
    expect(others).toEqual([]);
    expect(gateways?.spec["authorization"]).toMatchObject({ defaultAction: "Deny" });
    expect(gateways && targets(gateways)).toMatchObject([{ name: "edge", sectionName: "https" }]);
    const opened = policies
      .filter(({ spec }) => (spec["authorization"] as JsonObject)["defaultAction"] === "Allow")
      .map(({ metadata }) => `${metadata.namespace}/${metadata.name}`);
    const own = published(platform).filter(({ signIn, backend }) => signIn === "own" && backend);
    expect(opened.sort()).toEqual(own.map(({ namespace, host }) => `${namespace}/${host}`).sort());
  });

  test("the way in admits routes of the platform's namespaces, which may name their own hosts alone", () => {
    const hosts = (kind: string) =>
      objects(platform, kind).filter(({ metadata }) => metadata.name === "open-mlops-hosts");
    const [rule] = hosts("ValidatingAdmissionPolicy").flatMap(({ spec }) => spec["validations"] as JsonObject[]);
    const expression = String(rule?.["expression"]);
    const named = JSON.parse(/\{.*?\}/.exec(expression)?.[0] ?? "{}") as Record<string, string[]>;
    for (const { namespace, host } of published(platform)) expect(named[namespace]).toContain(`${host}.${domain}`);
    const all = Object.entries(named).flatMap(([namespace, hosts]) => hosts.map((host) => `${namespace} ${host}`));
    // The edge's own for HTTP, and the host inside of models.
    expect(all).toHaveLength(published(platform).length + 2);
    expect(named["seldon"]).toContain("models.envoy-gateway");
    expect(hosts("ValidatingAdmissionPolicyBinding")).toMatchObject([{ spec: { validationActions: ["Deny"] } }]);
    const listeners = one(platform, "Gateway")["listeners"] as JsonObject[];
    expect(listeners[0]).toMatchObject({
      hostname: `*.${domain}`,
      protocol: "HTTPS",
      allowedRoutes: { namespaces: { from: "Selector" } },
    });
  });

  test("a body is taken in first where its length is not told, or more than the host allows", () => {
    const policies = objects(platform, "BackendTrafficPolicy");
    const whole = policies.find((each) => targets(each).some(({ kind }) => kind === "Gateway"));
    expect(whole?.spec["requestBuffer"]).toEqual({ limit: `${ordinaryBodyMiB}Mi` });
    for (const { host, namespace, backend, signIn, largestBodyMiB = ordinaryBodyMiB } of published(platform)) {
      if (!backend) continue;
      const route = hostRoutes(platform).find((each) => each.metadata.name === host);
      const rules = (route?.spec["rules"] ?? []) as unknown as Rule[];
      const streams = policies.filter(
        ({ metadata, spec }) => metadata.namespace === namespace && spec["requestBuffer"] === undefined,
      );
      const streamed = streams
        .flatMap(targets)
        .filter(({ name }) => name === host)
        .map(({ sectionName }) => sectionName);
      // Whatever is not taken in first has said what it is.
      const conditions = rules
        .filter(({ name }) => streamed.includes(name))
        .map(({ matches: [match] = [] }) => match?.headers?.map(({ name }) => name));
      expect([host, conditions]).toEqual([
        host,
        signIn === "own" || largestBodyMiB > ordinaryBodyMiB ? [["upgrade"], ["content-length"]] : [["upgrade"]],
      ]);
      const length = rules.flatMap(({ matches = [] }) => matches.flatMap(({ headers = [] }) => headers));
      for (const { value } of length.filter(({ name }) => name === "content-length")) {
        const allowed = new RegExp(`^(?:${value})$`);
        expect(allowed.test(String(largestBodyMiB * 2 ** 20))).toBe(true);
        expect(allowed.test(String(largestBodyMiB * 2 ** 20 + 1))).toBe(false);
      }
    }
  });

  test("whoever the edge does not know holds little of a proxy's memory: bodies are taken in before anybody is asked", () => {
    const streams = Number((one(platform, "ClientTrafficPolicy")["http2"] as JsonObject)["maxConcurrentStreams"]);
    const buffers = objects(platform, "BackendTrafficPolicy").filter(({ spec }) => spec["requestBuffer"]);
    const strangers = published(platform).filter(({ backend, signIn }) => backend && signIn === "own");
    expect(strangers.map(({ host }) => host)).toContain("hub");
    for (const { host, namespace } of strangers) {
      const route = hostRoutes(platform).find((each) => each.metadata.name === host);
      const rules = (route?.spec["rules"] ?? []) as unknown as Rule[];
      const [taken, ...others] = buffers.filter(
        (each) => each.metadata.namespace === namespace && targets(each).some(({ name }) => name === host),
      );
      expect(others).toEqual([]);
      // The one that what no other rule is for comes to.
      expect(taken && targets(taken).map(({ sectionName }) => sectionName)).toEqual([rules.at(-1)?.name]);
      const limit = String((taken?.spec["requestBuffer"] as JsonObject | undefined)?.["limit"]);
      const [, kib] = /^(\d+)Ki$/.exec(limit) ?? [];
      // Of a proxy's 1 GiB, by one connection.
      expect(Number(kib) * streams).toBeLessThan(1024 * 1024 * 0.01);
    }
  });

  test("no one but the proxies is open to everybody, and they see who comes", () => {
    const open = [...platform.foundation, ...platform.components].flatMap(({ name, traffic }) =>
      Object.entries(traffic).flatMap(([group, { answers }]) => (answers?.entry ? [`${name}/${group}`] : [])),
    );
    expect(open).toEqual(["envoy-gateway/proxies"]);
    expect(service(platform)["externalTrafficPolicy"]).toBe("Local");
  });

  test("a line of the log holds no code and no token of an address", () => {
    expect(JSON.stringify(one(platform, "EnvoyProxy")["telemetry"])).not.toMatch(/%REQ\((:PATH|X-ENVOY-ORIGINAL-PATH)/);
  });
});

test("MLflow, which answers no name that it was not told, answers the name it has at the edge", () => {
  const hosts = (platform: SynthesizedPlatform) =>
    platform.release("mlflow").values.flatMap(({ serverAllowedHosts = [] }) => serverAllowedHosts as string[]);
  expect(hosts(onAws)).toContain("mlflow.mlops.example.com");
  expect(hosts(small)).toContain("mlflow.mlops.small.example:30443");
});

describe("certificates", () => {
  const secret = (platform: SynthesizedPlatform) =>
    (one(platform, "Gateway")["listeners"] as { tls: { certificateRefs: JsonObject[] } }[])[0]?.tls.certificateRefs;

  test.each([
    ["Let's Encrypt", onAws],
    ["an authority of the cluster's own", small],
  ])("%s signs for the domain and all hosts in it, and the way in shows that", (_, platform) => {
    const issuers = objects(platform, "ClusterIssuer").map(({ metadata }) => metadata.name);
    const forDomain = objects(platform, "Certificate").find(({ spec }) => spec["dnsNames"]);
    const { domain } = platform.cluster.edge as { domain: string };
    expect(forDomain?.spec["dnsNames"]).toEqual([domain, `*.${domain}`]);
    expect(issuers).toContain((forDomain?.spec["issuerRef"] as JsonObject | undefined)?.["name"]);
    expect(secret(platform)).toEqual([
      { kind: "Secret", name: forDomain?.spec["secretName"], namespace: forDomain?.metadata.namespace },
    ]);
  });

  test("the key of the own authority is not where the proxies' keys are", () => {
    const authority = objects(small, "Certificate").find(({ spec }) => spec["isCA"]);
    expect(authority?.metadata.namespace).toBe("cert-manager");
    const signing = objects(small, "ClusterIssuer").find(({ spec }) => spec["ca"]);
    expect(signing?.spec["ca"]).toEqual({ secretName: authority?.spec["secretName"] });
  });

  test("one that somebody keeps is read where it is, by the way in alone, and no cert-manager comes along", () => {
    expect(team.releases.map(({ name }) => name)).not.toContain("cert-manager");
    expect(secret(team)).toEqual([{ kind: "Secret", name: "mlops-team-example", namespace: "keys" }]);
    const [grant, ...others] = objects(team, "ReferenceGrant");
    expect(others).toEqual([]);
    expect(grant?.metadata.namespace).toBe("keys");
    expect(grant?.spec).toEqual({
      from: [{ group: "gateway.networking.k8s.io", kind: "Gateway", namespace: "envoy-gateway" }],
      to: [{ group: "", kind: "Secret", name: "mlops-team-example" }],
    });
    expect(watched(team)).toContain("keys");
  });
});

describe("the way to models for code inside", () => {
  const inside = (platform: SynthesizedPlatform, kind: string) => {
    const found = objects(platform, kind).find(({ metadata }) => metadata.name === "models");
    if (!found) throw new Error(`no ${kind} of models`);
    return found.spec;
  };

  test("is there without an edge too, and nothing else of the edge is", () => {
    const closed = signInPlatform({ mode: "none" }, null);
    expect(objects(closed, "Gateway").map(({ metadata }) => metadata.name)).toEqual(["models"]);
    for (const kind of ["SecurityPolicy", "ClientTrafficPolicy", "Certificate", "HTTPRoute"])
      expect([kind, objects(closed, kind)]).toEqual([kind, []]);
  });

  test("has no address outside, and nobody signs in at it", () => {
    for (const platform of [onAws, small, team]) {
      const { kubernetes } = inside(platform, "EnvoyProxy")["provider"] as { kubernetes: JsonObject };
      expect(kubernetes["envoyService"]).toEqual({ name: "models", type: "ClusterIP" });
      const policies = objects(platform, "SecurityPolicy").flatMap((each) => targets(each));
      expect(policies.map(({ name }) => name)).not.toContain("models");
    }
  });

  test("gives idle connections up before the servers do, and sends again only what was not sent", () => {
    const { timeout, retry } = inside(small, "BackendTrafficPolicy") as unknown as {
      timeout: { http: { connectionIdleTimeout: string } };
      retry: { retryOn: { triggers: string[] } };
    };
    expect(Number.parseInt(timeout.http.connectionIdleTimeout, 10)).toBeLessThan(5);
    expect(retry.retryOn.triggers).toEqual(["connect-failure", "reset-before-request", "refused-stream"]);
  });
});

describe("proxies", () => {
  test("are more than one where there are nodes for them, and none keeps a small cluster's node from going", () => {
    const kubernetes = (platform: SynthesizedPlatform) =>
      (one(platform, "EnvoyProxy")["provider"] as { kubernetes: JsonObject }).kubernetes;
    expect(kubernetes(onAws)).toMatchObject({ envoyDeployment: { replicas: 2 }, envoyPDB: { minAvailable: 1 } });
    expect(kubernetes(small)).toMatchObject({ envoyDeployment: { replicas: 1 } });
    expect(kubernetes(small)).not.toHaveProperty("envoyPDB");
    expect(kubernetes(small)).not.toHaveProperty("envoyHpa");
  });

  test("a port of every node is the one that addresses name; a load balancer has HTTP too, which is sent to HTTPS", () => {
    expect(service(small)).toMatchObject({
      type: "NodePort",
      patch: { value: { spec: { ports: [{ port: 443, nodePort: 30443 }] } } },
    });
    expect(objects(small, "HTTPRoute").filter(({ metadata }) => metadata.namespace === "envoy-gateway")).toEqual([]);
    expect(service(team)).toMatchObject({ type: "LoadBalancer", loadBalancerSourceRanges: ["10.0.0.0/8"] });
    const redirects = objects(team, "HTTPRoute").filter(({ metadata }) => metadata.namespace === "envoy-gateway");
    expect(redirects.map(({ spec }) => spec["rules"])).toMatchObject([
      [{ filters: [{ type: "RequestRedirect", requestRedirect: { scheme: "https" } }] }],
    ]);
  });

  test("come from the mirror that an environment names, as all else does", () => {
    const { kubernetes } = one(team, "EnvoyProxy")["provider"] as { kubernetes: { envoyDeployment: JsonObject } };
    expect((kubernetes.envoyDeployment["container"] as JsonObject)["image"]).toMatch(/^mirror\.example:5000/);
    expect(JSON.stringify(team.release("envoy-gateway").values)).not.toContain("docker.io");
  });

  test("their controller reads secrets of the namespaces with something for it, and of no others", () => {
    expect(watched(small)).toEqual(
      [...new Set(["envoy-gateway", ...published(small).map(({ namespace }) => namespace)])].sort(),
    );
  });
});

function service(platform: SynthesizedPlatform): JsonObject {
  return (one(platform, "EnvoyProxy")["provider"] as { kubernetes: { envoyService: JsonObject } }).kubernetes
    .envoyService;
}

function watched(platform: SynthesizedPlatform): unknown {
  const [values] = platform.release("envoy-gateway").values as unknown as {
    config: { envoyGateway: { provider: { kubernetes: { watch: { namespaces: string[] } } } } };
  }[];
  return values?.config.envoyGateway.provider.kubernetes.watch.namespaces;
}

function byAt(a: { readonly at: string }, b: { readonly at: string }): number {
  return a.at.localeCompare(b.at);
}
