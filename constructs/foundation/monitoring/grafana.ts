import type { PartContext } from "../../contracts/foundation";
import type { IdentityClient } from "../../contracts/identity";
import { inRegistry, type RegistryImage } from "../../image-reference";
import { images } from "../../pins";
import { fromSecret, type Resources, resources, type SecretSource } from "../pods";
import { priorities } from "../scheduling/priorities";
import { dashboardsName } from "./dashboards";
import { grafanaGiB } from "./storage";
import { prometheusUrl } from "./values";

/** Sections and keys of grafana.ini. */
type Ini = Readonly<Record<string, Readonly<Record<string, string | boolean>>>>;

/** The values of Grafana's chart that this part sets. */
export interface GrafanaValues {
  readonly fullnameOverride: "grafana";
  readonly image: RegistryImage;
  readonly priorityClassName: string;
  readonly defaultDashboardsEnabled: false;
  readonly automountServiceAccountToken: false;
  readonly rbac: { readonly create: false };
  readonly serviceAccount: { readonly automountServiceAccountToken: false };
  readonly testFramework: { readonly enabled: false };
  readonly initChownData: { readonly enabled: false };
  readonly sidecar: {
    readonly dashboards: Off;
    readonly datasources: Off & { readonly defaultDatasourceEnabled: false };
  };
  readonly deploymentStrategy: { readonly type: "Recreate" };
  readonly persistence: {
    readonly enabled: true;
    readonly type: "pvc";
    readonly size: string;
    readonly storageClassName: string;
  };
  readonly env: { readonly GF_SECURITY_ADMIN_PASSWORD__FILE: string };
  readonly envValueFrom: Readonly<Record<string, SecretSource>>;
  readonly extraSecretMounts: readonly {
    readonly name: string;
    readonly secretName: string;
    readonly mountPath: string;
    readonly readOnly: true;
    readonly items: readonly { readonly key: string; readonly path: string }[];
  }[];
  readonly datasources: {
    readonly "datasources.yaml": { readonly apiVersion: 1; readonly datasources: readonly DataSource[] };
  };
  readonly dashboardProviders: {
    readonly "dashboardproviders.yaml": { readonly apiVersion: 1; readonly providers: readonly DashboardProvider[] };
  };
  readonly dashboardsConfigMaps: Readonly<Record<string, string>>;
  readonly "grafana.ini": Ini;
  readonly resources: Resources;
}

type Off = { readonly enabled: false };

interface DataSource {
  readonly name: string;
  readonly uid: string;
  readonly type: "prometheus" | "loki";
  readonly url: string;
  readonly access: "proxy";
  readonly isDefault?: true;
}

interface DashboardProvider {
  readonly name: string;
  readonly folder: string;
  readonly type: "file";
  readonly disableDeletion: true;
  readonly allowUiUpdates: false;
  readonly options: { readonly path: string };
}

/** The host, and where an issuer sends people back to. */
export const grafanaHost = "grafana";
export const grafanaCallback = "/login/generic_oauth";
/** The generated secret's key. */
export const adminPassword = "admin-password";

export function grafanaValues(context: PartContext): GrafanaValues {
  const password = context.secret(adminPassword);
  const identity = context.identity();
  const folder = "/etc/grafana-admin";
  return {
    fullnameOverride: "grafana",
    image: inRegistry(context.image(images.grafana)),
    priorityClassName: priorities.tools,
    defaultDashboardsEnabled: false,
    // Nothing in it asks the Kubernetes API: dashboards are mounted, and Grafana sees for itself when they change.
    automountServiceAccountToken: false,
    rbac: { create: false },
    serviceAccount: { automountServiceAccountToken: false },
    testFramework: { enabled: false },
    // It would run as root; the volume's group does the same.
    initChownData: { enabled: false },
    sidecar: { dashboards: { enabled: false }, datasources: { enabled: false, defaultDatasourceEnabled: false } },
    // The volume is one pod's at a time.
    deploymentStrategy: { type: "Recreate" },
    persistence: {
      enabled: true,
      type: "pvc",
      size: `${grafanaGiB}Gi`,
      storageClassName: context.cluster.storageClass.name,
    },
    env: { GF_SECURITY_ADMIN_PASSWORD__FILE: `${folder}/password` },
    envValueFrom: identity ? { GF_AUTH_GENERIC_OAUTH_CLIENT_SECRET: fromSecret(identity.clientSecret) } : {},
    extraSecretMounts: [
      {
        name: "admin-password",
        secretName: password.name,
        mountPath: folder,
        readOnly: true,
        items: [{ key: password.key, path: "password" }],
      },
    ],
    datasources: {
      "datasources.yaml": {
        apiVersion: 1,
        datasources: [
          {
            name: "Prometheus",
            uid: "prometheus",
            type: "prometheus",
            url: prometheusUrl,
            access: "proxy",
            isDefault: true,
          },
          { name: "Loki", uid: "loki", type: "loki", url: "http://loki.logging:3100", access: "proxy" },
        ],
      },
    },
    dashboardProviders: {
      "dashboardproviders.yaml": {
        apiVersion: 1,
        providers: [
          {
            name: dashboardsName,
            folder: "Open MLOps",
            type: "file",
            disableDeletion: true,
            // They are code: a change in the page would be gone with the next pod.
            allowUiUpdates: false,
            options: { path: `/var/lib/grafana/dashboards/${dashboardsName}` },
          },
        ],
      },
    },
    dashboardsConfigMaps: { [dashboardsName]: dashboardsName },
    "grafana.ini": {
      ...(identity ? signedIn(identity) : {}),
      server: { root_url: context.publicUrl(grafanaHost) ?? "http://localhost:3000" },
      users: { allow_sign_up: false },
      // It is embedded nowhere and reached over TLS, or by a forwarded port.
      security: { cookie_secure: context.publicUrl(grafanaHost) !== undefined, disable_gravatar: true },
      analytics: { reporting_enabled: false, check_for_updates: false, check_for_plugin_updates: false },
      news: { news_feed_enabled: false },
      // It would fetch plugins from outside when it starts.
      plugins: { preinstall_disabled: true },
    },
    resources: resources(context.cluster.scale, 100, 192, 512),
  };
}

/** People sign in at the issuer, and by no password here. Who is in none of the groups is refused. */
function signedIn(identity: IdentityClient): Ini {
  const endSession = identity.endSessionUrl;
  return {
    auth: {
      disable_login_form: true,
      oauth_allow_insecure_email_lookup: false,
      // It reads the groups when somebody signs in, and never again: so long a person keeps a role that was taken away.
      // Whoever works on is sent to the issuer and back, which asks nothing.
      login_maximum_lifetime_duration: "1h",
      ...(endSession ? { signout_redirect_url: endSession } : {}),
    },
    "auth.basic": { enabled: false },
    "auth.generic_oauth": {
      enabled: true,
      auto_login: true,
      name: "Open MLOps",
      client_id: identity.clientId,
      scopes: identity.scopes.join(" "),
      auth_url: identity.authorizeUrl,
      token_url: identity.tokenUrl,
      api_url: identity.userinfoUrl,
      use_pkce: true,
      use_refresh_token: true,
      login_attribute_path: quoted(identity.usernameClaim),
      name_attribute_path: `name || ${quoted(identity.usernameClaim)}`,
      role_attribute_path: roleOf(identity),
      role_attribute_strict: true,
    },
  };
}

/** JMESPath that makes a role of a person's groups; nothing for who is in none of them. */
export function roleOf({ groups, groupsClaim }: Pick<IdentityClient, "groups" | "groupsClaim">): string {
  const roles = { admins: "Admin", members: "Editor", viewers: "Viewer" } as const;
  return (Object.keys(roles) as (keyof typeof roles)[])
    .flatMap((group) =>
      groups[group].map((name) => `contains(${quoted(groupsClaim)} || \`[]\`, '${name}') && '${roles[group]}'`),
    )
    .join(" || ");
}

/** A claim may have a colon or a slash in its name. */
const quoted = (claim: string) => JSON.stringify(claim);
