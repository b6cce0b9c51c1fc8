import { parser } from "@prometheus-io/lezer-promql";

/** What an expression of PromQL asks for, by the grammar of Prometheus' own editor. */
export interface Parsed {
  /** Texts that the grammar does not know, or where it misses something. */
  readonly errors: readonly string[];
  readonly metrics: readonly string[];
  /** Labels of `by`, `on` and `group_left`, and of matchers. */
  readonly labels: readonly string[];
}

export function parsePromql(expression: string): Parsed {
  const errors: string[] = [];
  const metrics = new Set<string>();
  const labels = new Set<string>();
  parser.parse(expression).iterate({
    enter(node) {
      const text = expression.slice(node.from, node.to);
      if (node.type.isError) errors.push(text || `something is missing at ${node.from}`);
      if (node.name === "Identifier" && node.node.parent?.name === "VectorSelector") metrics.add(text);
      if (node.name === "LabelName") labels.add(text);
    },
  });
  return { errors, metrics: [...metrics], labels: [...labels] };
}
