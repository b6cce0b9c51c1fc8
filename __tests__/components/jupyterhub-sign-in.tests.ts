import type { JsonObject } from "../../constructs/contracts/json";
import { builtin, external, signInPlatform } from "../foundation/sign-in-platform";
import { synthesizePlatform } from "../support/platform";

interface Hub {
  readonly config: {
    readonly JupyterHub: { readonly authenticator_class: string };
    readonly GenericOAuthenticator?: JsonObject;
  };
  readonly extraEnv: Readonly<Record<string, JsonObject>>;
  readonly extraConfig: Readonly<Record<string, string>>;
  readonly loadRoles: Readonly<Record<string, { readonly scopes: readonly string[] }>>;
}

const hubOf = (platform: ReturnType<typeof signInPlatform>) =>
  (platform.release("jupyterhub").values[0] as unknown as { readonly hub: Hub }).hub;
const known = hubOf(signInPlatform(builtin));
const passwords = hubOf(synthesizePlatform());
const ownToken = "admin:auth_state!user";

describe("a Hub where people are known", () => {
  const oauth = known.config.GenericOAuthenticator;

  test("sends browsers to the public address, and asks Keycloak inside the cluster", () => {
    expect(known.config.JupyterHub.authenticator_class).toBe("generic-oauth");
    expect(oauth).toMatchObject({
      client_id: "jupyterhub",
      oauth_callback_url: "https://hub.mlops.example.com/hub/oauth_callback",
      authorize_url: expect.stringMatching(/^https:\/\/sign-in\.mlops\.example\.com\//),
      token_url: expect.stringMatching(/^http:\/\/keycloak-http\.keycloak\//),
    });
  });

  test("gives servers to admins and members, and to nobody else", () => {
    expect(oauth).toMatchObject({ allowed_groups: ["admins", "members"], admin_groups: ["admins"] });
    expect(oauth?.["allow_all"]).toBeUndefined();
    expect(hubOf(signInPlatform(external)).config.GenericOAuthenticator).toMatchObject({
      client_id: "platform",
      allowed_groups: ["platform-team", "data", "science"],
      admin_groups: ["platform-team"],
      token_url: "https://accounts.example.com/token",
    });
  });

  test("runs our own authenticator, by which who left the groups is out, and an ended session stops no server", () => {
    // identity/hub.lab.ts runs it in a real Hub.
    expect(known.extraConfig["people"]).toContain("c.JupyterHub.authenticator_class = PlatformAuthenticator");
    expect(known.extraConfig["people"]).toMatch(/^smoke_person = "smoke-test"$/m);
    expect(oauth?.["userdata_url"]).toBeUndefined();
    // Terraform would take these for its own.
    expect(known.extraConfig["people"]).not.toMatch(/[$%]\{/);
    // By these alone it tells a server's token from a person's.
    for (const scope of known.loadRoles["server"]?.scopes ?? [])
      expect(known.extraConfig["people"]?.split("\n").find((line) => line.startsWith("server_scopes"))).toContain(
        `"${scope.split("!")[0]}"`,
      );
  });

  test("signs people out of everything", () => {
    const url = new URL(String(oauth?.["logout_redirect_url"]));
    expect(url.origin).toBe("https://sign-in.mlops.example.com");
    expect(url.searchParams.get("post_logout_redirect_uri")).toBe("https://hub.mlops.example.com/");
    // Without an address for it, the Hub shows its own page.
    expect(hubOf(signInPlatform(external)).config.GenericOAuthenticator?.["logout_redirect_url"]).toBeUndefined();
  });

  test("has no shared password, and its client's secret comes from a secret", () => {
    expect(known.extraEnv["OAUTH_CLIENT_SECRET"]).toEqual({
      valueFrom: { secretKeyRef: { name: "jupyterhub-identity", key: "client-secret" } },
    });
    expect(Object.keys(known.extraEnv)).not.toContain("USER_PASSWORD");
    expect(JSON.stringify(known)).not.toContain("SharedPassword");
  });

  test("keeps people's tokens for their code, and each person's for that person alone", () => {
    expect(oauth?.["enable_auth_state"]).toBe(true);
    for (const role of ["user", "server"]) expect(known.loadRoles[role]?.scopes).toContain(ownToken);
    for (const { scopes } of Object.values(known.loadRoles))
      for (const scope of scopes.filter((each) => each.includes("auth_state"))) expect(scope).toBe(ownToken);
    expect(JSON.stringify(passwords.loadRoles)).not.toContain("auth_state");
  });
});

test("where nobody is known there are shared passwords, also behind nothing but kubectl", () => {
  expect(passwords.config.JupyterHub.authenticator_class).toBe("shared-password");
  expect(Object.keys(passwords.extraEnv)).toContain("USER_PASSWORD");
  expect(JSON.stringify(passwords)).not.toContain("OAUTH");
});
