import { kubeconfigFlags } from "./connection";
import type { ClusterEnvironment, Deployed } from "./synthesize";

/** How to sign in: who, and the command that reads the password. The password itself is never printed. */
export function signInHelp(components: readonly Deployed[], environment: ClusterEnvironment): string[] {
  const notebooks = components.find(({ role }) => role === "notebooks");
  if (!notebooks) return [];
  const { name } = notebooks;
  const flags = environment.place === "aws" ? [] : kubeconfigFlags(environment);
  const read = (key: string) =>
    `${["kubectl", ...flags].join(" ")} --namespace ${name} get secret ${name}-generated --output go-template='{{index .data "${key}" | base64decode}}'`;
  return [
    `Sign in to ${name} with any name and this password:  ${read("password")}`,
    `As its administrator, as "admin":  ${read("admin-password")}`,
  ];
}
