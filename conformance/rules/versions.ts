import { readFileSync } from "node:fs";
import * as path from "node:path";
import type { JsonValue } from "../../constructs/contracts/json";
import { charts, npm, type Pin, python } from "../../constructs/pins";
import { everyValue, isForeign, isObject, labProcesses, namesImage, type Rule, runsPeoplesCode } from "../rule";

const openLicences = ["Apache-2.0", "BSD-3-Clause", "MIT", "PostgreSQL", "MPL-2.0"];

export const versions: readonly Rule[] = [
  {
    id: "pinned-charts",
    of: "all parts",
    commandment: "versions and lineage",
    says: "each chart from elsewhere is one version of a pin, under an open licence",
    check: ({ releases }) =>
      releases.filter(isForeign).flatMap(({ name, chart, version }) => {
        const pin = Object.values(charts).find((each) => each.chart === chart && each.version === version);
        if (!pin) return [`${name}: ${chart} ${version ?? "of any version"} is no pin`];
        const closed = pin.licence.split(" OR ").filter((licence) => !openLicences.includes(licence));
        return closed.map((licence) => `${name}: ${chart} is under ${licence}`);
      }),
  },
  {
    id: "pinned-images",
    of: "all parts",
    commandment: "versions and lineage",
    says: "each image that its values name has one version",
    check: ({ releases }) =>
      releases.flatMap(({ name, values }) =>
        values.flatMap((value) =>
          everyValue(value)
            .filter(({ value: set }) => isImage(set) && !versionOf(set))
            .map(({ at }) => `${name}: ${at}`),
        ),
      ),
  },
  {
    id: "locked-here",
    commandment: "versions and lineage",
    says: "each program it runs on this machine is a pin, and a lock holds that version with the hashes of its files",
    check: (subject) => {
      if ("unavailable" in subject.lab) return undefined;
      const { python: environments, project } = subject.platform.lab;
      return labProcesses(subject).flatMap(({ name, command, args }) => {
        const program = path.basename(command);
        const found = (["toolbox", "serving"] as const).find(
          (each) => path.join(environments, each, "bin", program) === command,
        );
        // A module of the project itself, by the interpreter of an environment.
        if (found && program === "python" && args[0] === "-m" && args[1]?.startsWith("open_mlops.")) return [];
        if (found) return isLocked(program, python[found], `toolbox/locks/${found}.txt`) ? [] : [`${name}: ${program}`];
        const isNode = path.join(project, "node_modules/.bin", program) === command;
        return isNode && isInstalled(program) ? [] : [`${name} runs ${command}, which no lock holds`];
      });
    },
  },
  {
    id: "one-toolbox",
    commandment: "versions and lineage",
    says: "people's code runs in the one toolbox image, so that what one pod writes another can read",
    check: (subject) => {
      if (!runsPeoplesCode(subject)) return undefined;
      const { toolbox } = subject.platform.images;
      return namesImage(subject, toolbox) ? [] : [`its pods do not run ${toolbox.repository}:${toolbox.tag}`];
    },
  },
];

const root = path.join(__dirname, "../..");

function isLocked(name: string, pins: Readonly<Record<string, Pin>>, file: string): boolean {
  const version = pins[name]?.version;
  const lines = readFileSync(path.join(root, file), "utf8").split("\n");
  const at = lines.findIndex((line) => new RegExp(`^${name}(\\[.*\\])?==`).test(line));
  return (lines[at]?.includes(`==${version} `) ?? false) && (lines[at + 1]?.includes("--hash=sha256:") ?? false);
}

function isInstalled(name: string): boolean {
  const pin: Pin | undefined = (npm as Readonly<Record<string, Pin>>)[name];
  const { packages } = JSON.parse(readFileSync(path.join(root, "package-lock.json"), "utf8")) as {
    packages: Readonly<Record<string, { version?: string; integrity?: string } | undefined>>;
  };
  const locked = packages[`node_modules/${name}`];
  return pin !== undefined && locked?.version === pin.version && locked.integrity !== undefined;
}

/** An image as charts take it: its repository or name, and beside it a tag in some word. */
function isImage(value: JsonValue): boolean {
  return (
    isObject(value) &&
    [value["repository"], value["name"]].some((each) => /^[\w.-]+(:\d+)?\/[\w./-]+$/.test(String(each)))
  );
}

function versionOf(value: JsonValue): string | undefined {
  if (!isObject(value)) return undefined;
  const tag = value["tag"] ?? value["prefectTag"] ?? value["defaultImageVersion"];
  return typeof tag === "string" && tag !== "" && tag !== "latest" ? tag : undefined;
}
