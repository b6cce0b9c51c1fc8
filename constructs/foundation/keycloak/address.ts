/** Where Keycloak is found, by browsers and in the cluster. */

/** Its namespace, the release, and the name of its pods. */
export const keycloakName = "keycloak";
/** The first label of its public name. */
export const signInHost = "sign-in";
/** The one realm that people of the platform are in; Keycloak's own, `master`, has nobody. */
export const realmName = "open-mlops";
/** Pods reach it by its service, so that no name of the edge has to lead back into the cluster. */
export const innerAddress = `http://${keycloakName}-http.${keycloakName}`;
/** Where the realm's protocol is spoken, under a base address. */
export const realmPath = `/realms/${realmName}`;
