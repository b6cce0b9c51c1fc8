import type { JsonObject } from "../../constructs/contracts/json";
import { type Billed, bill } from "../../cost/bill";
import { foundationCost, type PartCost } from "../../cost/foundation";
import { total } from "../../cost/line";
import { foundationText } from "../../cost/print-foundation";
import { platformReleases } from "../../cost/releases";
import { askedBy, type ReleaseValues, sum } from "../../cost/requests";
import { inputs } from "../support/environments";
import { cheap, devWith, read } from "./environments";

const part = (parts: readonly PartCost[], name: string) => {
  const found = parts.find((each) => each.part === name);
  if (!found) throw new Error(`no part "${name}" among ${parts.map((each) => each.part).join(", ")}`);
  return found;
};
const asking = (namespace: string, cpu: string, memory: string): ReleaseValues => ({
  name: namespace,
  namespace,
  values: [{ resources: { requests: { cpu, memory } } }],
});

describe.each([
  ["dev", inputs.dev, ["not there", "not there"]],
  // Six nodes; what tells GPU nodes from others is one pod.
  ["prod", inputs.prod, [6, 1]],
])("%s as it is", (_, input, few) => {
  const environment = read(input());
  const cost = foundationCost({ environment, releases: platformReleases(environment) });
  const lines = bill({ environment });

  test("every part of its foundation has a row, and what always runs asks for something", () => {
    const rows = cost.parts.filter(({ of }) => of === "foundation");
    expect(rows.map((each) => each.part)).toEqual(environment.foundation.map((each) => each.name));
    // Copies are kept by jobs.
    for (const { part: title, nodes } of rows) expect([title, nodes > 0]).toEqual([title, title !== "backup"]);
  });

  test("a line that is a part's own is of a part that is there", () => {
    const parts = environment.foundation.map((each) => each.name);
    for (const line of lines) if (line.part) expect(parts).toContain(line.part);
  });

  test("what a switch saves is the own lines of the parts that are gone with it", () => {
    expect(cost.switches.map(({ setting }) => setting)).toContain("domain none, identity none");
    for (const { setting, parts, saves, frees } of cost.switches) {
      // Without a domain there is no way in, and the part that has it keeps the way to models.
      const wayIn = setting.startsWith("domain none");
      const own = lines.filter(({ part, group }) => (part && parts.includes(part)) || (wayIn && group === "entry"));
      expect(saves.idle).toBeCloseTo(total(own, "idle"), 8);
      expect(saves.inUse).toBeCloseTo(total(own, "inUse"), 8);
      expect(frees).toEqual(sum(parts.map((each) => part(cost.parts, each).asked)));
    }
  });

  test("what is on every node is counted on each, and what is on GPU nodes alone on none", () => {
    const pods = (name: string) => cost.parts.find((each) => each.part === name)?.asked.pods ?? "not there";
    expect([pods("node-exporter"), pods("gpu")]).toEqual(few);
  });

  test("all of it together costs no more than the nodes that it is on", () => {
    expect(cost.parts.reduce((all, { nodes }) => all + nodes, 0)).toBeLessThan(cost.staying.cost);
    const nodes = lines.filter(({ group }) => group === "nodes");
    expect(cost.staying.cost).toBeCloseTo(total(nodes, "idle"), 8);
  });
});

test("a part that asks for twice as much costs twice as much, and no other part costs more", () => {
  const environment = devWith(cheap);
  const others = [asking("reloader", "100m", "64Mi"), asking("mlflow", "200m", "1Gi")];
  const costOf = (cpu: string, memory: string) =>
    foundationCost({ environment, releases: [asking("keycloak", cpu, memory), ...others] }).parts;
  const [once, twice] = [costOf("100m", "300Mi"), costOf("200m", "600Mi")];
  expect(part(twice, "keycloak").nodes).toBeCloseTo(2 * part(once, "keycloak").nodes, 10);
  expect(part(once, "keycloak").nodes).toBeGreaterThan(0);
  for (const other of ["reloader", "the tools", "EKS"]) expect(part(twice, other)).toEqual(part(once, other));
});

test("the larger share counts: what a part leaves of the other is no use to it", () => {
  const environment = devWith(cheap);
  const nodesOf = (cpu: string, memory: string) =>
    part(foundationCost({ environment, releases: [asking("keycloak", cpu, memory)] }).parts, "keycloak");
  const { share } = nodesOf("175m", "0");
  // A tenth of a t3.large's 1.75 cores; 6.8 GiB are left for pods.
  expect(share).toBeCloseTo(0.1, 10);
  expect(nodesOf("175m", "100Mi").share).toBe(share);
  expect(nodesOf("175m", "3.4Gi").share).toBeCloseTo(0.5, 10);
});

describe("whether a node less would do", () => {
  const nodes = { system: { instanceTypes: ["t3.large"], min: 2, max: 3, spot: true } };
  const environment = devWith({ ...cheap, "nodes.system": nodes.system, schedule: undefined });
  const fewer = devWith({ ...cheap, "nodes.system": { ...nodes.system, min: 1 }, schedule: undefined });
  const aNode = total(bill({ environment }), "idle") - total(bill({ environment: fewer }), "idle");
  const told = (of: Billed, keycloak: string, mlflow: string) => {
    const releases = [asking("keycloak", keycloak, "64Mi"), asking("mlflow", mlflow, "64Mi")];
    const cost = foundationCost({ environment: of, releases });
    const identity = cost.switches.find(({ setting }) => setting === "identity none")?.nodesLess;
    return { anyway: cost.nodesLess, identity, text: foundationText(cost) };
  };

  test("without the part the rest has room on one: the node is what it costs", () => {
    const { anyway, identity, text } = told(environment, "1500m", "100m");
    expect(anyway).toEqual([]);
    expect(identity).toEqual({ group: "system", min: 1, saves: aNode });
    expect(text).toContain(`system.min 1 would do then: ${aNode.toFixed(2)} less`);
  });

  test("with the part there is room on one: the node is not there for it", () => {
    const { anyway, identity, text } = told(environment, "100m", "100m");
    expect(anyway).toEqual([{ group: "system", min: 1, saves: aNode }]);
    expect(identity).toBeUndefined();
    expect(text).toContain("All of it has room with system.min 1 too");
  });

  test("the rest needs both", () => {
    const { anyway, identity, text } = told(environment, "100m", "1500m");
    expect([anyway, identity]).toEqual([[], undefined]);
    expect(text).not.toContain("would do then");
  });

  test("the last system node stays", () => {
    const { anyway, identity } = told(fewer, "100m", "100m");
    expect([anyway, identity]).toEqual([[], undefined]);
  });
});

describe("what values ask for", () => {
  const requests = { cpu: "100m", memory: "1Gi" };
  const container = { resources: { requests } };
  const one = { millicores: 100, mebibytes: 1024, pods: 1 };
  const nothing = { millicores: 0, mebibytes: 0, pods: 0 };
  const twice = { millicores: 200, mebibytes: 2048, pods: 2 };
  const pod = { template: { spec: { containers: [container] } } };

  test.each<[string, JsonObject[], typeof one, typeof one]>([
    ["a server", [container], one, nothing],
    ["two of it", [{ ...container, replicaCount: 2 }], twice, nothing],
    ["replicas said at the part that has them", [{ a: { ...container, replicas: 2 }, replicas: 3 }], twice, nothing],
    [
      "what is set over it, once",
      [container, { resources: { requests: { cpu: "200m" } } }],
      { ...one, millicores: 200 },
      nothing,
    ],
    ["a job among manifests", [{ manifests: [{ kind: "Job", spec: pod }] }], nothing, one],
    ["a job on a schedule", [{ manifests: [{ kind: "CronJob", spec: { jobTemplate: { spec: pod } } }] }], nothing, one],
    ["a job of a chart's own", [{ startupapicheck: container }], nothing, one],
    ["people's servers", [{ singleuser: container }], nothing, nothing],
    ["a volume", [{ resources: { requests: { storage: "9Gi" } } }], nothing, nothing],
  ])("%s", (_, values, always, passing) => {
    expect(askedBy({ name: "x", namespace: "x", values }, 6)).toEqual({ always, passing });
  });

  test("what is on each node is asked of each", () => {
    const release = { name: "node-exporter", namespace: "node-exporter", values: [container] };
    expect(askedBy(release, 6).always).toEqual({ millicores: 600, mebibytes: 6144, pods: 6 });
  });

  test("what is on GPU nodes alone is asked of none that stays", () => {
    const release = { name: "dcgm-exporter", namespace: "gpu", values: [container] };
    expect(askedBy(release, 6).always).toEqual(nothing);
  });
});
