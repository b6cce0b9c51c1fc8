import * as fs from "node:fs";
import * as path from "node:path";
import { accessLog } from "../../../constructs/foundation/envoy-gateway/proxies";
import { alertGroups, alertRules } from "../../../constructs/foundation/monitoring/alerts";
import { runbookOf } from "../../../constructs/foundation/monitoring/alerts/alert";
import { chooseComponents, fiveTools } from "../../support/platform";
import { parsePromql } from "./promql";

const project = path.join(__dirname, "../../..");
const parts = chooseComponents(fiveTools);
const alerts = Object.values(alertGroups(parts)).flat();
const text = (file: string) => fs.readFileSync(path.join(project, file), "utf8");

test("each alert has its runbook, and each runbook its alert", () => {
  const there = fs.readdirSync(path.join(project, "docs/runbooks")).map((name) => `docs/runbooks/${name}`);
  expect(alerts.length).toBeGreaterThan(15);
  expect(there.sort()).toEqual(alerts.map(runbookOf).sort());
});

test.each(alerts.map((alert) => [alert.name, alert] as const))(
  "%s: its runbook says what it means, how to look and what to do",
  (name, alert) => {
    const runbook = text(runbookOf(alert));
    expect(runbook.split("\n")[0]).toBe(`# ${name}`);
    expect([...runbook.matchAll(/^## (.*)$/gm)].map(([, heading]) => heading)).toEqual(["Look", "Do"]);
    for (const [, link = ""] of runbook.matchAll(/\]\(([\w-]+\.md)\)/g)) {
      expect([link, fs.existsSync(path.join(project, "docs/runbooks", link))]).toEqual([link, true]);
    }
  },
);

test("what a runbook looks for in the proxies' log has the names that lines have", () => {
  const sought = alerts
    .map(runbookOf)
    .flatMap((file) => text(file).split("\n"))
    .filter((line) => /logs .*owning-gateway-name/.test(line))
    .flatMap((line) => [...line.matchAll(/"(\w+)":/g)].map(([, key]) => key));
  expect(sought.length).toBeGreaterThan(0);
  expect(sought.filter((key = "") => !(key in accessLog))).toEqual([]);
});

test("a certificate's end is told where somebody else keeps it, and no cert-manager is there", () => {
  const { expr = "" } = alerts.find(({ name }) => name === "CertificateExpires") ?? {};
  const sources = parsePromql(expr).metrics;
  expect(sources.some((metric) => metric.startsWith("envoy_"))).toBe(true);
  expect(sources.some((metric) => metric.startsWith("certmanager_"))).toBe(true);
});

test("a message names the runbook and how bad it is", () => {
  const rules = alertRules("monitoring", parts).spec.groups.flatMap((group) => group.rules);
  expect(rules).toHaveLength(alerts.length);
  for (const { alert, annotations, labels } of rules) {
    expect([alert, annotations["runbook"]]).toEqual([alert, runbookOf({ name: alert })]);
    expect(["critical", "warning"]).toContain(labels["severity"]);
  }
  expect(new Set(rules.map(({ alert }) => alert)).size).toBe(rules.length);
});

test("a summary speaks of labels that its expression leaves", () => {
  for (const { name, expr, summary } of alerts) {
    const kept = /^(?:sum|min|max|avg)(?: by \(([^)]*)\))?/.exec(expr);
    if (!kept) continue;
    const labels = (kept[1] ?? "").split(", ");
    const used = [...summary.matchAll(/\$labels\.(\w+)/g)].map(([, label]) => label ?? "");
    expect([name, used.filter((label) => !labels.includes(label))]).toEqual([name, []]);
  }
});
