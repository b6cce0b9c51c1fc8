import type { Construct } from "constructs";
import { z } from "zod";
import type { AnyComponent, ClusterContext, Tools } from "./component";
import type { Certificates } from "./edge";
import { secretName } from "./edge";
import type { HomesIn } from "./homes";
import type { Identity } from "./identity";
import { identitySchema } from "./identity";
import { teamsSchema } from "./teams";

/** What every component of a platform stands on, as an environment says it. */

export const observabilitySchema = z.discriminatedUnion("mode", [
  /** Nobody watches: no metrics are kept, no logs, no alerts. What that saves, `mlops cost` says. */
  z.strictObject({ mode: z.literal("off") }),
  z.strictObject({
    mode: z.literal("on"),
    /** Days that metrics are kept. */
    metricsDays: z.int().min(1).max(365).default(15),
    /** Days that logs are kept. */
    logsDays: z.int().min(1).max(365).default(7),
    /** Where alerts go; a secret is in the cluster, with the key named. None: Grafana alone shows them. */
    alerts: z
      .array(
        z.discriminatedUnion("to", [
          z.strictObject({
            to: z.literal("email"),
            addresses: z.array(z.email()).min(1),
            from: z.email(),
            /** A server that takes mail encrypted: at 587 after STARTTLS, at 465 from the start. */
            server: z.string().regex(/^[\w.-]+:(465|587)$/, { error: "use host:587 or host:465" }),
            /** Left out where the server asks nobody. The secret has the key `password`. */
            signIn: z.strictObject({ username: z.string().min(1), secret: secretName }).optional(),
          }),
          /** An incoming webhook of Slack: the secret has the key `url`. */
          z.strictObject({ to: z.literal("slack"), channel: z.string().min(1), secret: secretName }),
          /** Anything that takes Alertmanager's JSON over HTTPS: the secret has the key `url`. */
          z.strictObject({ to: z.literal("webhook"), secret: secretName }),
          /**
           * A service outside that expects a message every few minutes and tells people when none comes: no alert goes there, and
           * the heartbeat nowhere else. The secret has the key `url`.
           */
          z.strictObject({ to: z.literal("heartbeat"), secret: secretName }),
        ]),
      )
      .default([]),
  }),
]);

/** Once a day: what a bill counts, how long a copy is kept and when one is too old (two days) all rest on that. */
const daily = z.string().regex(/^[0-5]?\d ([01]?\d|2[0-3]) \* \* \*$/, {
  error: ({ input }) =>
    `"${input}" is no time of every day; use a minute (0 to 59), an hour (0 to 23) and three stars, like 30 2 * * *`,
});

export const backupSchema = z.discriminatedUnion("mode", [
  /** What is lost is lost, but for what the database server and volumes of the place keep by themselves. */
  z.strictObject({ mode: z.literal("off") }),
  /** Databases and people's homes, to buckets in which nothing can be deleted before its time, where the place can promise that. */
  z.strictObject({
    mode: z.literal("on"),
    /** When, each day, in UTC: a minute, an hour and three stars. */
    schedule: daily.default("30 2 * * *"),
    /** Days that a dump and a copy of a home are kept. Of homes, up to 31 more: a month goes when its last copy's days are over. */
    keepDays: z.int().min(1).max(3650).default(30),
  }),
]);

/** The parts of an environment that say what its foundation is. */
export const foundationShape = {
  identity: identitySchema.default({ mode: "none" }),
  /** Who shares the platform, and how much of it each may take. Default: nobody is told from others. */
  teams: teamsSchema.default([]),
  observability: observabilitySchema.default({ mode: "off" }),
  backup: backupSchema.default({ mode: "off" }),
};

export type Observability = Extract<z.output<typeof observabilitySchema>, { mode: "on" }>;

export type BackupSettings = Extract<z.output<typeof backupSchema>, { mode: "on" }>;

export interface FoundationSettings {
  readonly place: "aws" | "existing";
  /** Who signs the edge's certificates; false where there is no edge. */
  readonly edge: Certificates["mode"] | false;
  /** Whether it has nodes with GPUs. */
  readonly gpu: boolean;
  readonly identity: Identity;
  readonly observability: z.output<typeof observabilitySchema>;
  readonly backup: z.output<typeof backupSchema>;
  /** People's homes, where a component makes some. */
  readonly homes?: HomesIn;
}

/** What every part of a platform declares: a component as well as a part of the foundation. */
export type Part = Pick<AnyComponent, "name" | "needs" | "traffic" | "podSecurity" | "published"> &
  Partial<Pick<AnyComponent, "role" | "signIn" | "startsForPeople">>;

/**
 * One tool of the foundation, in a namespace of its own name. It declares what a component declares, so that its identity,
 * buckets, database, secrets and network policies are made alike; it plays no role, and is installed before components.
 */
export interface FoundationPart extends Part {
  /** Present on what makes the generated secrets: it is installed before them, and so before all else. */
  readonly makesSecrets?: true;
  install(scope: Construct, context: PartContext): void;
}

/** What a part of the foundation is given: what a component is given, and all that stands on it. */
export interface PartContext extends ClusterContext {
  /** All parts and components, this one among them. */
  readonly parts: readonly Part[];
}

/** What environments are made of: the tools that they may name, and the foundation that their settings ask for. */
export interface Catalogue {
  readonly tools: Tools;
  /** In the order in which they are installed. */
  foundation(settings: FoundationSettings): readonly FoundationPart[];
}
