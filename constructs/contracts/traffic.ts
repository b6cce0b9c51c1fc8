import type { Role } from "./offers";

/**
 * Whom a component's pods talk to, as data beside its needs: groups of pods by a name of its own. Network policies are
 * made from it, and nothing else gets through, so a tool that is swapped in brings its own.
 */
export type Traffic<N extends Role = Role> = Readonly<Record<string, PodTraffic<N>>>;

export interface PodTraffic<N extends Role = Role> {
  /** Where these pods are. Default: the namespace of their part. Another one's, for pods that mount what is there. */
  readonly namespace?: string;
  /** Labels that these pods carry, and together no other pods of the namespace. */
  readonly labels: Readonly<Record<string, string>>;
  /** Where it tells its figures, for whoever gathers them. Without a port of `answers` of its own, this one is opened. */
  readonly metrics?: Metrics;
  /** Why there are none, of pods that others come to. */
  readonly noMetrics?: string;
  /** What others come for, at which TCP ports of the pods: a service in front of them may have others. */
  readonly answers?: Readonly<Partial<Record<Answer, readonly number[]>>>;
  /**
   * Present where a service in front of the pods selects them by other labels, such as one of its own for each model. EKS
   * looks at a connection while it still has the service's address, and finds the service by the labels that a policy
   * names; so callers are let out to the whole namespace at these ports. Coming in is by labels as ever.
   */
  readonly selectedByOthers?: true;
  /** The roles whose offers these pods read: people's code mostly. */
  readonly consumes?: readonly N[];
  /** Pods of the same component that they call, by group: TCP ports, or all where the ports are chosen at run time. */
  readonly calls?: Readonly<Record<string, Ports>>;
  /** What they use beside that. */
  readonly uses?: readonly Use[];
}

export interface Metrics {
  readonly port: number;
  readonly path: string;
  /** It tells them to services alone that sign in with a token, because the page is reached from outside too. */
  readonly signIn?: true;
  /** Labels of the pods that go with the figures, where they say whose pod it is. */
  readonly labels?: readonly string[];
}

export type Ports = readonly number[] | "all";

/**
 * `offer`: whoever consumes the role. `sign-in`: pods that have tokens verified. `page`: the edge, for what is published.
 * `entry`: people and everybody else outside the cluster; for the edge alone. `webhook`: the API server, which no policy can
 * name, so everybody. `database`, `buckets`: pods of the platform that use them, where the server or the store is in the
 * platform. `identity`, `logs`: pods that ask who a person is, or hand over logs. `models`: whoever consumes `serving`, at the
 * address at which a model has one name for all of its versions.
 */
export type Answer =
  | "offer"
  | "sign-in"
  | "page"
  | "entry"
  | "webhook"
  | "database"
  | "buckets"
  | "identity"
  | "logs"
  | "models";

/**
 * `sign-in`: has tokens verified by whoever provides sign-in. `identity`: asks who a person is, at the platform's own issuer
 * or at one outside. `pages`: goes to all that is published; for the edge. `models`: to what `serving` has published, and to
 * nothing else. `metrics`: gathers the figures of every pod that
 * tells some. `logs`: hands over logs. `cloud`: the interfaces of the place's cloud, and others over HTTPS. `mail`: a mail
 * server. `nodes`: what the node itself answers, such as its kubelet. `internet`: any public address, at any port; for
 * people's code only.
 */
export type Use =
  | "database"
  | "buckets"
  | "kubernetes-api"
  | "sign-in"
  | "identity"
  | "pages"
  | "models"
  | "metrics"
  | "logs"
  | "cloud"
  | "mail"
  | "nodes"
  | "internet";

/** Where something is that the platform uses. */
export type Place =
  /** In the foundation's namespace: pods there answer it. */
  | { readonly in: "platform" }
  /** Beside the platform, in a namespace of the same cluster, at the port of the pods. */
  | { readonly in: "namespace"; readonly namespace: string; readonly ports: readonly number[] }
  /** Elsewhere, in these blocks; without blocks anywhere but on the node, because its address is not known. */
  | { readonly in: "network"; readonly ports: readonly number[]; readonly blocks?: readonly string[] };

/** What network policies have to know of a place. */
export interface ClusterNetwork {
  readonly database: Place;
  readonly buckets: Place;
  /** Present where pods get their identity from EKS' agent on their node. */
  readonly podIdentityAgent?: true;
  /** The pods that the place itself keeps in the foundation's namespace. */
  readonly pods?: Traffic<never>;
}
