import type { ImageReference } from "../../contracts/cluster-profile";
import type { ClusterContext } from "../../contracts/component";
import {
  bucketEnv,
  type EnvVar,
  fromSecret,
  imageUser,
  type Resources,
  resources,
  restrictedContainer,
  restrictedPod,
  type SecretSource,
  stayingPod,
} from "../../foundation/pods";
import { priorities } from "../../foundation/scheduling/priorities";
import { images } from "../../pins";
import { atIssuer, bySharedPassword, type PeopleSignIn } from "./identity";
import type { JupyterhubOptions, Profile } from "./options";
import { defaultProfiles, type KubespawnerProfile, profileList } from "./profiles";
import { type HubRole, hubRoles, servicesConfig, smokeService, tokenVariable } from "./sign-in";
import { teamsConfig } from "./teams";

/** The values of the JupyterHub chart that this component sets. */
export interface JupyterhubValues {
  readonly hub: {
    readonly image: Image;
    readonly db: { readonly type: "postgres"; readonly url: string; readonly upgrade: true };
    readonly existingSecret: string;
    readonly serviceAccount: { readonly name: string };
    readonly config: {
      readonly KubeSpawner: {
        readonly remember_pvc_name: false;
        readonly container_security_context: typeof restrictedContainer;
        readonly priority_class_name: string;
      };
    } & PeopleSignIn["config"];
    readonly extraEnv: Readonly<Record<string, string | { readonly valueFrom: SecretSource }>>;
    readonly extraConfig: Readonly<Record<string, string>>;
    readonly loadRoles: Readonly<Record<string, HubRole>>;
    readonly activeServerLimit: number;
    readonly concurrentSpawnLimit: number;
    readonly extraPodSpec: ExtraPodSpec;
    readonly resources: Resources;
    readonly networkPolicy: Off;
  };
  readonly proxy: {
    readonly service: { readonly type: "ClusterIP" };
    readonly chp: {
      readonly image: Image;
      readonly extraCommandLineFlags: readonly string[];
      readonly extraPodSpec: ExtraPodSpec;
      readonly resources: Resources;
      readonly networkPolicy: Off;
    };
  };
  readonly singleuser: {
    readonly image: Image;
    readonly defaultUrl: string;
    readonly serviceAccountName: string;
    readonly extraEnv: Readonly<Record<string, string | { readonly valueFrom: SecretSource }>>;
    readonly extraAnnotations: Readonly<Record<string, string>>;
    readonly extraPodConfig: { readonly securityContext: typeof restrictedPod & { readonly fsGroup: number } };
    readonly fsGid: number;
    readonly storage: {
      readonly capacity: string;
      readonly homeMountPath: string;
      readonly dynamic: { readonly storageClass: string };
    };
    readonly profileList: readonly KubespawnerProfile[];
    readonly startTimeout: number;
    readonly cloudMetadata: { readonly blockWithIptables: false };
    readonly networkPolicy: Off;
  };
  readonly cull: {
    readonly enabled: true;
    readonly timeout: number;
    readonly every: number;
    readonly removeNamedServers: true;
  };
  readonly scheduling: {
    readonly userScheduler: { readonly enabled: false };
    readonly userPlaceholder: Off | Placeholders;
  };
  readonly prePuller: {
    readonly hook: { readonly enabled: false };
    readonly continuous: { readonly enabled: true };
    readonly pullProfileListImages: false;
    readonly pause: { readonly image: Image };
  };
}

interface ExtraPodSpec {
  readonly priorityClassName: string;
}

/** Pods of nothing, as large as a server of the first profile. */
interface Placeholders {
  readonly enabled: true;
  readonly replicas: number;
  readonly image: Image;
  readonly resources: Resources;
  readonly containerSecurityContext: typeof restrictedContainer;
  readonly extraPodSpec: ExtraPodSpec & {
    readonly securityContext: typeof restrictedPod & { readonly runAsUser: number };
  };
}

interface Off {
  readonly enabled: false;
}

interface Image {
  readonly name: string;
  readonly tag: string;
}

/** The group of the toolbox image's user; volumes are writable for it. */
export const homesGroup = 100;

/** Where the proxy tells its figures. */
export const proxyMetricsPort = 8002;

export function jupyterhubValues(
  context: ClusterContext<"tracking" | "workflow" | "serving" | "compute">,
  options: JupyterhubOptions,
): JupyterhubValues {
  const { cluster, signInServices } = context;
  const { user, host, port, name, secret, tls } = context.database();
  const access = context.bucketAccess("jupyter-user");
  const services = signInServices.map((service) => service.name);
  const identity = context.identity();
  const publicUrl = context.publicUrl("hub");
  const people = identity && publicUrl ? atIssuer(identity, publicUrl) : bySharedPassword(context.secret);
  // The platform's own policies are the only ones: those of the chart would open the private networks again.
  const networkPolicy = { enabled: false } as const;
  const profiles = options.profiles ?? defaultProfiles(cluster.scale);
  const pause = named(context.image(images.pause));
  return {
    hub: {
      image: named(context.image(images.hub)),
      // The password is in PGPASSWORD, which libpq reads. The schema follows the chart's version.
      db: { type: "postgres", url: `postgresql+psycopg2://${user}@${host}:${port}/${name}`, upgrade: true },
      existingSecret: context.secret("hub.config.JupyterHub.cookie_secret").name,
      serviceAccount: { name: "hub" },
      config: {
        KubeSpawner: {
          // A database that outlives the platform must not promise a home volume that went with it.
          remember_pvc_name: false,
          container_security_context: restrictedContainer,
          priority_class_name: priorities.people,
        },
        ...people.config,
      },
      extraEnv: {
        PGSSLMODE: tls,
        PGPASSWORD: { valueFrom: fromSecret({ name: secret, key: "password" }) },
        ...people.extraEnv,
        ...Object.fromEntries(
          signInServices.map(({ name, token }) => [tokenVariable(name), { valueFrom: fromSecret(token) }]),
        ),
        [tokenVariable(smokeService)]: { valueFrom: fromSecret(context.secret("admin-token")) },
      },
      extraConfig: {
        people: people.extraConfig,
        services: servicesConfig([...services, smokeService]),
        ...teamsConfig(context.teams),
      },
      loadRoles: hubRoles(services, { keepsTokens: identity !== undefined }),
      activeServerLimit: options.maxServers,
      // Of a class that begins at nine the others are told to try again: each start is some questions to the API server.
      concurrentSpawnLimit: 32,
      extraPodSpec: { priorityClassName: priorities.tools },
      resources: resources(cluster.scale, 100, 256, 1024),
      networkPolicy,
    },
    proxy: {
      // The chart's default is a load balancer, open to the internet. The edge stands before it.
      service: { type: "ClusterIP" },
      chp: {
        image: named(context.image(images.hubProxy)),
        // At a port of their own: what comes from outside never gets there.
        extraCommandLineFlags: ["--metrics-ip=", `--metrics-port=${proxyMetricsPort}`],
        extraPodSpec: { priorityClassName: priorities.tools },
        resources: resources(cluster.scale, 50, 128, 512),
        networkPolicy,
      },
    },
    singleuser: {
      image: named(cluster.images.toolbox),
      defaultUrl: "/lab",
      serviceAccountName: "jupyter-user",
      extraEnv: { ...context.clientEnv, ...tokenEnv(context), ...envMap(bucketEnv(access)) },
      // An idle server is stopped anyway.
      extraAnnotations: stayingPod,
      // It replaces the security context that the spawner makes, so it names the volumes' group again.
      extraPodConfig: { securityContext: { ...restrictedPod, fsGroup: homesGroup } },
      fsGid: homesGroup,
      storage: {
        capacity: `${options.homeGiB}Gi`,
        homeMountPath: "/home/jovyan",
        dynamic: { storageClass: cluster.homes.name },
      },
      profileList: profileList(profiles, cluster.gpu, cluster.images.toolboxGpu),
      // A node may have to be started, and the image is large.
      startTimeout: 900,
      // The network policy keeps people from the instance metadata; the chart's other way is a privileged container.
      cloudMetadata: { blockWithIptables: false },
      networkPolicy,
    },
    cull: { enabled: true, timeout: options.idleMinutes * 60, every: 300, removeNamedServers: true },
    // The scheduler of the cluster does; a second one has to follow each version of Kubernetes.
    scheduling: {
      userScheduler: { enabled: false },
      userPlaceholder:
        options.placeholders > 0 ? placeholders(options.placeholders, profiles[0], pause) : { enabled: false },
    },
    // The image is pulled ahead on each node, but no install waits for that.
    prePuller: {
      hook: { enabled: false },
      continuous: { enabled: true },
      // The image for GPUs, on nodes that have none. Where they are, they start for a pod that pulls it at once itself.
      pullProfileListImages: false,
      pause: { image: pause },
    },
  };
}

/** What keeps room for the next servers, and gives it up to them. */
function placeholders(replicas: number, profile: Profile | undefined, image: Image): Placeholders {
  const { cpu = 0, memoryGiB = 0 } = profile ?? {};
  const memory = `${Math.round(memoryGiB * 1024)}Mi`;
  return {
    enabled: true,
    replicas,
    image,
    resources: { requests: { cpu: `${cpu}`, memory }, limits: { memory } },
    containerSecurityContext: restrictedContainer,
    extraPodSpec: {
      priorityClassName: priorities.placeholders,
      securityContext: { ...restrictedPod, runAsUser: imageUser },
    },
  };
}

function named({ repository, tag }: ImageReference): Image {
  return { name: repository, tag };
}

/** By these code finds its person's token when it speaks to the public addresses, as code outside does (docs/tokens.md). */
function tokenEnv({ cluster, identity }: Pick<ClusterContext, "cluster" | "identity">): Record<string, string> {
  return identity() && cluster.edge
    ? { OPEN_MLOPS_DOMAIN: cluster.edge.domain, MLFLOW_TRACKING_AUTH: "open-mlops" }
    : {};
}

/** An environment as the chart takes it. */
function envMap(env: readonly EnvVar[]): Record<string, string | { valueFrom: SecretSource }> {
  return Object.fromEntries(env.map(({ name, value, valueFrom }) => [name, valueFrom ? { valueFrom } : (value ?? "")]));
}
