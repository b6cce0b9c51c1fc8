import { identitySchema } from "../../constructs/contracts/identity";
import { identityClient } from "../../constructs/foundation/identity";
import { copiesBy } from "../support/copied-secrets";
import { builtin, edge, external, signInPlatform } from "./sign-in-platform";

const ofEnvironment = (identity: object) => identityClient("tool", identitySchema.parse(identity), edge);

describe("what a tool that signs people in is told", () => {
  test("where nobody knows people, or there is no way in: nothing", () => {
    expect(ofEnvironment({ mode: "none" })).toBeUndefined();
    expect(identityClient("tool", identitySchema.parse(builtin))).toBeUndefined();
  });

  test("of Keycloak: browsers go to the public address that tokens name, pods to the service", () => {
    const client = ofEnvironment(builtin);
    const outside = "https://sign-in.mlops.example.com/realms/open-mlops";
    expect(client).toMatchObject({
      issuer: outside,
      clientId: "tool",
      clientSecret: { name: "tool-identity", key: "client-secret" },
      groups: { admins: ["admins"], members: ["members"], viewers: ["viewers"] },
    });
    for (const url of [client?.authorizeUrl, client?.endSessionUrl]) expect(url?.startsWith(outside)).toBe(true);
    for (const url of [client?.tokenUrl, client?.userinfoUrl, client?.jwksUrl])
      expect(new URL(url ?? "").origin).toBe("http://keycloak-http.keycloak");
  });

  test("of an issuer outside: its own addresses, names and groups, and the client as whom tokens are made for", () => {
    expect(ofEnvironment(external)).toEqual({
      issuer: "https://accounts.example.com",
      authorizeUrl: "https://accounts.example.com/authorize",
      tokenUrl: "https://accounts.example.com/token",
      userinfoUrl: "https://accounts.example.com/userinfo",
      jwksUrl: "https://accounts.example.com/keys",
      endSessionUrl: undefined,
      clientId: "platform",
      clientSecret: { name: "tool-identity", key: "client-secret" },
      scopes: ["openid", "profile", "email"],
      audience: "platform",
      usernameClaim: "preferred_username",
      groupsClaim: "groups",
      groups: { admins: ["platform-team"], members: ["data", "science"], viewers: [] },
    });
    expect(ofEnvironment({ ...external, audience: "api://mlops" })?.audience).toBe("api://mlops");
  });
});

test("the secret of a client outside is copied to each namespace that signs people in, and none is made for it", () => {
  const platform = signInPlatform(external);
  expect(copiesBy(platform, "identity-secrets")).toEqual(
    ["envoy-gateway", "jupyterhub"].map((namespace) => ({
      from: external.clientSecret,
      to: { namespace, name: `${namespace}-identity` },
      keys: ["client-secret"],
    })),
  );
  expect(JSON.stringify(platform.release("secrets").values)).not.toContain("-identity");
  expect(signInPlatform(builtin).releases.map(({ name }) => name)).not.toContain("identity-secrets");
});

describe("an identity in an environment", () => {
  const problems = (identity: object) => identitySchema.safeParse(identity).error?.issues.map(({ message }) => message);

  test("two places where people have an account need names of their own", () => {
    const github = { kind: "github", clientId: "a", clientSecret: { namespace: "keys", name: "a" } };
    expect(problems({ ...builtin, upstreams: [github] })).toBeUndefined();
    expect(problems({ ...builtin, upstreams: [github, github] })).toEqual([
      expect.stringContaining("each kind may stand there once"),
    ]);
  });

  test("an issuer outside without its addresses is refused", () => {
    const { endpoints: _, ...without } = external;
    expect(identitySchema.safeParse(without).error?.issues.map(({ path }) => path)).toEqual([["endpoints"]]);
  });
});
