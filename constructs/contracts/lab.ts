import type { Offers, Role } from "./offers";

/** What a component is given in the lab. Asking for what was not declared in `needs` throws. */
export interface LabContext<N extends Role = never> {
  readonly offers: Pick<Offers, N>;
  /** The environment of people's code: the variables of all consumed offers, and where data is kept. */
  readonly clientEnv: Readonly<Record<string, string>>;
  /** A free port of this machine, or the configured one; the same for the same name as long as the lab is up. */
  port(name: string): number;
  /** A folder that survives restarts and goes with `reset`. It exists when a process starts. */
  folder(name: string): string;
  secret(key: string): string;
  signIn(): { readonly api: string; readonly token: string };
  readonly signInServices: readonly { readonly name: string; readonly token: string }[];
  /** The path of a program in one of the lab's environments. */
  program(environment: LabProgramEnvironment, name: string): string;
  /** A file of the project, by its path from the project's root. */
  projectFile(path: string): string;
}

/** `toolbox`, `serving` and `door` are locked Python environments, `node` the project's own packages. */
export type LabProgramEnvironment = "toolbox" | "serving" | "door" | "node";

/** A tool as processes of this machine, and what it then offers; or why it cannot run here. */
export type LabForm<Offer> =
  | {
      readonly offer: Offer;
      readonly processes: readonly LabProcess[];
      readonly signInAs?: LabSignIn;
      /** Variables that hold a secret, for a person's own terminal; a notebook server gets its own from the tool. */
      readonly terminalEnv?: Readonly<Record<string, string>>;
    }
  | { readonly unavailable: string };

/** What a person types to get in, shown by the lab when it is ready. */
export interface LabSignIn {
  readonly user: string;
  readonly password: string;
}

/** One process: how it starts, and how one knows that it is ready. It listens on loopback only. */
export interface LabProcess {
  /** Unique in the lab, and the name its log has. */
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** The folder it runs in: one of `context.folder`. */
  readonly folder: string;
  /** Answers 2xx or 3xx when it is ready. */
  readonly ready: string;
  /** Processes of the same component that must be ready before this one starts. */
  readonly after?: readonly string[];
  /** Asked when the process is ready again after a restart, such as giving a proxy its routes back. */
  readonly afterRestart?: { readonly post: string; readonly headers: Readonly<Record<string, string>> };
  /** Ports it listens on, by the names given to `context.port`. */
  readonly ports: readonly string[];
}
