import { type BuiltinIdentity, identitySchema } from "../../constructs/contracts/identity";
import type { JsonObject } from "../../constructs/contracts/json";
import { realm } from "../../constructs/foundation/keycloak/realm";
import { generatedSecrets } from "../../constructs/foundation/secrets";
import { copiesBy } from "../support/copied-secrets";
import type { SynthesizedPlatform } from "../support/platform";
import { builtin, edge, signInPlatform } from "./sign-in-platform";

interface Client extends JsonObject {
  readonly clientId: string;
  readonly redirectUris: readonly string[];
  readonly protocolMappers: readonly { readonly name: string; readonly config: JsonObject }[];
}
interface Realm extends JsonObject {
  readonly clients: readonly Client[];
  readonly users: readonly (JsonObject & { readonly username: string })[];
}
interface Variable {
  readonly name: string;
  readonly value?: string;
  readonly valueFrom?: { readonly secretKeyRef: { readonly name: string; readonly key: string } };
}

interface Container {
  readonly env: Variable[];
  readonly command?: readonly string[];
}
interface JobSpec {
  readonly template: { readonly spec: { readonly containers: [Container]; readonly initContainers: [Container] } };
}
interface RealmValues {
  readonly manifests: readonly [
    { readonly data: { readonly "realm.json": string; readonly "account.sh": string } },
    { readonly spec: JobSpec },
    { readonly spec: { readonly suspend: boolean; readonly jobTemplate: { readonly spec: JobSpec } } },
  ];
}

function realmRelease(platform: SynthesizedPlatform) {
  const [config, job, again] = (platform.release("keycloak-realm").values[0] as unknown as RealmValues).manifests;
  const text = config.data["realm.json"];
  return { text, realm: JSON.parse(text) as Realm, env: job.spec.template.spec.containers[0].env, config, job, again };
}

const everything = {
  ...builtin,
  registration: true,
  smtp: { host: "smtp.example.com", port: 587, from: "mlops@example.com", secret: { namespace: "keys", name: "mail" } },
  upstreams: [
    { kind: "github", clientId: "g", clientSecret: { namespace: "keys", name: "github" } },
    { kind: "google", clientId: "o", clientSecret: { namespace: "keys", name: "google" }, hostedDomain: "example.com" },
    { kind: "microsoft", clientId: "m", clientSecret: { namespace: "keys", name: "microsoft" }, tenant: "t" },
    {
      kind: "oidc",
      name: "university",
      issuer: "https://id.example.edu",
      endpoints: {
        authorize: "https://id.example.edu/authorize",
        token: "https://id.example.edu/token",
        userinfo: "https://id.example.edu/userinfo",
        jwks: "https://id.example.edu/keys",
      },
      clientId: "u",
      clientSecret: { namespace: "keys", name: "university" },
    },
  ],
};
const plain = signInPlatform(builtin);
const full = signInPlatform(everything);

describe("the realm", () => {
  const { realm: made } = realmRelease(plain);
  const client = (id: string) => {
    const found = made.clients.find(({ clientId }) => clientId === id);
    if (!found) throw new Error(`no client ${id}`);
    return found;
  };

  test("has a client for each part that signs people in, for people's machines and for pipelines, and no other", () => {
    const asking = [...plain.foundation, ...plain.components].filter(({ needs }) => needs.identityClient);
    expect(asking.map(({ name }) => name)).toEqual(["envoy-gateway", "jupyterhub"]);
    expect(made.clients.map(({ clientId }) => clientId)).toEqual([
      ...asking.map(({ name }) => name),
      "mlops-cli",
      "mlops-ci",
    ]);
  });

  test("people are sent back to the addresses of who sent them, and nowhere else", () => {
    expect(client("jupyterhub").redirectUris).toEqual(["https://hub.mlops.example.com/hub/oauth_callback"]);
    expect(client("envoy-gateway").redirectUris.toSorted()).toEqual(
      ["dask", "mlflow", "models", "prefect"].map((host) => `https://${host}.mlops.example.com/oauth2/callback`),
    );
    for (const { redirectUris } of made.clients) expect(redirectUris.join()).not.toContain("*");
    expect(client("mlops-cli")).toMatchObject({ publicClient: true, standardFlowEnabled: false, redirectUris: [] });
  });

  test("nobody's password goes through a tool, and a person's machine proves that it began the sign-in", () => {
    for (const each of made.clients)
      expect(each).toMatchObject({
        directAccessGrantsEnabled: false,
        implicitFlowEnabled: false,
        fullScopeAllowed: false,
      });
    expect(client("mlops-cli").attributes).toEqual({
      "oauth2.device.authorization.grant.enabled": "true",
      "pkce.code.challenge.method": "S256",
    });
  });

  test("every token says the groups, and is made for the platform", () => {
    for (const { clientId, protocolMappers } of made.clients) {
      const config = Object.fromEntries(protocolMappers.map((mapper) => [mapper.name, mapper.config]));
      expect([clientId, config]).toEqual([
        clientId,
        {
          groups: expect.objectContaining({
            "claim.name": "groups",
            "full.path": "false",
            "access.token.claim": "true",
          }),
          audience: expect.objectContaining({ "included.custom.audience": "open-mlops", "access.token.claim": "true" }),
        },
      ]);
    }
  });

  test("the first admin changes the first password; pipelines are members; nobody else is there", () => {
    expect(made.users).toEqual([
      {
        username: "ada",
        enabled: true,
        groups: ["/admins"],
        credentials: [{ type: "password", userLabel: "initial", value: "$(env:ADMIN_PASSWORD)", temporary: true }],
      },
      {
        username: "service-account-mlops-ci",
        enabled: true,
        groups: ["/members"],
        serviceAccountClientId: "mlops-ci",
      },
    ]);
  });

  test("the groups by which people and teams are told apart are there", () => {
    const asked = [{ groups: ["red", "members"] }, { groups: ["blue"] }];
    const asCode = realm(identitySchema.parse(builtin) as BuiltinIdentity, {
      clients: [],
      identityProviders: [],
      teams: asked,
    });
    expect(asCode.groups.map(({ name }) => name)).toEqual(["admins", "members", "viewers", "red", "blue"]);
  });

  test("wrong passwords are slowed down; accounts, mails and other places are off until they are asked for", () => {
    expect(made).toMatchObject({
      bruteForceProtected: true,
      registrationAllowed: false,
      verifyEmail: false,
      resetPasswordAllowed: false,
      smtpServer: {},
      identityProviders: [],
    });
    expect(realmRelease(full).realm).toMatchObject({
      registrationAllowed: true,
      verifyEmail: true,
      resetPasswordAllowed: true,
      smtpServer: { host: "smtp.example.com", port: "587", starttls: "true", ssl: "false", auth: "true" },
      identityProviders: [
        { alias: "github", providerId: "github" },
        { alias: "google", config: { hostedDomain: "example.com" } },
        { alias: "microsoft", config: { tenantId: "t" } },
        {
          alias: "university",
          providerId: "oidc",
          config: { tokenUrl: "https://id.example.edu/token", pkceEnabled: "true" },
        },
      ],
    });
  });
});

describe("secrets of the realm", () => {
  test.each([
    ["plain", plain],
    ["with everything", full],
  ])("%s: the text has placeholders, and each is filled from a secret", (_, platform) => {
    const { text, env } = realmRelease(platform);
    const placeholders = [...text.matchAll(/\$\(env:(\w+)\)/g)].map(([, name]) => name);
    const fromSecrets = env.filter(({ valueFrom }) => valueFrom).map(({ name }) => name);
    expect(placeholders.length).toBeGreaterThan(3);
    expect(fromSecrets.toSorted()).toEqual([...new Set([...placeholders, "KEYCLOAK_CLIENTSECRET"])].toSorted());
    // What is called a secret or a password in it is a placeholder.
    for (const [, value] of text.matchAll(/"(?:secret|clientSecret|password|value)":"([^"]*)"/g))
      expect(value).toMatch(/^\$\(env:\w+\)$/);
  });

  test("a client's secret is the same for the tool and for Keycloak; what people keep is copied there", () => {
    const secrets = generatedSecrets([...full.foundation, ...full.components], "open-mlops");
    const namespaces = Object.fromEntries(secrets.map((secret) => [secret.name, secret.namespaces]));
    expect(namespaces["jupyterhub-identity"]).toEqual(["jupyterhub", "keycloak"]);
    expect(namespaces["envoy-gateway-identity"]).toEqual(["envoy-gateway", "keycloak"]);
    const generated = secrets.flatMap((secret) =>
      secret.namespaces.includes("keycloak") ? Object.keys(secret.keys).map((key) => `${secret.name} ${key}`) : [],
    );
    const copied = copiesBy(full, "given-secrets");
    const there = [...generated, ...copied.flatMap(({ to, keys }) => keys.map((key) => `${to.name} ${key}`))];
    for (const { valueFrom } of realmRelease(full).env)
      if (valueFrom) expect(there).toContain(`${valueFrom.secretKeyRef.name} ${valueFrom.secretKeyRef.key}`);
    expect(plain.releases.map(({ name }) => name)).not.toContain("given-secrets");
  });
});

describe("a Keycloak whose database has outlived its secrets", () => {
  const { config, job, again } = realmRelease(plain);
  const [account] = job.spec.template.spec.initContainers;
  const variable = (name: string) => account.env.find((each) => each.name === name);

  test("is told the secret of the account that applies the realm, before that is used", () => {
    // `npm run test:sign-in` runs it, with a rotation.
    expect(account.command?.at(-1)).toBe("/config/account.sh");
    expect(config.data["account.sh"]).toContain("bootstrap-admin service");
    // Terraform would take these for its own.
    expect(config.data["account.sh"]).not.toMatch(/[$%]\{/);
    const [realm] = job.spec.template.spec.containers;
    expect(variable("KC_CLI_CLIENT_SECRET")?.valueFrom).toEqual(
      realm.env.find(({ name }) => name === "KEYCLOAK_CLIENTSECRET")?.valueFrom,
    );
    expect(variable("ACCOUNT")?.value).toBe(realm.env.find(({ name }) => name === "KEYCLOAK_CLIENTID")?.value);
  });

  test("is reached at the server's own database, with the server's own settings", () => {
    const server = plain.release("keycloak").values[0] as unknown as {
      database: { hostname: string; database: string; username: string; existingSecret: string };
      extraEnv: string;
    };
    expect(variable("KC_DB_URL_HOST")?.value).toBe(server.database.hostname);
    expect(variable("KC_DB_URL_DATABASE")?.value).toBe(server.database.database);
    expect(variable("KC_DB_USERNAME")?.value).toBe(server.database.username);
    expect(variable("KC_DB_PASSWORD")?.valueFrom?.secretKeyRef.name).toBe(server.database.existingSecret);
    // With another cache it would look for the server, and wait for it.
    for (const name of ["KC_CACHE", "KC_DB_URL_PROPERTIES"])
      expect(server.extraEnv).toContain(JSON.stringify(variable(name)));
    expect(plain.foundation.find(({ name }) => name === "keycloak")?.traffic["realm"]?.uses).toEqual(["database"]);
  });

  test("no secret of it is on a command line", () => {
    const commands = config.data["account.sh"].split("\n").filter((line) => /kcadm|kc\.sh/.test(line));
    expect(commands.filter((line) => /\$KC_CLI_CLIENT_SECRET/.test(line) && !line.includes("printf"))).toEqual([]);
  });

  test("is told again by the same job, which never runs by the clock", () => {
    expect(again.spec.suspend).toBe(true);
    expect(again.spec.jobTemplate.spec).toEqual(job.spec);
  });
});

describe("the server", () => {
  test("tokens name the public address, and pods come by the service", () => {
    const extraEnv = String(plain.release("keycloak").values[0]?.["extraEnv"]);
    const env = extraEnv.split("\n").map((line) => JSON.parse(line.replace(/^- /, "")) as Variable);
    expect(env).toEqual(
      expect.arrayContaining([
        { name: "KC_HOSTNAME", value: "https://sign-in.mlops.example.com" },
        { name: "KC_HOSTNAME_BACKCHANNEL_DYNAMIC", value: "true" },
      ]),
    );
    const at = signInPlatform(builtin, { ...edge, service: { type: "node-port", port: 30443 } });
    expect(String(at.release("keycloak").values[0]?.["extraEnv"])).toContain("https://sign-in.mlops.example.com:30443");
  });

  test("only the platform's realm is published", () => {
    const keycloak = plain.foundation.find(({ name }) => name === "keycloak");
    expect(keycloak?.published).toEqual([
      expect.objectContaining({ host: "sign-in", signIn: "own", paths: ["/realms/open-mlops/", "/resources/"] }),
    ]);
  });

  test("it reaches mail and other places only where it has to", () => {
    const uses = (platform: SynthesizedPlatform) =>
      platform.foundation.find(({ name }) => name === "keycloak")?.traffic["server"]?.uses;
    expect(uses(plain)).toEqual(["database"]);
    expect(uses(full)).toEqual(["database", "mail", "cloud"]);
  });
});
