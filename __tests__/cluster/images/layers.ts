import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import * as fs from "node:fs";
import * as path from "node:path";
import { Transform } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createGzip } from "node:zlib";

/** A step of a recipe: a shell command, run as root on top of the layers below. What it changes is the layer. */
export interface Layer {
  readonly name: string;
  /** The layer it is laid on; absent for Debian itself. */
  readonly below?: Layer;
  readonly command: string;
  /** Files and folders whose content decides, with `command`, whether the layer must be made again. */
  readonly inputs: readonly string[];
}

/** A layer that was made: its files, and the archive of them that images hold. */
export interface BuiltLayer {
  readonly key: string;
  /** The changed files, on which the next layers stand. */
  readonly files: string;
  readonly archive: string;
  readonly digest: string;
  readonly size: number;
  /** The digest of the archive before compression, by which an image's configuration names it. */
  readonly diffId: string;
}

export interface Workshop {
  readonly cache: string;
  /** Folders of this machine that a command finds in `/media`, by name there. */
  readonly shared: Readonly<Record<string, string>>;
  readonly report: (line: string) => void;
}

/** Makes each layer once, in a run and between runs: the cache knows it by everything that decides what is in it. */
export class LayerBuilder {
  private readonly started = new Map<string, Promise<BuiltLayer>>();

  constructor(private readonly workshop: Workshop) {}

  build(layer: Layer): Promise<BuiltLayer> {
    const key = layerKey(layer);
    const running = this.started.get(key) ?? this.make(layer, key);
    this.started.set(key, running);
    return running;
  }

  /** The layers of an image, the lowest first. */
  async buildAll(top: Layer): Promise<BuiltLayer[]> {
    const below = top.below ? await this.buildAll(top.below) : [];
    return [...below, await this.build(top)];
  }

  /** Removes what older locks and recipes left; disks are finite. */
  async prune(): Promise<void> {
    const kept = new Set((await Promise.all(this.started.values())).map((layer) => layer.key));
    for (const name of fs.readdirSync(path.join(this.workshop.cache, "layers"))) {
      if (!kept.has(name)) fs.rmSync(path.join(this.workshop.cache, "layers", name), { recursive: true });
    }
  }

  private async make(layer: Layer, key: string): Promise<BuiltLayer> {
    const { cache, report } = this.workshop;
    const folder = path.join(cache, "layers", key);
    const made = path.join(folder, "layer.json");
    if (fs.existsSync(made)) return { ...JSON.parse(fs.readFileSync(made, "utf8")), ...places(folder), key };
    const below = layer.below ? await this.buildAll(layer.below) : [];
    const begun = Date.now();
    report(`${layer.name}: making it`);
    fs.rmSync(folder, { recursive: true, force: true });
    const { files, archive } = places(folder);
    fs.mkdirSync(files, { recursive: true });
    if (below.length === 0) await run("bash", ["-euc", layer.command, "debian", files], folder);
    else await this.runOn(below, layer.command, folder);
    refuseDeletions(layer, files);
    const packed = await pack(files, archive);
    // Last, so that a layer that was interrupted is not taken for one.
    fs.writeFileSync(made, JSON.stringify(packed));
    report(`${layer.name}: made in ${seconds(begun)} s, ${megabytes(packed.size)} MB compressed`);
    return { ...packed, files, archive, key };
  }

  private async runOn(below: readonly BuiltLayer[], command: string, folder: string): Promise<void> {
    const [root, work] = ["root", "work"].map((name) => path.join(folder, name)) as [string, string];
    fs.mkdirSync(root);
    fs.mkdirSync(work);
    const lower = below.map((layer) => layer.files).reverse();
    const shared = Object.entries(this.workshop.shared).map(([to, from]) => `${from}=${to}`);
    const jail = [path.join(__dirname, "jail.sh"), root, lower.join(":"), places(folder).files, work, shared.join(" ")];
    await run("unshare", ["--mount", "--pid", "--fork", "--kill-child", "bash", ...jail, command], folder);
    fs.rmdirSync(root);
    fs.rmSync(work, { recursive: true });
  }
}

function places(folder: string): { files: string; archive: string } {
  return { files: path.join(folder, "files"), archive: path.join(folder, "layer.tar.gz") };
}

/** Changes when the command, a file it reads, or a layer below does. */
export function layerKey({ name, below, command, inputs }: Layer): string {
  const hash = createHash("sha256")
    .update(below ? layerKey(below) : "debian")
    .update(`\0${command}\0`);
  for (const input of inputs) addToHash(hash, input, path.basename(input));
  return `${name}-${hash.digest("hex").slice(0, 16)}`;
}

function addToHash(hash: ReturnType<typeof createHash>, file: string, label: string): void {
  if (fs.statSync(file).isDirectory()) {
    const names = fs.readdirSync(file).filter((name) => name !== "__pycache__" && !name.endsWith(".egg-info"));
    for (const name of names.sort()) addToHash(hash, path.join(file, name), `${label}/${name}`);
    return;
  }
  hash.update(`${label}\0`).update(fs.readFileSync(file));
}

/** The overlay marks a deleted file by a device, which an image would have to hold in another form. */
function refuseDeletions(layer: Layer, files: string): void {
  if (!layer.below) return;
  for (const entry of fs.readdirSync(files, { recursive: true, withFileTypes: true })) {
    if (!entry.isCharacterDevice()) continue;
    const file = path.join(entry.parentPath, entry.name).slice(files.length);
    throw new Error(`${layer.name} deletes ${file} of a layer below; delete it in the layer that makes it`);
  }
}

/** The same files give the same archive, whenever and wherever it is made. */
async function pack(files: string, archive: string): Promise<Pick<BuiltLayer, "digest" | "size" | "diffId">> {
  const same = ["--sort=name", "--mtime=@0", "--numeric-owner", "--format=posix"];
  const without = ["--pax-option=delete=atime,delete=ctime", "--exclude=./dev/*"];
  const tar = spawn("tar", [...same, ...without, "--directory", files, "--create", "."], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const ended = new Promise<number | null>((resolve) => tar.on("close", resolve));
  const plain = new Digest();
  const compressed = new Digest();
  await pipeline(tar.stdout, plain, createGzip({ level: 1 }), compressed, fs.createWriteStream(archive));
  if ((await ended) !== 0) throw new Error(`tar could not pack ${files}`);
  return { digest: compressed.digest(), diffId: plain.digest(), size: fs.statSync(archive).size };
}

/** Passes everything on, and knows the digest of what went by. */
class Digest extends Transform {
  private readonly hash = createHash("sha256");

  override _transform(chunk: Buffer, _encoding: string, done: (error: null, chunk: Buffer) => void): void {
    this.hash.update(chunk);
    done(null, chunk);
  }

  digest(): string {
    return `sha256:${this.hash.digest("hex")}`;
  }
}

/** Runs a command that writes its output to a log, of which an error shows the end. */
async function run(command: string, args: readonly string[], folder: string): Promise<void> {
  const log = path.join(folder, "log");
  const output = fs.openSync(log, "a");
  const child = spawn(command, args, { stdio: ["ignore", output, output], env: insideEnvironment() });
  const code = await new Promise<number | null>((resolve, reject) => child.on("close", resolve).on("error", reject));
  fs.closeSync(output);
  if (code === 0) return;
  const end = fs.readFileSync(log, "utf8").trimEnd().split("\n").slice(-25).join("\n");
  throw new Error(`${command} ended with ${code}; the end of ${log}:\n${end}`);
}

/** What a command finds set: how this machine reaches the network, and where the shared programs are. */
function insideEnvironment(): NodeJS.ProcessEnv {
  const network = Object.entries(process.env).filter(([name]) =>
    /^(https?_proxy|no_proxy|uv_(default_)?index.*)$/i.test(name),
  );
  return {
    ...Object.fromEntries(network),
    PATH: "/media/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
    HOME: "/root",
    LC_ALL: "C.UTF-8",
    UV_CACHE_DIR: "/media/cache",
    SSL_CERT_FILE: "/media/certificates.crt",
  };
}

const seconds = (begun: number) => Math.round((Date.now() - begun) / 1000);
export const megabytes = (bytes: number) => Math.round(bytes / 1e6);
