/** How people and services sign in to the Hub. Python here reads secrets from the environment, and holds none. */

export interface HubRole {
  readonly scopes: readonly string[];
  readonly services?: readonly string[];
}

/** Passwords are no values: the chart keeps those in a secret of its own, and Helm in its history. */
export const passwordsConfig = `import os

c.SharedPasswordAuthenticator.user_password = os.environ["USER_PASSWORD"]
c.SharedPasswordAuthenticator.admin_password = os.environ["ADMIN_PASSWORD"]
`;

/** The services with their tokens. The chart's \`hub.services\` would generate tokens of its own. */
export function servicesConfig(services: readonly string[]): string {
  return services
    .map((name) => {
      const token = `os.environ[${JSON.stringify(tokenVariable(name))}]`;
      return `c.JupyterHub.services.append({"name": ${JSON.stringify(name)}, "api_token": ${token}})\n`;
    })
    .join("");
}

/** The Hub's environment variable that holds a service's token. */
export function tokenVariable(service: string): string {
  return `TOKEN_${service.toUpperCase().replaceAll("-", "_")}`;
}

/** Tries the Hub as a person would, after each deployment. Not the person's own name: nobody may delete themselves. */
export const smokeService = "smoke";
/** The one person that it may make, start a server for, use that server of, and delete. */
export const smokePerson = "smoke-test";

/**
 * What tokens may do. A service that verifies tokens at the Hub lets in those with the scope for it, so people have it,
 * their servers have it, and services have it for each other: a flow run uses the compute engine. The Hub's figures name
 * nobody, and services may read them.
 *
 * @param keepsTokens whether the Hub has people's tokens of whoever knows them
 */
export function hubRoles(
  services: readonly string[],
  { keepsTokens }: { keepsTokens: boolean },
): Record<string, HubRole> {
  const access = services.map((name) => `access:services!service=${name}`);
  // A person's code asks the Hub for the person's own token.
  const own = keepsTokens ? ["admin:auth_state!user"] : [];
  return {
    user: { scopes: ["self", ...own, ...access] },
    // The first two are what the Hub gives by default, which naming the role replaces.
    server: { scopes: ["users:activity!user", "access:servers!server", ...own, ...access] },
    ...(services.length > 0 ? { services: { scopes: [...access, "read:metrics"], services } } : {}),
    [smokeService]: {
      scopes: ["admin:users", "admin:servers", "access:servers"].map((scope) => `${scope}!user=${smokePerson}`),
      services: [smokeService],
    },
  };
}
