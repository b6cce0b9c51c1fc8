import { NamespaceV1 } from "@cdktf/provider-kubernetes/lib/namespace-v1";
import { ServiceAccountV1 } from "@cdktf/provider-kubernetes/lib/service-account-v1";
import { StorageClassV1 } from "@cdktf/provider-kubernetes/lib/storage-class-v1";
import { dependable, type ITerraformDependable, TerraformResource } from "cdktf";
import { Construct } from "constructs";
import type { ClusterProfile, StorageClass } from "./contracts/cluster-profile";
import type { AnyComponent, ClusterContext, Component } from "./contracts/component";
import { publicUrl } from "./contracts/edge";
import type { FoundationPart, Part } from "./contracts/foundation";
import { type Identity, issuerPorts } from "./contracts/identity";
import type { Mirror } from "./contracts/mirror";
import { foundationNamespace } from "./contracts/names";
import { dataBucket } from "./contracts/needs";
import { dataVariable, type Offers, type Role } from "./contracts/offers";
import { consumersOf } from "./contracts/plan";
import type { Sources } from "./contracts/sources";
import type { Team } from "./contracts/teams";
import { Admission } from "./foundation/admission";
import { Databases } from "./foundation/databases";
import { IdentitySecrets, identityClient } from "./foundation/identity";
import { NetworkPolicies } from "./foundation/network-policies";
import { podSecurityLabels } from "./foundation/pod-security";
import { Scheduling } from "./foundation/scheduling";
import { GeneratedSecrets, secretNames } from "./foundation/secrets";
import { noUsageStatistics } from "./foundation/usage-statistics";
import { sources } from "./sources";

export interface PlatformProps {
  readonly cluster: ClusterProfile;
  /** In the order in which they are installed. Default: none. */
  readonly foundation?: readonly FoundationPart[];
  /** In the order of `planComponents`, which has checked them. */
  readonly components: readonly AnyComponent[];
  /** Where charts and images are taken from, instead of from their makers. */
  readonly mirror?: Mirror;
  /** Who knows people. Default: nobody. */
  readonly identity?: Identity;
  /** Who shares the platform. Default: nobody is told from others. */
  readonly teams?: readonly Team[];
}

/**
 * The platform in a cluster: the foundation, each part in a namespace of its own, then each component likewise, after
 * those whose offers it reads. It looks nothing up: a component gets the cluster's answers to its needs, and the offers it declared.
 */
export class Platform extends Construct {
  readonly offers: Offers;

  constructor(scope: Construct, id: string, props: PlatformProps) {
    super(scope, id);
    const { cluster, identity = { mode: "none" }, components, foundation = [], teams = [] } = props;
    const parts: readonly Part[] = [...foundation, ...components];
    const from = sources(props.mirror, cluster.registries);
    const before: ITerraformDependable[] = [];

    before.push(...storageClasses(this, cluster));
    const namespaces = [{ name: foundationNamespace }, ...parts].map(
      ({ name, podSecurity }: Pick<Part, "name" | "podSecurity">) =>
        new NamespaceV1(this, `namespace-${name}`, {
          metadata: { name, labels: { "app.kubernetes.io/part-of": "open-mlops", ...podSecurityLabels(podSecurity) } },
          // A namespace is only gone when all in it is; volumes and finalizers take their time.
          timeouts: { delete: "15m" },
        }),
    );
    const policies = new NetworkPolicies(this, "network-policies", {
      namespace: foundationNamespace,
      cluster,
      parts,
      issuerPorts: issuerPorts(identity),
    });
    dependOn(resources(policies), namespaces);
    const accounts = parts.flatMap((part) => serviceAccounts(this, part, cluster));
    dependOn(accounts, namespaces);
    const scheduling = new Scheduling(this, "scheduling", { namespace: foundationNamespace, parts, teams });
    dependOn(resources(scheduling), namespaces);
    const admission = new Admission(this, "admission", { namespace: foundationNamespace, cluster, parts, teams, from });
    dependOn(resources(admission), namespaces);
    before.push(...namespaces, ...resources(scheduling), ...resources(admission), ...resources(policies), ...accounts);
    const given = { cluster, identity, parts, components, from, teams };
    const installPart = (part: FoundationPart) => {
      const box = new Construct(this, part.name);
      part.install(box, { ...clusterContext(part, given), parts });
      dependOn(resources(box), before);
      before.push(...resources(box));
    };
    for (const part of foundation.filter(({ makesSecrets }) => makesSecrets)) installPart(part);
    const secrets = new GeneratedSecrets(this, "secrets", { namespace: foundationNamespace, parts });
    dependOn(resources(secrets), before);
    before.push(...resources(secrets));
    const identitySecrets = new IdentitySecrets(this, "identity-secrets", {
      namespace: foundationNamespace,
      identity,
      parts,
    });
    dependOn(resources(identitySecrets), before);
    before.push(...resources(identitySecrets));
    if (cluster.install) {
      const place = new Construct(this, "place");
      cluster.install(place, { ...from, namespace: foundationNamespace, parts });
      dependOn(resources(place), before);
      before.push(...resources(place));
    }
    if (parts.some((part) => part.needs.database)) {
      const databases = new Databases(this, "databases", { namespace: foundationNamespace, cluster, parts });
      dependOn(resources(databases), before);
      before.push(...resources(databases));
    }

    // One after the other: each may need the custom resources of those before it.
    for (const part of foundation.filter(({ makesSecrets }) => !makesSecrets)) installPart(part);

    const offers: Partial<Record<Role, Offers[Role]>> = {};
    const installed: Partial<Record<Role, TerraformResource[]>> = {};
    for (const component of components) {
      const box = new Construct(this, component.name);
      const context = clusterContext(component, { ...given, offers: offers as Offers });
      // `AnyComponent` pairs each role with its own offer, which a union of methods cannot express.
      offers[component.role] = (component as Component<Role, Role>).install(box, context);
      dependOn(resources(box), [...before, ...component.consumes.flatMap((role) => installed[role] ?? [])]);
      installed[component.role] = resources(box);
    }
    this.offers = offers as Offers;
  }
}

/** The classes that the cluster asks for. Homes may be of the same class as everything else. */
function storageClasses(scope: Construct, { storageClass, homes }: ClusterProfile): StorageClassV1[] {
  const make = (id: string, { name, create }: StorageClass) =>
    create
      ? [
          new StorageClassV1(scope, id, {
            metadata: { name },
            storageProvisioner: create.provisioner,
            parameters: create.parameters,
            reclaimPolicy: create.reclaimPolicy,
            allowVolumeExpansion: true,
            volumeBindingMode: "WaitForFirstConsumer",
          }),
        ]
      : [];
  return [
    ...make("storage-class", storageClass),
    ...(homes.name === storageClass.name ? [] : make("homes-storage-class", homes)),
  ];
}

/** The service accounts a part declares: the identities of its pods, so the platform makes them and no chart does. */
function serviceAccounts(scope: Construct, part: Part, cluster: ClusterProfile): ServiceAccountV1[] {
  return (part.needs.serviceAccounts ?? []).map(
    ({ name, namespace = part.name, runsPeoplesCode }) =>
      new ServiceAccountV1(scope, `service-account-${namespace}-${name}`, {
        metadata: {
          name,
          namespace,
          annotations: { ...cluster.serviceAccountAnnotations(part.name, name) },
        },
        // People's code deploys models through the Kubernetes API; nothing else here has business with it.
        automountServiceAccountToken: runsPeoplesCode ?? false,
      }),
  );
}

function clusterContext(
  part: Part & Partial<Pick<AnyComponent, "consumes">>,
  platform: {
    readonly cluster: ClusterProfile;
    readonly identity: Identity;
    readonly parts: readonly Part[];
    readonly components: readonly AnyComponent[];
    readonly from: Sources;
    readonly teams: readonly Team[];
    readonly offers?: Offers;
  },
): ClusterContext<Role> {
  const { cluster, parts, components } = platform;
  const { name, needs, role, consumes = [] } = part;
  const given = platform.offers ?? ({} as Offers);
  const offers = Object.fromEntries(consumes.map((each) => [each, given[each]])) as unknown as Offers;
  const declared = (what: string, is: unknown) => {
    if (!is) throw new Error(`${name} asks for ${what}, which it does not declare; add it to its needs`);
  };
  const provider = parts.find((other) => other.signIn);
  return {
    ...platform.from,
    cluster,
    namespace: name,
    offers,
    clientEnv: Object.assign(
      { [dataVariable]: cluster.bucket(dataBucket).uri, ...noUsageStatistics },
      ...consumes.map((each) => given[each].clientEnv),
    ),
    consumers: role ? consumersOf(role, components) : [],
    teams: platform.teams,
    bucket(bucket) {
      declared(`the bucket "${bucket}"`, bucket === dataBucket || needs.buckets?.includes(bucket));
      return bucket === dataBucket ? cluster.bucket(bucket) : cluster.bucket(bucket, name);
    },
    bucketAccess(account) {
      declared(
        `the buckets of the service account "${account}"`,
        needs.serviceAccounts?.some((each) => each.name === account),
      );
      return cluster.bucketAccess(name, account);
    },
    database() {
      declared("a database", needs.database);
      return { ...cluster.database(name), secret: secretNames.database(name) };
    },
    secret(key) {
      declared(`the secret "${key}"`, needs.secrets?.[key]);
      return { name: secretNames.own(name), key };
    },
    publicUrl(host) {
      declared(
        `the host "${host}"`,
        part.published?.some((each) => each.host === host),
      );
      return cluster.edge && publicUrl(cluster.edge, host);
    },
    identity() {
      declared("a client of who knows people", needs.identityClient);
      return identityClient(name, platform.identity, cluster.edge);
    },
    signIn() {
      declared("sign-in", needs.signIn);
      if (!provider?.signIn) throw new Error(`no component provides sign-in for ${name}`);
      return {
        api: provider.signIn.clusterApi(provider.name),
        token: { name: secretNames.token(name), key: "token" },
      };
    },
    signInServices: parts
      .filter((other) => part.signIn && other.needs.signIn)
      .map((other) => ({ name: other.name, token: { name: secretNames.token(other.name), key: "token" } })),
  };
}

function resources(scope: Construct): TerraformResource[] {
  return scope.node.findAll().filter((node): node is TerraformResource => node instanceof TerraformResource);
}

/** Makes resources wait for others. */
function dependOn(waiting: readonly TerraformResource[], others: readonly ITerraformDependable[]): void {
  for (const resource of waiting) {
    // `fqn` alone would be written as an interpolation, which Terraform refuses here.
    resource.dependsOn = [...(resource.dependsOn ?? []), ...others.map((other) => dependable(other))];
  }
}
