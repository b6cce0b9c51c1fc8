import type { SecurityPolicy } from "../../constructs/custom-resources/security-policy";
import { writtenObjects } from "../support/custom-resources";
import type { SynthesizedPlatform } from "../support/platform";
import { builtin, external, signInPlatform } from "./sign-in-platform";

const policiesOf = (platform: SynthesizedPlatform) =>
  writtenObjects(platform).filter(({ kind }) => kind === "SecurityPolicy") as SecurityPolicy[];
const platform = signInPlatform(builtin);
const policies = policiesOf(platform);
const published = [...platform.foundation, ...platform.components].flatMap((part) => part.published ?? []);

const named = (name: string, all = policies): SecurityPolicy["spec"] => {
  const found = all.find(({ metadata }) => metadata.name === name);
  if (!found) throw new Error(`no policy ${name}`);
  return found.spec;
};
const whole = named("edge");

/** Whether one of the expression's conditions keeps a path from matching, whatever else it asks. */
const refuses = (cel: string, path: string) =>
  [...cel.matchAll(/!request\.url_path\.matches\(("(?:[^"\\]|\\.)*")\)/g)].some(([, text = ""]) =>
    new RegExp(JSON.parse(text) as string).test(path),
  );

describe("the policy of every host", () => {
  test("lets nobody through whom no rule names, and every rule names groups of a verified token", () => {
    expect(whole.authorization.defaultAction).toBe("Deny");
    for (const { authorization } of policies.map(({ spec }) => spec))
      for (const { principal } of authorization.rules ?? [])
        expect(principal.jwt).toEqual({ provider: "platform", claims: [expect.objectContaining({ name: "groups" })] });
  });

  test("believes tokens of the issuer that are made for the platform, by keys that are fetched inside", () => {
    expect(whole.jwt?.providers).toEqual([
      {
        name: "platform",
        issuer: "https://sign-in.mlops.example.com/realms/open-mlops",
        audiences: ["open-mlops"],
        remoteJWKS: { uri: expect.stringMatching(/^http:\/\/keycloak-http\.keycloak\//) },
        // By itself Envoy also takes one from an address, where logs and histories keep it and tools are handed it.
        extractFrom: { headers: [{ name: "Authorization", valuePrefix: "Bearer " }] },
        claimToHeaders: [{ claim: "preferred_username", header: "x-open-mlops-user" }],
      },
    ]);
  });

  test("signs people in, and leaves code with a token alone", () => {
    expect(whole.oidc).toMatchObject({
      clientID: "envoy-gateway",
      clientSecret: { name: "envoy-gateway-identity" },
      forwardAccessToken: true,
      passThroughAuthHeader: true,
    });
    expect(policies.filter(({ spec }) => spec.oidc)).toHaveLength(1);
  });

  test("leaves a person's session with the host it was made for: at the Hub's, a server of somebody else would be sent it", () => {
    for (const { spec } of policies) expect(spec.oidc ?? {}).not.toHaveProperty("cookieDomain");
  });

  test("has no page of another site use a person's session: browsers differ in what they do where nothing is said", () => {
    expect(whole.oidc?.cookieConfig).toEqual({ sameSite: "Lax" });
  });

  test.each([
    ["a page that a person opens", { accept: "text/html,application/xhtml+xml,*/*;q=0.8" }, true],
    ["curl", { accept: "*/*" }, false],
    ["a client of an interface", { accept: "application/json" }, false],
    ["a stream of events", { accept: "text/event-stream" }, false],
    ["a script of a page", { accept: "text/html", "sec-fetch-mode": "cors" }, false],
  ] as const)("%s: is sent to sign in, or told 401", (_, headers, sent) => {
    const denied = whole.oidc?.denyRedirect.headers.some(({ name, type, value }) => {
      const is = (headers as Record<string, string>)[name];
      return is !== undefined && (type === "Exact" ? is === value : new RegExp(`^(?:${value})$`).test(is));
    });
    expect(!denied).toBe(sent);
  });
});

describe("hosts with a policy of their own", () => {
  test("are those that ask by themselves, whom the edge lets through, and those with searches", () => {
    const own = published.filter(({ signIn }) => signIn === "own").map(({ host }) => host);
    const searching = published.filter(({ signIn, reads }) => signIn === "edge" && reads).map(({ host }) => host);
    expect(own.toSorted()).toEqual(["hub", "sign-in"]);
    expect(searching.toSorted()).toEqual(["mlflow", "prefect"]);
    expect(policies.map(({ metadata }) => metadata.name).toSorted()).toEqual(["edge", ...own, ...searching].toSorted());
    for (const host of own) {
      const { targetRefs, ...rest } = named(host);
      expect(targetRefs).toEqual([expect.objectContaining({ kind: "HTTPRoute", name: host })]);
      expect(rest).toEqual({ authorization: { defaultAction: "Allow" } });
    }
  });

  test("those with searches keep the rules of all hosts, and add what viewers may search", () => {
    for (const host of ["mlflow", "prefect"]) {
      const { mergeType, authorization } = named(host);
      expect(mergeType).toBe("JSONMerge");
      const rules = authorization.rules ?? [];
      const [members, look, ...searches] = rules;
      expect([members, { ...look, cel: look?.cel?.split(" && ")[0] }]).toEqual(whole.authorization.rules);
      for (const rule of searches) {
        expect(rule.operation).toEqual({ methods: ["POST"] });
        // The path as it is asked for, from its beginning to its end, and not what follows a question mark.
        expect(rule.cel).toMatch(/^request\.url_path\.matches\("\^\(\?:.*?\)\$"\)/);
        expect(rule.principal.jwt.claims[0]?.values).toEqual(["viewers"]);
      }
    }
  });

  test.each([
    "/api/block_documents/filter",
    "/api/block_documents/7a2e?include_secrets=true".replace(/\?.*/, ""),
    "/api/block_types/slug/secret/block_documents/name/mine",
    "/api/block%5fdocuments/filter",
    "/api/%62lock_documents/filter",
  ])("viewers are not shown what Prefect keeps for flows to sign in with: %s", (path) => {
    const viewing = (named("prefect").authorization.rules ?? []).filter(({ principal }) =>
      principal.jwt.claims[0]?.values.includes("viewers"),
    );
    expect(viewing.length).toBeGreaterThan(2);
    for (const { name, cel = "" } of viewing) expect([name, refuses(cel, path)]).toEqual([name, true]);
    for (const { name, cel = "" } of viewing)
      expect([name, refuses(cel, "/api/flows/name/a%20flow%C3%A4")]).toEqual([name, false]);
  });

  test("viewers write nothing, also not in a web socket", () => {
    const viewing = whole.authorization.rules?.filter(({ principal }) =>
      principal.jwt.claims[0]?.values.includes("viewers"),
    );
    expect(viewing).toEqual([
      expect.objectContaining({
        operation: { methods: ["GET", "HEAD", "OPTIONS"] },
        cel: "!('upgrade' in request.headers)",
      }),
    ]);
  });
});

describe("with an issuer outside", () => {
  test("the groups have its names, and who has no viewers has no rule for them", () => {
    const all = policiesOf(signInPlatform(external));
    expect(named("edge", all).authorization.rules).toEqual([
      {
        name: "members",
        action: "Allow",
        principal: {
          jwt: {
            provider: "platform",
            claims: [{ name: "groups", valueType: "StringArray", values: ["platform-team", "data", "science"] }],
          },
        },
      },
    ]);
    expect(named("edge", all).oidc?.provider).toEqual({
      issuer: "https://accounts.example.com",
      authorizationEndpoint: "https://accounts.example.com/authorize",
      tokenEndpoint: "https://accounts.example.com/token",
    });
  });
});

test("no tool behind the edge's sign-in is given a person's token, and none believes what a client says of a person", () => {
  const objects = writtenObjects(platform) as unknown as {
    kind: string;
    metadata: { name: string };
    spec: { rules?: { filters?: unknown }[]; headers?: { earlyRequestHeaders: { remove: string[] } } };
  }[];
  const handed = [{ type: "RequestHeaderModifier", requestHeaderModifier: { remove: ["authorization", "cookie"] } }];
  for (const { host } of published.filter(({ signIn, backend }) => signIn === "edge" && backend)) {
    const route = objects.find(({ kind, metadata }) => kind === "HTTPRoute" && metadata.name === host);
    expect(route?.spec.rules?.length).toBeGreaterThan(0);
    for (const rule of route?.spec.rules ?? []) expect([host, rule.filters]).toEqual([host, handed]);
  }
  const client = objects.find(({ kind }) => kind === "ClientTrafficPolicy");
  expect(client?.spec.headers?.earlyRequestHeaders.remove).toContain("x-open-mlops-user");
});
