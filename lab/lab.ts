import * as fs from "node:fs";
import * as path from "node:path";
import type { AnyComponent } from "../constructs/contracts/component";
import { type LabBlueprint, labBlueprint } from "./blueprint";
import { LabError } from "./errors";
import { labId } from "./id";
import { environments, installEnvironment } from "./install";
import { endMarked } from "./marked";
import type { LabPaths } from "./paths";
import { portalPage } from "./portal";
import { choosePorts, readPorts } from "./ports";
import type { SupervisionLimits } from "./process";
import { LabSecrets } from "./secrets";
import { type PortalServer, servePortal } from "./server";
import { claim, clearStale, type LabStatus, release, runningSupervisor, type SupervisorState } from "./state";
import { Supervisor } from "./supervisor";

export interface LabOptions {
  readonly paths: LabPaths;
  readonly components: readonly AnyComponent[];
  /** Configured ports by name. */
  readonly ports: Readonly<Record<string, number>>;
  readonly limits?: Partial<SupervisionLimits>;
}

/** The lab as the one process that supervises it sees it. Others ask it by its address, see `state.ts`. */
export class Lab {
  private supervisor: Supervisor | undefined;
  private server: PortalServer | undefined;
  private phase: LabStatus["phase"] = "installing";
  private readonly steps: { name: string; state: "running" | "done" | "failed"; line?: string }[] = [];
  private error: LabStatus["error"];
  private ended: Promise<void> | undefined;
  private readonly secrets: LabSecrets;
  private readonly id: string;
  private starting: Promise<unknown> = Promise.resolve();

  constructor(private readonly options: LabOptions) {
    this.secrets = LabSecrets.open(options.paths.secrets);
    this.id = labId(options.paths);
  }

  status(): LabStatus {
    const processes = this.supervisor?.status() ?? [];
    const hurt = this.phase === "ready" && processes.some((process) => process.state !== "ready");
    return {
      labId: this.id,
      pid: process.pid,
      phase: hurt ? "degraded" : this.phase,
      portal: this.server?.address ?? "",
      steps: this.steps,
      processes,
      error: this.error,
    };
  }

  /**
   * Installs what is missing and starts everything.
   *
   * @returns what runs, or the supervisor that was here first
   * @throws LabError after which nothing of it runs
   */
  up(): Promise<{ blueprint: LabBlueprint } | { found: SupervisorState }> {
    const started = this.start();
    this.starting = started.catch(() => {});
    return started;
  }

  private async start(): Promise<{ blueprint: LabBlueprint } | { found: SupervisorState }> {
    const { paths } = this.options;
    const first = await this.claimOrFind();
    if (first) return { found: first };
    try {
      // What a supervisor that was killed has left may hold ports and databases.
      await endMarked(this.id);
      const ports = await this.takePorts();
      const blueprint = this.blueprint((name) => ports[name] ?? 0);
      this.goOn();
      this.server = await servePortal(ports[portalPort] ?? 0, portalPage(paths.project, blueprint), () =>
        this.status(),
      );
      this.writeState();
      for (const name of environments) {
        await this.step(`Python environment: ${name}`, (report) => installEnvironment(paths, name, report));
        this.goOn();
      }
      for (const folder of blueprint.folders) fs.mkdirSync(folder, { recursive: true });
      this.supervisor = new Supervisor({
        processes: blueprint.processes,
        labId: this.id,
        logs: paths.logs,
        programs: path.join(paths.python, "toolbox", "bin"),
        limits: this.options.limits,
      });
      this.phase = "starting";
      await this.supervisor.start();
      this.phase = "ready";
      return { blueprint };
    } catch (error) {
      this.phase = "failed";
      const { message, details = [] } = error as LabError;
      this.error = { message, details };
      throw error;
    }
  }

  /** A start that was stopped goes no further, wherever it is. */
  private goOn(): void {
    if (this.ended) throw new LabError("The start was stopped");
  }

  /** Stops everything and gives the lab free. Safe at any moment, also while it is starting. */
  down(): Promise<void> {
    this.ended ??= Promise.resolve().then(async () => {
      if (this.phase !== "failed") this.phase = "stopping";
      await this.supervisor?.stop();
      // An installation under way is ended too; then the start sees that it was stopped.
      await endMarked(this.id);
      await this.starting;
      await this.supervisor?.stop();
      await endMarked(this.id);
      await this.server?.close();
      release(this.options.paths.state);
    });
    return this.ended;
  }

  /** Ends everything at once, for who does not want to wait. */
  async kill(): Promise<void> {
    await endMarked(this.id, 0);
    release(this.options.paths.state);
  }

  /** What would run, with the ports of a lab that runs or ran. */
  blueprint(port: (name: string) => number): LabBlueprint {
    return labBlueprint(this.options.components, { paths: this.options.paths, secrets: this.secrets, port });
  }

  private async claimOrFind(): Promise<SupervisorState | undefined> {
    const { state } = this.options.paths;
    const mine = { pid: process.pid, labId: this.id, portal: "" };
    for (let attempt = 0; attempt < 3; attempt++) {
      if (claim(state, mine)) return undefined;
      const running = await runningSupervisor(state);
      if (running) return running;
      clearStale(state);
    }
    throw new LabError(`${state} is held by another start; run \`mlops lab status\`, and try again`);
  }

  private writeState(): void {
    const { state } = this.options.paths;
    const mine: SupervisorState = { pid: process.pid, labId: this.id, portal: this.status().portal };
    fs.writeFileSync(`${state}.new`, `${JSON.stringify(mine, null, 2)}\n`);
    fs.renameSync(`${state}.new`, state);
  }

  private async takePorts(): Promise<Record<string, number>> {
    const { paths } = this.options;
    const names = new Set([portalPort]);
    this.blueprint((name) => {
      names.add(name);
      return 1;
    });
    const ports = await choosePorts([...names], this.options.ports, readPorts(paths.ports));
    fs.writeFileSync(paths.ports, `${JSON.stringify(ports, null, 2)}\n`);
    return ports;
  }

  private async step(name: string, work: (report: (line: string) => void) => Promise<void>): Promise<void> {
    const step: (typeof this.steps)[number] = { name, state: "running" };
    this.steps.push(step);
    try {
      await work((line) => {
        step.line = line;
      });
      step.state = "done";
    } catch (error) {
      step.state = "failed";
      throw error;
    }
  }
}

const portalPort = "portal";
