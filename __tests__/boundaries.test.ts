import { readdirSync, readFileSync } from "node:fs";
import * as path from "node:path";

/** The import rules: who may know of whom, read from the imports themselves. */

const root = path.join(__dirname, "..");

interface Import {
  /** The file, from the project's root. */
  readonly from: string;
  /** `npm:` and a package's module, or a file of the project from its root, without its ending. */
  readonly to: string;
  /** Types are gone when the code runs: they bind nothing and cost nothing. */
  readonly typeOnly: boolean;
}

interface Rule {
  readonly name: string;
  /** The files it speaks of. */
  readonly files: RegExp;
  /** What they may not import. */
  readonly never: (found: Import) => boolean;
}

const isAws = (to: string) => /^constructs\/aws(\/|$)|^npm:@cdktf\/provider-aws/.test(to);
const isProvider = (to: string) => to.startsWith("npm:@cdktf/provider-");
const isCdktf = (to: string) => /^npm:(cdktf|constructs)(\/|$)/.test(to);

const rules: readonly Rule[] = [
  {
    name: "components know no cloud",
    files: /^constructs\/(components|foundation)\//,
    never: ({ to }) => isAws(to),
  },
  {
    name: "the platform knows no cloud",
    files: /^(constructs\/(platform|helm-chart|pins|sources)|stacks\/(platform-stack|connection|page-way))\.ts$/,
    never: ({ to }) => isAws(to),
  },
  {
    name: "a cluster that exists knows no cloud, and no component",
    files: /^constructs\/existing\//,
    never: ({ to }) => isAws(to) || /^constructs\/components(\/|$)/.test(to),
  },
  {
    name: "AWS knows no component",
    files: /^constructs\/aws\//,
    never: ({ to }) => /^constructs\/components(\/|$)|^npm:@cdktf\/provider-(helm|kubernetes)/.test(to),
  },
  {
    name: "one component does not reach into another",
    files: /^constructs\/components\/[^/]+\//,
    never: ({ from, to }) => {
      const [own, other] = [from, to].map((file) => /^constructs\/components\/([^/]+)\//.exec(file)?.[1]);
      return other !== undefined && other !== own;
    },
  },
  {
    name: "contracts are data: no provider, and nothing of the project but themselves",
    files: /^constructs\/contracts\//,
    never: ({ to, typeOnly }) =>
      isProvider(to) || (to.startsWith("npm:") ? !typeOnly && isCdktf(to) : !to.startsWith("constructs/contracts/")),
  },
  {
    name: "environments are data: they import only contracts",
    files: /^environments\//,
    never: ({ to, typeOnly }) => !typeOnly || !to.startsWith("constructs/contracts/"),
  },
  {
    name: "the lab itself builds nothing for a cloud",
    files: /^lab\//,
    never: ({ to, typeOnly }) => !typeOnly && (isProvider(to) || isAws(to) || isCdktf(to) || /^stacks(\/|$)/.test(to)),
  },
  {
    // The root of a provider loads every resource of it: six seconds and 700 MB.
    name: "providers are imported one binding at a time",
    files: /./,
    never: ({ to }) => isProvider(to) && !/^npm:@cdktf\/provider-[a-z]+\/lib\/[a-z0-9-]+$/.test(to),
  },
];

/** The imports of one file's text. */
function importsOf(from: string, text: string): Import[] {
  const statement =
    /\b(?:import|export)\s+(type\s+)?([\w*{}\s,$]*?\bfrom\s*)?["']([^"'\n]+)["']|\b(?:import|require)\(\s*["']([^"'\n]+)["']/g;
  return [...text.matchAll(statement)].map(([, type, names = "", quoted, called]) => {
    const target = quoted ?? called ?? "";
    const all =
      /\{([^}]*)\}/
        .exec(names)?.[1]
        ?.split(",")
        .map((name) => name.trim())
        .filter(Boolean) ?? [];
    const onlyTypes = all.length > 0 && !/^\w/.test(names.trim()) && all.every((name) => name.startsWith("type "));
    return { from, to: resolve(from, target), typeOnly: type !== undefined || onlyTypes };
  });
}

function resolve(from: string, target: string): string {
  if (!target.startsWith(".")) return `npm:${target}`;
  return path.posix.normalize(path.posix.join(path.posix.dirname(from), target)).replace(/\.[mc]?[jt]s$/, "");
}

function violations(imports: readonly Import[]): string[] {
  return imports.flatMap((found) =>
    rules
      .filter((rule) => rule.files.test(found.from) && rule.never(found))
      .map((rule) => `${found.from} imports ${found.to}: ${rule.name}`),
  );
}

/** Every file of our own code. */
function sources(folder = ""): string[] {
  return readdirSync(path.join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    const at = path.posix.join(folder, entry.name);
    if (entry.isDirectory()) {
      return /^(node_modules|cdktf\.out|charts|docs|coverage|toolbox|tutorials|\..*)$/.test(entry.name)
        ? []
        : sources(at);
    }
    return /\.[mc]?[jt]s$/.test(entry.name) ? [at] : [];
  });
}

// This file holds samples of what others must not do.
const files = sources().filter((file) => file !== "__tests__/boundaries.test.ts");

test("the sources are found", () => {
  for (const known of ["main.ts", "constructs/platform.ts", "constructs/aws/network.ts", "environments/dev.ts"]) {
    expect(files).toContain(known);
  }
});

test("each rule speaks of some file", () => {
  for (const { files: about } of rules) expect(files.some((file) => about.test(file))).toBe(true);
});

test("no file imports what it must not know", () => {
  expect(files.flatMap((file) => violations(importsOf(file, readFileSync(path.join(root, file), "utf8"))))).toEqual([]);
});

describe("a file that breaks a rule is caught", () => {
  test.each([
    ["constructs/components/x/index.ts", 'import { Network } from "../../aws/network";'],
    ["constructs/components/x/index.ts", 'import type { Network } from "../../aws/network";'],
    ["constructs/components/x/index.ts", 'import { S3Bucket } from "@cdktf/provider-aws/lib/s3-bucket";'],
    ["constructs/components/x/index.ts", 'const { y } = await import("../y/values");'],
    ["constructs/components/x/lab/run.ts", 'export * from "../../y";\nexport { y } from "../../y/index";'],
    ["constructs/aws/x.ts", 'import { mlflow } from "../components/mlflow";'],
    ["constructs/existing/x.ts", 'import { S3Bucket } from "@cdktf/provider-aws/lib/s3-bucket";'],
    ["constructs/existing/x.ts", 'import type { Network } from "../aws/network";'],
    ["constructs/existing/x.ts", 'import { mlflow } from "../components/mlflow";'],
    ["constructs/contracts/x.ts", 'import { Release } from "@cdktf/provider-helm/lib/release";'],
    ["constructs/contracts/x.ts", 'import { Construct } from "constructs";'],
    ["constructs/contracts/x.ts", 'import { Platform } from "../platform";'],
    ["environments/x.ts", 'import { catalogue } from "../constructs/components/catalogue";'],
    ["environments/x.ts", 'import { instanceTypes } from "../constructs/contracts/prices";'],
    ["lab/x.ts", 'import {\n  App,\n  type Stack,\n} from "cdktf";'],
    ["lab/x.ts", 'import { addStacks } from "../stacks/stacks";'],
    ["stacks/x.ts", 'import { eksCluster } from "@cdktf/provider-aws";'],
    ["stacks/x.ts", "const aws = require('@cdktf/provider-aws/lib');"],
    ["stacks/platform-stack.ts", 'import "../constructs/aws/account";'],
  ])("%s: %s", (file, text) => expect(violations(importsOf(file, text))).not.toEqual([]));

  test.each([
    ["constructs/contracts/x.ts", 'import type { Construct } from "constructs";'],
    ["constructs/contracts/x.ts", 'import { z } from "zod";'],
    ["environments/x.ts", 'import type { EnvironmentInput } from "../constructs/contracts/environment";'],
    ["environments/x.ts", 'import { type EnvironmentInput } from "../constructs/contracts/environment";'],
    ["constructs/components/x/index.ts", 'import { values } from "./values";\nimport { options } from "../options";'],
    ["constructs/aws/x.ts", 'import { Eip } from "@cdktf/provider-aws/lib/eip";'],
  ])("and %s is free to: %s", (file, text) => expect(violations(importsOf(file, text))).toEqual([]));
});
