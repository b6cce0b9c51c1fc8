/** What a component asks of the place it runs in, as data, known before any construct or process exists. */
export interface Needs {
  /** Buckets of its own, by short name. No other component may read them. */
  readonly buckets?: readonly string[];
  /** Days for which nothing in one of these buckets can be overwritten or removed, where the place can promise that. */
  readonly lockedDays?: Readonly<Record<string, number>>;
  /** A Postgres database and a user of its own. The lab gives a folder instead. */
  readonly database?: true;
  /** Service accounts its pods run under. Each becomes one identity, with rights to the listed buckets and nothing else. */
  readonly serviceAccounts?: readonly ServiceAccountNeed[];
  /** Secrets generated once for it and kept by the place, by key. */
  readonly secrets?: Readonly<Record<string, SecretFormat>>;
  /** It verifies people's tokens, or its code signs in as itself: it gets a service token of whoever plays sign-in. */
  readonly signIn?: true;
  /**
   * It signs people in by itself, by OpenID Connect: it gets a client of whoever knows people, which sends them back to
   * these paths of what it publishes.
   */
  readonly identityClient?: { readonly host: string; readonly callbacks: readonly string[] };
  /** GPUs that one of its pods asks for, at most. */
  readonly gpu?: number;
  /** The most that one of its pods on a node without GPUs asks for: cores, and memory in GiB. */
  readonly largestPod?: Room;
}

/** Cores and GiB of memory. */
export interface Room {
  readonly cpu: number;
  readonly memoryGiB: number;
}

export interface ServiceAccountNeed {
  readonly name: string;
  /** Where its pods are. Default: the namespace of its part. Another one's, for pods that mount what is there. */
  readonly namespace?: string;
  /** Its own buckets by short name, or `data`: the platform's shared bucket, which every platform has. */
  readonly buckets: readonly string[];
  /** People's code runs under it, so it may deploy models and use what its component consumes. */
  readonly runsPeoplesCode?: true;
  /** It signs in to the database server as its administrator: for what keeps every part's database. */
  readonly databaseAdmin?: true;
}

/** `alphanumeric`: 32 characters that need no quoting anywhere. `hex32`: 32 random bytes as 64 hexadecimal digits. */
export type SecretFormat = "alphanumeric" | "hex32";

/** The name of the shared bucket; no component may own a bucket of this name. */
export const dataBucket = "data";
