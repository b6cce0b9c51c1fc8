import { execFileSync } from "node:child_process";
import * as path from "node:path";
import { teamsConfig as ofGateway } from "../../constructs/components/dask-gateway/teams";
import { teamsConfig as ofHub } from "../../constructs/components/jupyterhub/teams";
import { type Team, teamsSchema } from "../../constructs/contracts/teams";
import { installEnvironment } from "../../lab/install";
import { labPaths } from "../../lab/paths";

/** A person's team, found by the Python that the Hub and the gateway are configured with, in theirs. */

const teams: readonly Team[] = teamsSchema.parse([
  { name: "red", groups: ["red", 'it\'s "quoted"'], priority: "high" },
  { name: "blue", groups: ["blue"] },
]);
const people = {
  ada: ["red"],
  bob: ["members", "blue"],
  eve: ["blue", "red"],
  zoe: ['it\'s "quoted"'],
  guest: ["other"],
  new: [],
};
let found: {
  hub: Record<keyof typeof people, [string, Record<string, string>]>;
  gateway: Record<keyof typeof people, Record<string, Record<string, string>>>;
};

beforeAll(async () => {
  const paths = labPaths();
  await installEnvironment(paths, "toolbox", () => {});
  const input = JSON.stringify({ hub: ofHub(teams)["teams"], gateway: ofGateway(teams)["teams"], people });
  const script = path.join(__dirname, "teams.py");
  found = JSON.parse(
    execFileSync(path.join(paths.python, "toolbox", "bin", "python"), [script], { input, encoding: "utf8" }),
  );
});

test("a server is of the team of its person's group, and of the first where there are several", () => {
  const own = { component: "singleuser-server" };
  const red = ["open-mlops-people-red", { ...own, "open-mlops/team": "red" }];
  const none = ["open-mlops-people", own];
  expect(found.hub).toEqual({
    ada: red,
    bob: ["open-mlops-people-blue", { ...own, "open-mlops/team": "blue" }],
    eve: red,
    zoe: red,
    guest: none,
    new: none,
  });
});

test("a cluster's scheduler and workers are of the team too, keep what every cluster has, and say whose they are", () => {
  const bobs = { "open-mlops/team": "blue", "hub.jupyter.org/username": "bob" };
  expect(found.gateway.bob).toEqual({
    scheduler_extra_pod_config: { serviceAccountName: "dask-worker", priorityClassName: "open-mlops-people-blue" },
    scheduler_extra_pod_labels: bobs,
    worker_extra_pod_config: { serviceAccountName: "dask-worker", priorityClassName: "open-mlops-workers-blue" },
    worker_extra_pod_labels: bobs,
  });
  const guests = { "hub.jupyter.org/username": "guest" };
  expect(found.gateway.guest).toEqual({ scheduler_extra_pod_labels: guests, worker_extra_pod_labels: guests });
});
