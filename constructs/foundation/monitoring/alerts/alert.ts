/** Something that a person has to do something about. */
export interface Alert {
  /** As it is called in a message; its runbook has the same name in lower case with dashes. */
  readonly name: string;
  /** PromQL: each series that it gives is one alert. */
  readonly expr: string;
  /** Minutes that it has to hold, so that what mends itself wakes nobody. */
  readonly minutes: number;
  /** `critical`: people cannot work. `warning`: they will not be able to, or it costs. */
  readonly severity: "critical" | "warning";
  /** One line; `{{ $labels.x }}` is a label of the series. */
  readonly summary: string;
}

/** `ServerDoesNotStart` is explained in docs/runbooks/server-does-not-start.md. */
export function runbookOf({ name }: Pick<Alert, "name">): string {
  return `docs/runbooks/${name.replace(/(?<=[a-z])(?=[A-Z])/g, "-").toLowerCase()}.md`;
}
