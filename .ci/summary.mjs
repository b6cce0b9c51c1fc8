// Adds up what the suites report and prints one line: N passed, N failed. A suite without a report has failed.
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";

const [folder, ...names] = process.argv.slice(2);
const split = names.indexOf("--");
let passed = 0;
let failed = 0;
for (const name of names.slice(0, split)) {
  const file = join(folder, `${name}.json`);
  const report = existsSync(file) ? JSON.parse(readFileSync(file, "utf8")) : undefined;
  passed += report?.numPassedTests ?? 0;
  // A file that does not compile has no tests to count, so it counts itself.
  failed += report ? report.numFailedTests + report.numRuntimeErrorTestSuites : 1;
}
for (const name of names.slice(split + 1)) {
  const file = join(folder, `${name}.xml`);
  const xml = existsSync(file) ? readFileSync(file, "utf8") : "";
  const count = (attribute) => Number(new RegExp(`<testsuite [^>]*\\b${attribute}="(\\d+)"`).exec(xml)?.[1] ?? 0);
  const bad = xml ? count("failures") + count("errors") : 1;
  passed += Math.max(0, count("tests") - bad - count("skipped"));
  failed += bad;
}
const checks = join(folder, "checks");
for (const line of existsSync(checks) ? readFileSync(checks, "utf8").trim().split("\n") : []) {
  const [good, bad] = line.split(" ").map(Number);
  passed += good;
  failed += bad;
}
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed > 0 || passed === 0 ? 1 : 0;
