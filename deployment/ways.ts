import { keycloakName } from "../constructs/foundation/keycloak/address";
import { secretNames } from "../constructs/foundation/secrets";
import { kubeconfigFlags } from "./connection";
import type { ClusterEnvironment, Deployed } from "./synthesize";

/** How to sign in: who, and the command that reads the password. The password itself is never printed. */
export function signInHelp(components: readonly Deployed[], environment: ClusterEnvironment): string[] {
  const flags = environment.place === "aws" ? [] : kubeconfigFlags(environment);
  const read = (namespace: string, key: string) =>
    `${["kubectl", ...flags].join(" ")} --namespace ${namespace} get secret ${secretNames.own(namespace)} --output go-template='{{index .data "${key}" | base64decode}}'`;
  const { identity } = environment;
  if (identity.mode === "external") return [`Sign in with an account of ${identity.issuer}`];
  if (identity.mode === "builtin") {
    return [
      `Sign in as "${identity.admin}", with a first password that must be changed:  ${read(keycloakName, "admin-password")}`,
    ];
  }
  const notebooks = components.find(({ role }) => role === "notebooks");
  if (!notebooks) return [];
  const { name } = notebooks;
  return [
    `Sign in to ${name} with any name and this password:  ${read(name, "password")}`,
    `As its administrator, as "admin":  ${read(name, "admin-password")}`,
  ];
}
