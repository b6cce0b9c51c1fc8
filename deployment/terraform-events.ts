/** What `terraform apply -json` prints, one object a line, as far as it is read here. OpenTofu prints the same. */
export interface TerraformEvent {
  readonly type?: string;
  readonly "@level"?: string;
  readonly "@message"?: string;
  readonly change?: { readonly resource: { readonly addr: string }; readonly action: string };
  readonly hook?: {
    readonly resource: { readonly addr: string };
    readonly action?: string;
    readonly elapsed_seconds?: number;
  };
  readonly changes?: Changes;
  readonly diagnostic?: Diagnostic;
}

export interface Changes {
  readonly add: number;
  readonly change: number;
  readonly remove: number;
  readonly operation: string;
}

export interface Diagnostic {
  readonly severity: "error" | "warning";
  readonly summary: string;
  readonly detail?: string;
  readonly address?: string;
}

/** Reads one line; undefined where it is something else, such as a warning about the command line's settings. */
export function parseEvent(line: string): TerraformEvent | undefined {
  if (!line.startsWith("{")) return undefined;
  try {
    return JSON.parse(line) as TerraformEvent;
  } catch {
    return undefined;
  }
}

/** A diagnostic as a person reads it, with the resource that it is about. */
export function describeDiagnostic({ summary, detail, address }: Diagnostic): string {
  return [address ? `${address}: ${summary}` : summary, ...(detail ? [detail] : [])].join("\n").trim();
}
