import type { PartContext } from "../../contracts/foundation";
import { images } from "../../pins";
import { type EnvVar, fromSecret, type Resources, resources, restrictedContainer, restrictedPod } from "../pods";
import { priorities } from "../scheduling/priorities";
import { keycloakName } from "./address";

/** The chart's values, as far as they are set here. */
export interface KeycloakValues {
  readonly fullnameOverride: string;
  readonly nameOverride: string;
  readonly image: { readonly repository: string; readonly tag: string };
  readonly args: readonly ["start"];
  readonly http: { readonly relativePath: "/" };
  readonly proxy: { readonly enabled: true; readonly mode: "xforwarded"; readonly http: { readonly enabled: true } };
  readonly cache: { readonly stack: "custom" };
  readonly database: {
    readonly vendor: "postgres";
    readonly hostname: string;
    readonly port: number;
    readonly database: string;
    readonly username: string;
    readonly existingSecret: string;
    readonly existingSecretKey: "password";
  };
  /** YAML, in which the chart fills in templates. */
  readonly extraEnv: string;
  readonly serviceAccount: { readonly automountServiceAccountToken: false };
  readonly enableServiceLinks: false;
  readonly podSecurityContext: typeof restrictedPod;
  readonly securityContext: typeof restrictedContainer & { readonly runAsUser: number; readonly runAsNonRoot: true };
  readonly priorityClassName: string;
  readonly resources: Resources;
  readonly dbchecker: { readonly enabled: false };
}

/**
 * The account that the job which applies the realm signs in with; Keycloak makes it when its database is empty, and
 * `account.sh` keeps it to the secret of today. Not
 * `<realm>-realm`: so Keycloak calls a client of its own.
 */
export const realmAccount = "open-mlops-config";

/** How Keycloak itself keeps what it keeps, for its server and for its own commands beside it. */
function storeEnv(context: PartContext): EnvVar[] {
  return [
    // One instance. Sessions are in the database, so nobody has to sign in again when it is replaced.
    { name: "KC_CACHE", value: "local" },
    { name: "KC_DB_URL_PROPERTIES", value: `?sslmode=${context.database().tls}` },
    // By itself it takes up to a hundred, and a small server of the cloud has few more for everybody.
    { name: "KC_DB_POOL_MAX_SIZE", value: "20" },
  ];
}

/** The same for a container of Keycloak's image that the chart does not make: with the database, which the chart tells. */
export function commandEnv(context: PartContext): EnvVar[] {
  const { host, port, name, user, secret } = context.database();
  return [
    { name: "KC_DB", value: "postgres" },
    { name: "KC_DB_URL_HOST", value: host },
    { name: "KC_DB_URL_PORT", value: String(port) },
    { name: "KC_DB_URL_DATABASE", value: name },
    { name: "KC_DB_USERNAME", value: user },
    { name: "KC_DB_PASSWORD", valueFrom: fromSecret({ name: secret, key: "password" }) },
    ...storeEnv(context),
  ];
}

/** What Keycloak's image runs as, in its pod and in the job's. */
export const keycloakUser = { runAsUser: 1000, runAsNonRoot: true } as const;

/** @param publicAddress where browsers find it, without a trailing slash */
export function keycloakValues(context: PartContext, publicAddress: string): KeycloakValues {
  const { host, port, name, user, secret } = context.database();
  const env: readonly EnvVar[] = [
    // Tokens name the public address, whoever asks; what is asked for inside the cluster is answered with inner addresses.
    { name: "KC_HOSTNAME", value: publicAddress },
    { name: "KC_HOSTNAME_BACKCHANNEL_DYNAMIC", value: "true" },
    ...storeEnv(context),
    { name: "KC_BOOTSTRAP_ADMIN_CLIENT_ID", value: realmAccount },
    { name: "KC_BOOTSTRAP_ADMIN_CLIENT_SECRET", valueFrom: fromSecret(context.secret("realm-account")) },
  ];
  return {
    fullnameOverride: keycloakName,
    nameOverride: keycloakName,
    image: context.image(images.keycloak),
    args: ["start"],
    http: { relativePath: "/" },
    proxy: { enabled: true, mode: "xforwarded", http: { enabled: true } },
    cache: { stack: "custom" },
    database: {
      vendor: "postgres",
      hostname: host,
      port,
      database: name,
      username: user,
      existingSecret: secret,
      existingSecretKey: "password",
    },
    // A line for each: the chart has some before these.
    extraEnv: env.map((each) => `- ${JSON.stringify(each)}`).join("\n"),
    serviceAccount: { automountServiceAccountToken: false },
    enableServiceLinks: false,
    podSecurityContext: restrictedPod,
    securityContext: { ...restrictedContainer, ...keycloakUser },
    priorityClassName: priorities.foundation,
    // Measured: it starts with 1.5 GiB; the Java heap takes 70 % of the limit at most.
    resources: resources(context.cluster.scale, 250, 768, 1536),
    dbchecker: { enabled: false },
  };
}
