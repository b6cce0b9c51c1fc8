import { readFileSync } from "node:fs";
import * as path from "node:path";
import type { SecretRef } from "../../contracts/component";
import type { IdentityClient } from "../../contracts/identity";
import { fromSecret, type SecretSource } from "../../foundation/pods";
import { passwordsConfig, smokePerson } from "./sign-in";

/** How people sign in: at whoever knows them, or with a shared password where nobody does. */
export interface PeopleSignIn {
  readonly config: OAuth | SharedPasswords;
  readonly extraEnv: Readonly<Record<string, { readonly valueFrom: SecretSource }>>;
  readonly extraConfig: string;
}

interface OAuth {
  readonly JupyterHub: { readonly authenticator_class: "generic-oauth"; readonly admin_access: boolean };
  readonly GenericOAuthenticator: {
    readonly client_id: string;
    readonly oauth_callback_url: string;
    readonly authorize_url: string;
    readonly token_url: string;
    readonly logout_redirect_url?: string;
    readonly scope: readonly string[];
    readonly username_claim: string;
    readonly manage_groups: true;
    readonly auth_state_groups_key: string;
    readonly allowed_groups: readonly string[];
    readonly admin_groups: readonly string[];
    readonly enable_auth_state: true;
    readonly auto_login: true;
  };
}

interface SharedPasswords {
  readonly JupyterHub: { readonly authenticator_class: "shared-password"; readonly admin_access: boolean };
  readonly SharedPasswordAuthenticator: { readonly admin_users: readonly string[]; readonly allow_all: true };
}

export const callbackPath = "/hub/oauth_callback";

/** The Hub runs this in its configuration: one text, so that tests run the very same. */
const peopleConfig = `smoke_person = ${JSON.stringify(smokePerson)}

${readFileSync(path.join(__dirname, "people.py"), "utf8")}`;

/** People sign in where they do for every tool; viewers get no server, for that is a place to write in. */
export function atIssuer(identity: IdentityClient, publicUrl: string): PeopleSignIn {
  const { clientId, groups, endSessionUrl } = identity;
  const back = new URLSearchParams({ client_id: clientId, post_logout_redirect_uri: `${publicUrl}/` });
  return {
    config: {
      JupyterHub: { authenticator_class: "generic-oauth", admin_access: true },
      GenericOAuthenticator: {
        client_id: clientId,
        oauth_callback_url: `${publicUrl}${callbackPath}`,
        authorize_url: identity.authorizeUrl,
        token_url: identity.tokenUrl,
        ...(endSessionUrl ? { logout_redirect_url: `${endSessionUrl}?${back}` } : {}),
        scope: identity.scopes,
        username_claim: identity.usernameClaim,
        manage_groups: true,
        auth_state_groups_key: `oauth_user.${identity.groupsClaim}`,
        allowed_groups: [...groups.admins, ...groups.members],
        admin_groups: groups.admins,
        // With it the Hub keeps people's tokens, encrypted, and refreshes them: their code asks it for a fresh one.
        enable_auth_state: true,
        auto_login: true,
      },
    },
    // The authenticator reads it by this name.
    extraEnv: { OAUTH_CLIENT_SECRET: { valueFrom: fromSecret(identity.clientSecret) } },
    extraConfig: peopleConfig,
  };
}

/** Whoever knows the password can be any user: for a platform that only kubectl leads to. */
export function bySharedPassword(secret: (key: string) => SecretRef): PeopleSignIn {
  return {
    config: {
      JupyterHub: { authenticator_class: "shared-password", admin_access: true },
      SharedPasswordAuthenticator: { admin_users: ["admin"], allow_all: true },
    },
    extraEnv: {
      USER_PASSWORD: { valueFrom: fromSecret(secret("password")) },
      ADMIN_PASSWORD: { valueFrom: fromSecret(secret("admin-password")) },
    },
    extraConfig: passwordsConfig,
  };
}
