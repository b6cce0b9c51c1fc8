import { keycloakName } from "../constructs/foundation/keycloak/address";
import { realmJob } from "../constructs/foundation/keycloak/realm-job";
import { runAgain } from "./job-again";
import type { Kubectl } from "./kubectl";

/** The part that keeps clients' secrets in a database of its own. */
export const realmPart = keycloakName;

/**
 * Tells Keycloak the secrets of now: those of its clients, and that of the account which tells it. It waits for a server
 * that is still starting. Where the account's own secret is new, Keycloak is started once more beside it: minutes.
 */
export function applyRealmAgain(kubectl: Kubectl, say: (text: string) => void): Promise<void> {
  const job = { namespace: keycloakName, name: realmJob, does: "tell Keycloak its clients' secrets" };
  return runAgain(kubectl, { ...job, patience: 1_200_000 }, say);
}
