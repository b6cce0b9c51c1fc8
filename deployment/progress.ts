import type { Board } from "./board";
import type { TerraformEvent } from "./terraform-events";

interface Part {
  planned: number;
  done: number;
  failed: boolean;
  /** What is under way, by address, with what is done to it. */
  readonly under: Map<string, string>;
}

/** What is done to a resource, in a person's words. */
const doing: Readonly<Record<string, string>> = {
  create: "making",
  update: "changing",
  delete: "removing",
  read: "reading",
};

/**
 * Groups what Terraform says by component, one row a part on the board. The construct path of a resource says whose it
 * is: `platform/jupyterhub/hub/release` is JupyterHub's; what no component owns is the foundation's.
 */
export class Progress {
  private readonly parts = new Map<string, Part>();

  constructor(
    private readonly board: Board,
    private readonly paths: ReadonlyMap<string, string>,
    private readonly components: readonly string[],
  ) {}

  on(event: TerraformEvent): void {
    const address = event.hook?.resource.addr ?? event.change?.resource.addr;
    if (address === undefined) return;
    const name = this.partOf(address);
    const part = this.parts.get(name) ?? { planned: 0, done: 0, failed: false, under: new Map<string, string>() };
    switch (event.type) {
      case "planned_change":
        // A replacement is a removal and a creation.
        part.planned += event.change?.action === "replace" ? 2 : 1;
        break;
      case "apply_start":
        part.under.set(address, `${doing[event.hook?.action ?? ""] ?? "at"} ${this.shortName(address)}`);
        break;
      case "apply_complete":
        part.under.delete(address);
        part.done++;
        break;
      case "apply_errored":
        part.under.delete(address);
        part.failed = true;
        break;
      default:
        return;
    }
    this.parts.set(name, part);
    // A row appears when the first thing of it is begun: before that nothing of it is under way.
    if (event.type !== "planned_change") this.show(name, part);
  }

  /** Rows that were begun and have not ended when the run is over did not get to their end. */
  over(): void {
    for (const [name, part] of this.parts) {
      if (part.failed) this.board.failed(name, `${part.done} of ${part.planned} done`);
      else if (part.done > 0 && part.done < part.planned)
        this.board.failed(name, `stopped after ${part.done} of ${part.planned}`);
    }
  }

  /** The part that a resource belongs to. */
  partOf(address: string): string {
    const [top = "", second = ""] = (this.paths.get(address) ?? "").split("/");
    if (top === "platform") return this.components.includes(second) ? second : "foundation";
    return second || top || "other";
  }

  private show(name: string, part: Part): void {
    const under = [...part.under.values()];
    const more = under.length > 1 ? ` and ${under.length - 1} more` : "";
    if (part.failed && under.length === 0) this.board.failed(name, `${part.done} of ${part.planned} done`);
    else if (part.done >= part.planned && under.length === 0) this.board.done(name, counted(part.done));
    else this.board.running(name, `${part.done} of ${part.planned}${under[0] ? `, ${under[0]}${more}` : ""}`);
  }

  /** `hub` for `platform/jupyterhub/hub/release`: the last part that says something. */
  private shortName(address: string): string {
    const steps = (this.paths.get(address) ?? address).split("/");
    const last = steps.at(-1) === "release" || steps.at(-1) === "chart" ? steps.slice(0, -1) : steps;
    return (last.at(-1) === "chart" ? last.at(-2) : last.at(-1)) ?? address;
  }
}

function counted(done: number): string {
  return done === 1 ? "1 change" : `${done} changes`;
}
