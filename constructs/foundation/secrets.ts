import { Construct } from "constructs";
import type { Part } from "../contracts/foundation";
import { databaseUser } from "../contracts/names";
import { HelmChart } from "../helm-chart";
import { ownChart } from "../sources";
import { operatorAccount } from "./external-secrets/account";
import { copyOf, makers } from "./external-secrets/generate";
import { secretStore, storeName } from "./external-secrets/store";

/** Names of the secrets a component finds in its namespace. */
export const secretNames = {
  /** What it declared in `needs.secrets`. */
  own: (component: string) => `${component}-generated`,
  /** Its database's user: keys `username` and `password`. */
  database: (component: string) => `${component}-database`,
  /** Its client at whoever knows people: key `client-secret`. */
  identity: (component: string) => `${component}-identity`,
  /** Its token as a service, of whoever provides sign-in: key `token`. */
  token: (component: string) => `${component}-sign-in`,
};

/** One secret to make, and the namespaces whose pods read it. */
export interface GeneratedSecret {
  readonly name: string;
  readonly namespaces: readonly string[];
  /** Format by key: values are generated once, in the cluster. */
  readonly keys: Readonly<Record<string, "alphanumeric" | "hex32">>;
  /** Values that are no secret, beside them in each copy. */
  readonly literals?: Readonly<Record<string, string>>;
  /** The tool that keeps it in a database of its own too, and has to be told: a new value alone would lock its readers out. */
  readonly keptBy?: string;
}

/**
 * Secrets that are generated inside the cluster: External Secrets makes each value once, in the foundation's namespace,
 * and keeps the copies equal to it. No value is ever in code, plan, state or a release, and none changes when the platform
 * is installed again. A value that is gone is taken from a copy that is left: the chart looks for one.
 */
export class GeneratedSecrets extends Construct {
  constructor(scope: Construct, id: string, { namespace, parts }: { namespace: string; parts: readonly Part[] }) {
    super(scope, id);
    const secrets = generatedSecrets(parts, namespace);
    new HelmChart(this, "chart", {
      chart: ownChart("secrets"),
      name: "secrets",
      namespace,
      values: generatedValues(secrets, namespace, storeName, secretStore(secrets, namespace, operatorAccount)),
    });
  }
}

/** Values of `charts/secrets`: what makes these secrets in the foundation's namespace and copies them, by this store. */
export function generatedValues(
  secrets: readonly GeneratedSecret[],
  namespace: string,
  store: string,
  objects: readonly object[],
) {
  const made = secrets.map((secret) => ({
    secret,
    makers: makers(secret, namespace, store),
    copies: copiesOf(secret, namespace),
  }));
  return {
    manifests: [
      ...objects,
      ...made.flatMap((each) => each.makers.map(({ password }) => password)),
      ...made.flatMap(({ secret, copies }) => copies.map((copy) => copyOf(secret, copy, store))),
    ],
    secrets: made.map(({ secret, makers, copies }) => ({
      name: secret.name,
      copies,
      pushes: makers.map(({ push }) => push),
    })),
  };
}

/** The namespaces that hold a copy of a secret: all that read it but the foundation's, which holds the secret itself. */
export function copiesOf({ namespaces }: GeneratedSecret, foundation: string): string[] {
  return namespaces.filter((namespace) => namespace !== foundation);
}

/** Every secret that the parts' needs ask for. */
export function generatedSecrets(parts: readonly Part[], foundation: string): GeneratedSecret[] {
  const provider = parts.find((part) => part.signIn)?.name;
  const issuer = parts.find(({ traffic }) => Object.values(traffic).some(({ answers }) => answers?.identity))?.name;
  return parts.flatMap(({ name, needs }) => [
    ...(needs.secrets
      ? [
          {
            name: secretNames.own(name),
            namespaces: [name],
            keys: needs.secrets,
            ...(name === issuer ? { keptBy: issuer } : {}),
          },
        ]
      : []),
    ...(needs.database
      ? [
          {
            name: secretNames.database(name),
            namespaces: [name, foundation],
            keys: { password: "alphanumeric" as const },
            literals: { username: databaseUser(name) },
          },
        ]
      : []),
    // An issuer outside has made a secret of its own.
    ...(needs.identityClient && issuer
      ? [
          {
            name: secretNames.identity(name),
            namespaces: [name, issuer],
            keys: { "client-secret": "alphanumeric" as const },
            keptBy: issuer,
          },
        ]
      : []),
    ...(needs.signIn && provider
      ? [
          {
            name: secretNames.token(name),
            namespaces: [...new Set([name, provider])],
            keys: { token: "hex32" as const },
          },
        ]
      : []),
  ]);
}
