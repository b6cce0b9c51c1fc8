import * as path from "node:path";
import { z } from "zod";
import { catalogue } from "../../constructs/components/catalogue";
import type { Component, ComponentDefinition } from "../../constructs/contracts/component";
import { loadEnvironment } from "../../constructs/contracts/load";
import labEnvironment from "../../environments/lab";
import { labBlueprint } from "../../lab/blueprint";
import { labPaths } from "../../lab/paths";
import { LabSecrets } from "../../lab/secrets";
import { shellExports, terminalEnvironment } from "../../lab/terminal";
import { temporaryFolder } from "./fixtures";

function place() {
  const root = temporaryFolder();
  const numbers = new Map<string, number>();
  const port = (name: string) => {
    if (!numbers.has(name)) numbers.set(name, 20000 + numbers.size);
    return numbers.get(name) ?? 0;
  };
  return {
    paths: labPaths({ OPEN_MLOPS_LAB_DIR: root }),
    secrets: LabSecrets.open(path.join(root, "secrets.json")),
    port,
  };
}

function blueprintOf(environment: unknown, tools: Record<string, ComponentDefinition> = catalogue.tools) {
  return labBlueprint(loadEnvironment(environment, { ...catalogue, tools }).components, place());
}

const blueprint = blueprintOf(labEnvironment);
const processNamed = (name: string) => {
  const found = blueprint.processes.find((process) => process.name === name);
  if (!found) throw new Error(`no process ${name}`);
  return found;
};

test("the five tools are eight processes", () => {
  expect(blueprint.processes.map((process) => process.name).sort()).toEqual([
    "dask-gateway",
    "door",
    "hub",
    "mlflow",
    "mlserver",
    "prefect-server",
    "prefect-worker",
    "proxy",
  ]);
});

test("people's code finds every tool by the variables of the contract", () => {
  const { DO_NOT_TRACK, MLFLOW_DISABLE_TELEMETRY, PREFECT_SERVER_ANALYTICS_ENABLED, ...contract } = blueprint.clientEnv;
  expect([DO_NOT_TRACK, MLFLOW_DISABLE_TELEMETRY, PREFECT_SERVER_ANALYTICS_ENABLED]).toEqual(["true", "true", "false"]);
  expect(Object.keys(contract).sort()).toEqual([
    "DASK_GATEWAY__ADDRESS",
    "DASK_GATEWAY__AUTH__TYPE",
    "DASK_GATEWAY__PROXY_ADDRESS",
    "MLFLOW_TRACKING_URI",
    "OPEN_MLOPS_DATA",
    "OPEN_MLOPS_SERVING_TARGET",
    "PREFECT_API_URL",
    "PREFECT_DEFAULT_WORK_POOL_NAME",
  ]);
  // The same set in every server and every flow run, less what would point at themselves.
  expect(JSON.parse(processNamed("hub").env?.["HUB_CLIENT_ENV"] ?? "")).toEqual(blueprint.clientEnv);
  expect(processNamed("prefect-worker").env).toMatchObject(blueprint.clientEnv);
});

test("where people keep data is a path as it stands, whatever is in the folder's name", () => {
  const odd = { ...place(), paths: labPaths({ OPEN_MLOPS_LAB_DIR: "/tmp/a lab's dir/über" }) };
  const { clientEnv } = labBlueprint(loadEnvironment(labEnvironment, catalogue).components, odd);
  expect(clientEnv["OPEN_MLOPS_DATA"]).toBe("file:///tmp/a lab's dir/über/data/data");
});

test("everything listens on loopback, at the ports it was given", () => {
  for (const process of blueprint.processes) {
    expect(new URL(process.ready).hostname).toBe("127.0.0.1");
    expect([...process.args, ...Object.values(process.env ?? {})].join(" ")).not.toMatch(/0\.0\.0\.0|\[::\]/);
  }
});

test("usage statistics are off", () => {
  expect(processNamed("mlflow").env).toMatchObject({ MLFLOW_DISABLE_TELEMETRY: "true" });
  expect(processNamed("mlserver").env).toMatchObject({ MLFLOW_DISABLE_TELEMETRY: "true" });
  for (const name of ["prefect-server", "prefect-worker"]) {
    expect(processNamed(name).env).toMatchObject({ PREFECT_SERVER_ANALYTICS_ENABLED: "false" });
    expect(processNamed(name).env?.["DO_NOT_TRACK"]).toMatch(/^(1|true)$/);
  }
});

test("no secret is on a command line, where every user of the machine could read it", () => {
  for (const process of blueprint.processes) expect(process.args.join(" ")).not.toMatch(/[0-9a-f]{64}|[A-Za-z0-9]{32}/);
});

test("a tool that verifies tokens and the Hub agree on its token", () => {
  const services = JSON.parse(processNamed("hub").env?.["HUB_SERVICES"] ?? "") as { name: string; token: string }[];
  expect(services.map((service) => service.name).sort()).toEqual(["dask-gateway", "prefect"]);
  const token = (name: string) => services.find((service) => service.name === name)?.token;
  expect(processNamed("dask-gateway").env?.["JUPYTERHUB_API_TOKEN"]).toBe(token("dask-gateway"));
  expect(processNamed("prefect-worker").env?.["JUPYTERHUB_API_TOKEN"]).toBe(token("prefect"));
});

/** Another tracking tool, as somebody would write it in a folder of their own. */
class Notebook implements Component<"tracking"> {
  readonly name = "notebook-tracker";
  readonly role = "tracking";
  readonly consumes = [] as const;
  readonly needs = {};
  readonly traffic = { server: { labels: { app: "tracker" }, answers: { offer: [80] } } };
  install(): never {
    throw new Error("not installed in this test");
  }
  processes(context: Parameters<Component<"tracking">["processes"]>[0]) {
    const address = `http://127.0.0.1:${context.port("tracker")}`;
    const offer = { address, clientEnv: { MLFLOW_TRACKING_URI: address } };
    const tracker = {
      name: "tracker",
      command: "tracker",
      args: [],
      folder: context.folder("tracker"),
      ready: address,
      ports: ["tracker"],
    };
    return { offer, processes: [tracker] };
  }
}
const swapped = {
  ...labEnvironment,
  components: labEnvironment.components.map((choice) =>
    choice.tool === "mlflow" ? { tool: "notebook-tracker" } : choice,
  ),
};

describe("swapping a tool is one line of the environment", () => {
  const definition = {
    role: "tracking",
    options: z.strictObject({}),
    create: () => new Notebook(),
  } satisfies ComponentDefinition;
  const result = blueprintOf(swapped, { ...catalogue.tools, "notebook-tracker": definition });

  test("the new tool runs in the place of the old one", () => {
    const names = result.processes.map((process) => process.name);
    expect(names).toContain("tracker");
    expect(names).not.toContain("mlflow");
  });

  test("everyone who consumes the role is given the new address", () => {
    const address = result.offers.find((each) => each.role === "tracking")?.offer.address;
    const worker = result.processes.find((process) => process.name === "prefect-worker");
    expect(worker?.env?.["MLFLOW_TRACKING_URI"]).toBe(address);
    expect(result.clientEnv["MLFLOW_TRACKING_URI"]).toBe(address);
  });
});

test("a tool without a lab form says so, and so does the lab", () => {
  class InCloudOnly extends Notebook {
    override processes(): never {
      return { unavailable: "it is a managed service" } as never;
    }
  }
  const definition = {
    role: "tracking",
    options: z.strictObject({}),
    create: () => new InCloudOnly(),
  } satisfies ComponentDefinition;
  expect(() => blueprintOf(swapped, { ...catalogue.tools, "notebook-tracker": definition })).toThrow(
    expect.objectContaining({
      details: [
        'notebook-tracker does not run in the lab: it is a managed service; choose another tool for "tracking"',
      ],
    }),
  );
});

test("a terminal finds the toolbox first, and its variables survive any quote", () => {
  const env = terminalEnvironment(labPaths({ OPEN_MLOPS_LAB_DIR: "/tmp/lab" }), blueprint);
  expect(env["PATH"]).toMatch(/^\/tmp\/lab\/python\/toolbox\/bin:/);
  expect(env["JUPYTERHUB_API_TOKEN"]).toMatch(/^[0-9a-f]{64}$/);
  expect(shellExports({ A: "it's" }).split("\n")).toEqual([
    "unset PYTHONPATH",
    "unset PYTHONHOME",
    "export A='it'\\''s'",
  ]);
});
