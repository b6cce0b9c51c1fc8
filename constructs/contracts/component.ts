import type { Construct } from "constructs";
import type { z } from "zod";
import type { Bucket, BucketAccess, ClusterProfile, Database } from "./cluster-profile";
import type { Homes } from "./homes";
import type { IdentityClient } from "./identity";
import type { LabContext, LabForm } from "./lab";
import type { Needs } from "./needs";
import type { Offers, Role } from "./offers";
import type { StartsForPeople } from "./peoples-work";
import type { PodSecurity } from "./pod-security";
import type { Published } from "./published";
import type { Sources } from "./sources";
import type { Team } from "./teams";
import type { Traffic } from "./traffic";

/**
 * One tool playing one role, and the unit of swapping: another component with the same role replaces it, in a cluster
 * and in the lab, by changing one line of an environment.
 *
 * `consumes` is typed: an offer that was not declared there does not compile.
 */
export interface Component<R extends Role = Role, N extends Role = never> {
  /** The tool's name: its namespace in a cluster, its folder in the lab. */
  readonly name: string;
  readonly role: R;
  readonly consumes: readonly N[];
  readonly needs: Needs;
  /** Its pods in a cluster and whom they talk to: nothing else gets through. */
  readonly traffic: Traffic<N>;
  /** The standard its pods keep to. Default: restricted. */
  readonly podSecurity?: PodSecurity;
  /** What the edge opens to people and to code outside the cluster. Left out: nothing. */
  readonly published?: readonly Published[];
  /** Present where it starts pods in which people's code runs: nothing else of what people say of them is let through. */
  readonly startsForPeople?: StartsForPeople;
  /** Present where it makes people's homes. */
  readonly homes?: Homes;
  /** Present on the component people sign in to; it says where tokens are verified, before anything is installed. */
  readonly signIn?: SignInProvider;
  /** Installs the tool in a cluster. */
  install(scope: Construct, context: ClusterContext<N>): Offers[R];
  /** The same tool as processes on this machine, or why it has no such form. */
  processes(context: LabContext<N>): LabForm<Offers[R]>;
}

/** A component of any role, as a list holds it. */
export type AnyComponent = { [R in Role]: Component<R, Role> }[Role];

/** Where code verifies a token of a person or a service, as an address that is known in advance. */
export interface SignInProvider {
  clusterApi(namespace: string): string;
  labApi(port: (name: string) => number): string;
}

/** A key of a secret in the component's own namespace. */
export interface SecretRef {
  readonly name: string;
  readonly key: string;
}

/** Another component that consumes this one's offer, and the service accounts people's code runs under there. */
export interface Consumer {
  readonly component: string;
  readonly namespace: string;
  readonly serviceAccounts: readonly string[];
}

/** What a component is given when it is installed in a cluster. Asking for what was not declared in `needs` throws. */
export interface ClusterContext<N extends Role = never> extends Sources {
  readonly cluster: ClusterProfile;
  readonly namespace: string;
  /** The offers of the roles in `consumes`. */
  readonly offers: Pick<Offers, N>;
  /** The environment of people's code here: the variables of all consumed offers, and where data is kept. */
  readonly clientEnv: Readonly<Record<string, string>>;
  readonly consumers: readonly Consumer[];
  /** The teams that share the platform, in the order in which a person is looked for in them. */
  readonly teams: readonly Team[];
  bucket(name: string): Bucket;
  /** What pods under one of its service accounts need to open the account's buckets. */
  bucketAccess(serviceAccount: string): BucketAccess;
  /** The database, and the secret (keys `username` and `password`) that opens it. */
  database(): Database & { readonly secret: string };
  /** A generated secret of `needs.secrets`. */
  secret(key: string): SecretRef;
  /** The public address, without a trailing slash, of a host that it publishes; undefined where there is no edge. */
  publicUrl(host: string): string | undefined;
  /** How it signs people in; for components with `needs.identityClient`. Undefined where nobody knows people. */
  identity(): IdentityClient | undefined;
  /** Where tokens are verified, and this component's own token; for components with `needs.signIn`. */
  signIn(): { readonly api: string; readonly token: SecretRef };
  /** The services with a token, for the component that provides sign-in. */
  readonly signInServices: readonly { readonly name: string; readonly token: SecretRef }[];
}

/** How a tool of the catalogue is chosen in an environment: its options, and the component they make. */
export interface ComponentDefinition<R extends Role = Role, Options extends z.ZodType = z.ZodType> {
  readonly role: R;
  /** A strict schema of what may stand beside `tool` in an environment, each with a default where there is a sane one. */
  readonly options: Options;
  create(options: z.output<Options>): AnyComponent & { readonly role: R };
}

/** Every tool that an environment may name, by the name it is chosen with. */
export type Tools = Readonly<Record<string, ComponentDefinition>>;
