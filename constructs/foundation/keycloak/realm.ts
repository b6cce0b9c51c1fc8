import { type BuiltinIdentity, groups } from "../../contracts/identity";
import type { Team } from "../../contracts/teams";
import { realmName } from "./address";
import { type Client, pipelineClient } from "./clients";
import type { IdentityProvider } from "./upstreams";

/** The realm as code. It holds no secret: `$(env:NAME)` is replaced by the job that applies it. */

export interface Realm {
  readonly realm: string;
  readonly displayName: string;
  readonly enabled: true;
  readonly sslRequired: "none";
  readonly registrationAllowed: boolean;
  readonly registrationEmailAsUsername: false;
  readonly verifyEmail: boolean;
  readonly resetPasswordAllowed: boolean;
  readonly loginWithEmailAllowed: true;
  readonly duplicateEmailsAllowed: false;
  readonly editUsernameAllowed: false;
  readonly rememberMe: false;
  readonly bruteForceProtected: true;
  readonly permanentLockout: false;
  readonly failureFactor: number;
  readonly waitIncrementSeconds: number;
  readonly maxFailureWaitSeconds: number;
  readonly passwordPolicy: string;
  readonly accessTokenLifespan: number;
  readonly ssoSessionIdleTimeout: number;
  readonly ssoSessionMaxLifespan: number;
  readonly offlineSessionIdleTimeout: number;
  readonly offlineSessionMaxLifespanEnabled: true;
  readonly offlineSessionMaxLifespan: number;
  readonly smtpServer: Readonly<Record<string, string>>;
  readonly groups: readonly { readonly name: string }[];
  readonly clients: readonly Client[];
  readonly users: readonly RealmUser[];
  readonly identityProviders: readonly IdentityProvider[];
}

interface RealmUser {
  readonly username: string;
  readonly enabled: true;
  readonly groups: readonly string[];
  readonly serviceAccountClientId?: string;
  readonly credentials?: readonly {
    readonly type: "password";
    /** With this label it is set when the person is made, and never again. */
    readonly userLabel: "initial";
    readonly value: string;
    readonly temporary: true;
  }[];
}

/** Placeholders of values that the realm's text must not have. */
export const variables = {
  adminPassword: "ADMIN_PASSWORD",
  smtpUser: "SMTP_USERNAME",
  smtpPassword: "SMTP_PASSWORD",
  client: (clientId: string) => `CLIENT_${word(clientId)}`,
  upstream: (name: string) => `UPSTREAM_${word(name)}`,
};

const word = (name: string) => name.toUpperCase().replaceAll("-", "_");

export function placeholder(variable: string): string {
  return `$(env:${variable})`;
}

const minutes = 60;
const hours = 60 * minutes;
const days = 24 * hours;

export function realm(
  { admin, registration, smtp }: BuiltinIdentity,
  given: {
    readonly clients: readonly Client[];
    readonly identityProviders: readonly IdentityProvider[];
    readonly teams: readonly Pick<Team, "groups">[];
  },
): Realm {
  return {
    realm: realmName,
    displayName: "Open MLOps",
    enabled: true,
    // The edge has no door without TLS. Inside the cluster pods come by the service, from addresses that Keycloak does not
    // always take for private ones (100.64.0.0/10).
    sslRequired: "none",
    registrationAllowed: registration,
    registrationEmailAsUsername: false,
    verifyEmail: smtp !== undefined,
    resetPasswordAllowed: smtp !== undefined,
    loginWithEmailAllowed: true,
    duplicateEmailsAllowed: false,
    editUsernameAllowed: false,
    rememberMe: false,
    // After so many wrong passwords a person waits, a minute longer each time.
    bruteForceProtected: true,
    permanentLockout: false,
    failureFactor: 10,
    waitIncrementSeconds: 1 * minutes,
    maxFailureWaitSeconds: 15 * minutes,
    passwordPolicy: "length(12) and notUsername(undefined) and notEmail(undefined)",
    // So long a person who was put out of a group still gets in; whoever uses a token refreshes it.
    accessTokenLifespan: 10 * minutes,
    // A working day without use, and at most a week until the password is asked for again.
    ssoSessionIdleTimeout: 12 * hours,
    ssoSessionMaxLifespan: 7 * days,
    // `mlops login` on a person's own machine.
    offlineSessionIdleTimeout: 30 * days,
    offlineSessionMaxLifespanEnabled: true,
    offlineSessionMaxLifespan: 90 * days,
    smtpServer: smtp ? mail(smtp) : {},
    // What people are told apart by is there to be put into; who is in which, people say.
    groups: [...new Set([...groups, ...given.teams.flatMap((team) => team.groups)])].map((name) => ({ name })),
    clients: given.clients,
    users: [
      {
        username: admin,
        enabled: true,
        groups: ["/admins"],
        credentials: [
          {
            type: "password",
            userLabel: "initial",
            value: placeholder(variables.adminPassword),
            temporary: true,
          },
        ],
      },
      {
        username: `service-account-${pipelineClient}`,
        enabled: true,
        groups: ["/members"],
        serviceAccountClientId: pipelineClient,
      },
    ],
    identityProviders: given.identityProviders,
  };
}

function mail({ host, port, from, tls, secret }: NonNullable<BuiltinIdentity["smtp"]>): Record<string, string> {
  return {
    host,
    port: String(port),
    from,
    fromDisplayName: "Open MLOps",
    starttls: String(tls === "starttls"),
    ssl: String(tls === "tls"),
    auth: String(secret !== undefined),
    ...(secret ? { user: placeholder(variables.smtpUser), password: placeholder(variables.smtpPassword) } : {}),
  };
}
