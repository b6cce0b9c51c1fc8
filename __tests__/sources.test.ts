import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import * as path from "node:path";
import { sources } from "../constructs/sources";
import { smallInput } from "./support/existing";
import { synthesizeStacks } from "./support/synth";

const chart = { charts: "https://charts.example", chart: "tool", version: "1.2.3" };
const folder = mkdtempSync(path.join(tmpdir(), "charts-"));
afterAll(() => rmSync(folder, { recursive: true }));

test("without a mirror, charts and images come from their makers", () => {
  expect(sources().chart(chart)).toEqual({ in: "repository", url: chart.charts, name: "tool", version: "1.2.3" });
  expect(sources().image({ image: "quay.io/team/tool", version: "1" })).toEqual({
    repository: "quay.io/team/tool",
    tag: "1",
  });
});

test("an image keeps its path and tag under the mirror's registry", () => {
  const { image } = sources({ images: "mirror.example:5000/copies" });
  expect(image({ image: "docker.io/library/traefik", version: "3.3.5" })).toEqual({
    repository: "mirror.example:5000/copies/library/traefik",
    tag: "3.3.5",
  });
});

test("a chart is taken from another repository under its own name and version", () => {
  const { chart: from } = sources({ charts: { mode: "repository", url: "oci://mirror.example/charts" } });
  expect(from(chart)).toEqual({ in: "repository", url: "oci://mirror.example/charts", name: "tool", version: "1.2.3" });
});

test("in a folder a chart is found as helm pull leaves it, the packed one first", () => {
  const { chart: from } = sources({ charts: { mode: "folder", path: folder } });
  for (const name of ["tool", "tool-1.2.3", "tool-1.2.3.tgz"]) {
    if (name.endsWith(".tgz")) writeFileSync(path.join(folder, name), "");
    else mkdirSync(path.join(folder, name));
    expect(from(chart)).toEqual({ in: "files", name: "tool", path: path.join(folder, name) });
  }
});

test("charts that a folder has not are reported together, with what to do", () => {
  const input = { ...smallInput, mirror: { charts: { mode: "folder", path: folder } } };
  expect(() => synthesizeStacks([input])).toThrow(
    /has no seaweedfs-[\d.]+\.tgz, seaweedfs-[\d.]+, seaweedfs; put the chart there with helm pull[\s\S]*has no mlflow-/,
  );
});
