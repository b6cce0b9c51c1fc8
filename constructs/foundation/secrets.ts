import { Construct } from "constructs";
import type { Part } from "../contracts/foundation";
import { databaseUser } from "../contracts/names";
import { HelmChart } from "../helm-chart";
import { ownChart } from "../sources";

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

/** One secret to make, and the namespaces that hold a copy. */
export interface GeneratedSecret {
  readonly name: string;
  readonly namespaces: readonly string[];
  /** Format by key: values are generated once, in the cluster. */
  readonly keys: Readonly<Record<string, "alphanumeric" | "hex32">>;
  /** Values that are no secret, beside them. */
  readonly literals?: Readonly<Record<string, string>>;
}

/**
 * Secrets that are generated inside the cluster: a chart looks each one up and makes what is missing, so that no value
 * is ever in code, plan or state, and none changes when the platform is installed again.
 */
export class GeneratedSecrets extends Construct {
  constructor(scope: Construct, id: string, props: { namespace: string; parts: readonly Part[] }) {
    super(scope, id);
    new HelmChart(this, "chart", {
      chart: ownChart("secrets"),
      name: "secrets",
      namespace: props.namespace,
      values: { secrets: generatedSecrets(props.parts, props.namespace) },
    });
  }
}

/** Every secret that the parts' needs ask for. */
export function generatedSecrets(parts: readonly Part[], foundation: string): GeneratedSecret[] {
  const provider = parts.find((part) => part.signIn)?.name;
  const issuer = parts.find(({ traffic }) => Object.values(traffic).some(({ answers }) => answers?.identity))?.name;
  return parts.flatMap(({ name, needs }) => [
    ...(needs.secrets ? [{ name: secretNames.own(name), namespaces: [name], keys: needs.secrets }] : []),
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
