import { existsSync } from "node:fs";
import { catalogue } from "../../constructs/components/catalogue";
import { nodesSchema, scaleOf } from "../../constructs/contracts/aws-nodes";
import type { JsonObject } from "../../constructs/contracts/json";
import { loadEnvironments } from "../../constructs/contracts/load";
import { foundationCost } from "../../cost/foundation";
import { platformReleases } from "../../cost/releases";
import { askedBy, sum } from "../../cost/requests";
import { addOns, lacking, room, stayingNodes } from "../../cost/room";
import { inputs } from "../support/environments";
import { chartFolder, render } from "../support/helm";
import type { HelmRelease } from "../support/platform";
import { ofObject } from "../support/requests";
import { resourcesOfType, type StackJson, synthesizeStacks } from "../support/synth";

/**
 * The bill counts the nodes that stay, so the tools have to fit on those. A group's smallest machine is reckoned with: on
 * spot any of its types may come.
 */

const environments = loadEnvironments([inputs.dev(), inputs.prod()], catalogue).flatMap((environment) =>
  environment.place === "aws" ? [environment] : [],
);
const stacks = synthesizeStacks([inputs.dev(), inputs.prod()]);

function releases(name: string): HelmRelease[] {
  const stack = stacks[`${name}-platform`] as StackJson;
  return Object.entries(resourcesOfType(stack, "helm_release")).map(([id, attributes]) => {
    const { values, chart, ...rest } = attributes as unknown as Omit<HelmRelease, "values"> & {
      readonly values?: readonly string[];
    };
    return {
      ...rest,
      path: id,
      chart: chart.replace(/^.*_([\w-]+)_[0-9A-F]{8}\/.*$/, "charts/$1"),
      values: (values ?? []).map((text) => JSON.parse(text) as JsonObject),
    };
  });
}

describe.each(environments.map((environment) => [environment.name, environment] as const))(
  "%s",
  (name, environment) => {
    const { nodes } = environment;
    const asked = sum([
      addOns,
      ...releases(name).flatMap((release) => Object.values(askedBy(release, stayingNodes(nodes)))),
    ]);

    test("its tools and foundation fit on the nodes that the bill counts", () => {
      expect(asked.pods).toBeGreaterThan(10);
      expect(lacking(asked, room(nodes))).toEqual([]);
    });

    test("the bill's rows of what is asked, and its jobs, are all of it", () => {
      const { parts, jobs } = foundationCost({ environment, releases: platformReleases(environment) });
      expect(sum([...parts.map((part) => part.asked), jobs])).toEqual(asked);
    });

    test("on a machine of half the size they would not", () => {
      const half = { ...room(nodes), millicores: addOns.millicores, mebibytes: addOns.mebibytes };
      expect(lacking(asked, half)).toHaveLength(2);
    });
  },
);

const { HELM: helm, CHARTS_DIR: chartsDir } = process.env;
if (helm && chartsDir) {
  test.each(environments.map((environment) => [environment.name, environment] as const))(
    "%s: what the real charts make fits, their own defaults with it",
    (name, { nodes }) => {
      const asked = releases(name).map((release) => {
        // What a controller makes of the project's own manifests, such as the edge's proxies, is in the values alone.
        const there = !release.chart.startsWith("charts/") && existsSync(chartFolder(release, chartsDir));
        const each = there
          ? render(release, helm, chartsDir).flatMap(ofObject)
          : Object.values(askedBy(release, stayingNodes(nodes)));
        return { release: `${release.name}${there ? "" : " (its values alone)"}`, ...sum(each) };
      });
      console.table([...asked, { release: "all", ...sum([addOns, ...asked]) }, { release: "room", ...room(nodes) }]);
      expect(lacking(sum([addOns, ...asked]), room(nodes))).toEqual([]);
    },
  );
} else {
  test.skip("what the real charts make fits; not run: set HELM to the program and CHARTS_DIR to a folder of charts", () => {});
}

describe("a platform is small where all that stays is one node with 8 GiB", () => {
  const group = (instanceTypes: string[], min: number) => ({ instanceTypes, min, max: 4 });
  test.each([
    ["one node with 8 GiB", 1, group(["t3.large"], 1), group(["m6i.large"], 0), "small"],
    ["one that may have 8 GiB", 1, group(["r6i.large", "m6i.large"], 1), group(["m6i.large"], 0), "small"],
    ["one node with 16 GiB", 1, group(["m6i.xlarge"], 1), group(["m6i.large"], 0), "regular"],
    ["two", 1, group(["t3.large"], 2), group(["m6i.large"], 0), "regular"],
    ["one, and one for people", 1, group(["t3.large"], 1), group(["m6i.large"], 1), "regular"],
    ["one in each of two zones", 2, group(["t3.large"], 1), group(["m6i.large"], 0), "regular"],
  ] as const)("%s", (_, zones, system, general, scale) => {
    expect(scaleOf(nodesSchema.parse({ mode: "groups", zones, system, general }))).toBe(scale);
  });
});
