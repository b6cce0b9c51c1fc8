import * as fs from "node:fs";
import { tmpdir } from "node:os";
import * as path from "node:path";
import { App } from "cdktf";
import type { JsonObject } from "../constructs/contracts/json";
import { PlatformStack } from "../stacks/platform-stack";
import { addStacks } from "../stacks/stacks";
import type { Billed } from "./bill";
import type { ReleaseValues } from "./requests";

type ReleaseJson = Omit<ReleaseValues, "values"> & { readonly values?: readonly string[] };

/** The Helm releases of an environment's platform, as its stack would write them; nothing is written. */
export function platformReleases(environment: Billed): ReleaseValues[] {
  const outdir = fs.mkdtempSync(path.join(tmpdir(), "open-mlops-cost-"));
  try {
    const app = new App({ outdir });
    addStacks(app, [environment]);
    const stack = app.node.findAll().find((node): node is PlatformStack => node instanceof PlatformStack);
    if (!stack) throw new Error(`the environment ${environment.name} has no platform stack`);
    stack.prepareStack();
    const { resource } = stack.toTerraform() as {
      readonly resource: { readonly helm_release: Readonly<Record<string, ReleaseJson>> };
    };
    return Object.values(resource.helm_release).map(({ name, namespace, values = [] }) => ({
      name,
      namespace,
      values: values.map((text) => JSON.parse(text) as JsonObject),
    }));
  } finally {
    fs.rmSync(outdir, { recursive: true });
  }
}
