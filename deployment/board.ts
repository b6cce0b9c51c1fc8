export type RowState = "running" | "done" | "failed";

/** One line of progress: a step, or a component within one. */
export interface Row {
  readonly name: string;
  readonly state: RowState;
  /** What is being done, what came of it, or why it failed. */
  readonly text: string;
  /** Seconds since it began, or that it took. */
  readonly seconds: number;
}

/** What is done, under way and failed. Whoever shows it asks again and again; it knows no terminal. */
export class Board {
  private readonly known = new Map<
    string,
    { name: string; state: RowState; text: string; began: number; ended?: number }
  >();

  constructor(private readonly now: () => number = Date.now) {}

  rows(): Row[] {
    return [...this.known.values()].map(({ name, state, text, began, ended }) => ({
      name,
      state,
      text,
      seconds: Math.round(((ended ?? this.now()) - began) / 100) / 10,
    }));
  }

  /** Begins a row, or says what it is at. */
  running(name: string, text = ""): void {
    const row = this.row(name);
    row.state = "running";
    row.text = text;
    row.ended = undefined;
  }

  done(name: string, text = ""): void {
    this.end(name, "done", text);
  }

  failed(name: string, reason: string): void {
    this.end(name, "failed", reason);
  }

  /** Runs a step under a row of its own; the row fails with the error's first line. */
  async step<T>(
    name: string,
    work: (say: (text: string) => void) => Promise<T>,
    result?: (value: T) => string,
  ): Promise<T> {
    this.running(name);
    try {
      const value = await work((text) => this.running(name, text));
      this.done(name, result?.(value) ?? "");
      return value;
    } catch (error) {
      this.failed(name, (error instanceof Error ? error.message : String(error)).split("\n")[0] ?? "");
      throw error;
    }
  }

  private end(name: string, state: RowState, text: string): void {
    const row = this.row(name);
    if (row.state !== "running" && row.state === state && row.text === text) return;
    row.state = state;
    row.text = text;
    row.ended ??= this.now();
  }

  private row(name: string) {
    const found = this.known.get(name);
    if (found) return found;
    const row = { name, state: "running" as RowState, text: "", began: this.now(), ended: undefined };
    this.known.set(name, row);
    return row;
  }
}
