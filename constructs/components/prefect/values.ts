import type { ClusterContext, SecretRef } from "../../contracts/component";
import { type EnvVar, envList, type Resources, resources, restrictedContainer } from "../../foundation/pods";
import { priorities } from "../../foundation/scheduling/priorities";
import { noUsageStatistics } from "../../foundation/usage-statistics";
import { images } from "../../pins";
import { baseJobTemplate } from "./job-template";
import type { PrefectOptions } from "./options";

type Context = ClusterContext<"tracking" | "serving" | "compute">;

/** The values of the prefect-server chart that this component sets. */
export interface PrefectServerValues {
  readonly global: { readonly prefect: { readonly image: Image; readonly env: readonly EnvVar[] } };
  readonly server: {
    readonly automountServiceAccountToken: false;
    readonly priorityClassName: string;
    readonly uiConfig: { readonly prefectUiApiUrl: string };
    readonly resources: Resources;
    readonly containerSecurityContext: typeof restrictedContainer;
  };
  readonly serviceAccount: { readonly name: string };
  readonly externalDatabase: {
    readonly existingSecret: string;
    readonly driver: "postgresql+asyncpg";
    readonly usernameSecretKey: string;
    readonly passwordSecretKey: string;
    readonly host: string;
    readonly port: string;
    readonly name: string;
  };
  readonly secret: { readonly create: false };
  readonly postgresql: { readonly enabled: false };
  readonly redis: { readonly enabled: false };
}

/** The values of the prefect-worker chart that this component sets. */
export interface PrefectWorkerValues {
  readonly worker: {
    readonly image: Image;
    readonly priorityClassName: string;
    readonly apiConfig: "selfHostedServer";
    readonly selfHostedServerApiConfig: { readonly apiUrl: string };
    readonly config: {
      readonly workPool: string;
      readonly type: "kubernetes";
      readonly installPolicy: "never";
      readonly limit: number;
      readonly baseJobTemplate: { readonly configuration: string };
    };
    readonly initContainer: { readonly containerSecurityContext: typeof restrictedContainer };
    readonly containerSecurityContext: typeof restrictedContainer;
    readonly resources: Resources;
    readonly livenessProbe: { readonly enabled: true; readonly config: LivenessProbe };
    readonly extraEnvVars: readonly EnvVar[];
  };
  readonly serviceAccount: { readonly name: string };
}

interface LivenessProbe {
  readonly initialDelaySeconds: number;
  readonly periodSeconds: number;
  readonly timeoutSeconds: number;
  readonly failureThreshold: number;
}

interface Image {
  readonly repository: string;
  readonly prefectTag: string;
}

/** One image for both: the server runs from the worker's as well. */
function prefectImage(context: Context): Image {
  const { repository, tag } = context.image(images.prefect);
  return { repository, prefectTag: tag };
}

export function prefectServerValues(context: Context, address: string): PrefectServerValues {
  const database = context.database();
  const env = {
    ...noUsageStatistics,
    PREFECT_SERVER_UI_SHOW_PROMOTIONAL_CONTENT: "false",
    // By default any web page that a browser has open may call the API; its own pages need no leave.
    PREFECT_SERVER_CORS_ALLOWED_ORIGINS: address,
    PGSSLMODE: database.tls,
    PREFECT_SERVER_METRICS_ENABLED: "true",
  };
  return {
    global: { prefect: { image: prefectImage(context), env: envList(env) } },
    server: {
      automountServiceAccountToken: false,
      priorityClassName: priorities.tools,
      // Read by the browser: relative, it is right behind each name and tunnel that the page comes through.
      uiConfig: { prefectUiApiUrl: "/api" },
      resources: resources(context.cluster.scale, 250, 512, 1024),
      containerSecurityContext: restrictedContainer,
    },
    serviceAccount: { name: "prefect-server" },
    // The chart writes the URL from these without escaping, which the generated passwords do not need.
    externalDatabase: {
      existingSecret: database.secret,
      driver: "postgresql+asyncpg",
      usernameSecretKey: "username",
      passwordSecretKey: "password",
      host: database.host,
      port: String(database.port),
      name: database.name,
    },
    secret: { create: false },
    // On by default, from an archive of images that is not maintained.
    postgresql: { enabled: false },
    redis: { enabled: false },
  };
}

export function prefectWorkerValues(
  context: Context,
  options: PrefectOptions,
  api: string,
  token: SecretRef,
): PrefectWorkerValues {
  return {
    worker: {
      image: prefectImage(context),
      priorityClassName: priorities.tools,
      apiConfig: "selfHostedServer",
      selfHostedServerApiConfig: { apiUrl: api },
      config: {
        workPool: options.pool,
        type: "kubernetes",
        // All it needs is in the image; it installs nothing from the internet.
        installPolicy: "never",
        // The worker makes the pool and cannot give it a limit; as there is one worker, its own comes to the same.
        limit: options.concurrency,
        baseJobTemplate: { configuration: JSON.stringify(baseJobTemplate(context, api, options.pool, token)) },
      },
      initContainer: { containerSecurityContext: restrictedContainer },
      containerSecurityContext: restrictedContainer,
      resources: resources(context.cluster.scale, 100, 384, 1024),
      // Its health turns bad when it has not polled for a while, as on a busy node; the chart's 40 s would kill it there.
      livenessProbe: {
        enabled: true,
        config: { initialDelaySeconds: 60, periodSeconds: 20, timeoutSeconds: 10, failureThreshold: 6 },
      },
      extraEnvVars: envList(noUsageStatistics),
    },
    serviceAccount: { name: "prefect-worker" },
  };
}
