import { alertGroups } from "../../../constructs/foundation/monitoring/alerts";
import { dashboards } from "../../../constructs/foundation/monitoring/dashboards";
import { payerLabels } from "../../../constructs/foundation/monitoring/values";
import { chooseComponents, fiveTools } from "../../support/platform";
import known from "./metrics.json";
import { parsePromql } from "./promql";

const parts = chooseComponents(fiveTools);
const alerts = Object.values(alertGroups(parts)).flat();
const panels = Object.values(dashboards(parts)).flatMap(({ title, panels }) =>
  panels.map((panel) => ({ ...panel, of: `${title}: ${panel.title}` })),
);
const queries = panels
  .filter(({ datasource }) => datasource.type === "prometheus")
  .flatMap(({ of, targets }) => targets.map(({ expr, legendFormat }) => ({ of, expr, legend: legendFormat ?? "" })));
const expressions = [...alerts.map(({ name, expr }) => [name, expr]), ...queries.map(({ of, expr }) => [of, expr])];
const names = new Set(known.flatMap(({ metrics }) => metrics));

test.each(expressions)("%s: Prometheus understands it, and some server tells what it asks for", (_, expression) => {
  const { errors, metrics } = parsePromql(expression ?? "");
  expect(errors).toEqual([]);
  expect(metrics.length).toBeGreaterThan(0);
  expect(metrics.filter((metric) => !names.has(metric))).toEqual([]);
});

test("what Prometheus does not understand is found, and what no server tells", () => {
  expect(parsePromql("sum(rate(up[5m])").errors).not.toEqual([]);
  expect(parsePromql("up == == 0").errors).not.toEqual([]);
  expect(parsePromql('sum by (job) (rate(upp{job=~"a"}[5m]) / on (pod) down)')).toEqual({
    errors: [],
    metrics: ["upp", "down"],
    labels: ["job", "pod"],
  });
  expect(names.has("upp")).toBe(false);
});

test("what is called by a label is grouped by it, or comes as the server tells it", () => {
  const grouped = queries.filter(({ expr }) => /\bby \(/.test(expr));
  expect(grouped.length).toBeGreaterThan(10);
  for (const { of, expr, legend } of grouped) {
    const used = [...legend.matchAll(/\{\{(\w+)\}\}/g)].map(([, label]) => label);
    expect([of, used.filter((label) => !parsePromql(expr).labels.includes(label ?? ""))]).toEqual([of, []]);
  }
});

test("spend is told by labels that kube-state-metrics is asked for", () => {
  const asked = payerLabels.map((label) => `label_${label.replace(/[^a-zA-Z0-9]/g, "_")}`);
  const used = new Set(
    queries.flatMap(({ expr }) => parsePromql(expr).labels).filter((label) => /^label_/.test(label)),
  );
  expect([...used].sort()).toEqual(asked.sort());
});

test("a dashboard's address and the numbers of its panels are each used once", () => {
  const all = Object.values(dashboards(parts));
  expect(new Set(all.map(({ uid }) => uid)).size).toBe(all.length);
  for (const { title, panels: shown } of all) {
    const places = shown.map(({ gridPos }) => `${gridPos.x},${gridPos.y}`);
    expect([title, new Set(places).size, new Set(shown.map(({ id }) => id)).size]).toEqual([
      title,
      shown.length,
      shown.length,
    ]);
  }
});
