import { createHash } from "node:crypto";
import * as fs from "node:fs";
import type { BuiltLayer } from "./layers";

/** How containers of an image start, in the terms of the OCI image specification. */
export interface ImageConfig {
  readonly Env?: readonly string[];
  readonly User?: string;
  readonly WorkingDir?: string;
  readonly Entrypoint?: readonly string[];
  readonly Cmd?: readonly string[];
}

export interface Image {
  /** Repository and tag, as a pod names it. */
  readonly reference: string;
  readonly layers: readonly BuiltLayer[];
  readonly config: ImageConfig;
}

interface Descriptor {
  readonly mediaType: string;
  readonly digest: string;
  readonly size: number;
  readonly annotations?: Readonly<Record<string, string>>;
}

const mediaType = (name: string) => `application/vnd.oci.image.${name}`;

/** Writes one archive (an OCI image layout) with all images, in which a layer that several have is there once. */
export async function writeArchive(images: readonly Image[], file: string): Promise<void> {
  const output = fs.createWriteStream(file);
  const archive = new TarWriter(output);
  const manifests = new Map<string, Descriptor>();
  for (const image of images) {
    const config = await archive.blob(mediaType("config.v1+json"), json(imageConfig(image)));
    const layers: Descriptor[] = [];
    for (const layer of image.layers) {
      await archive.file(`blobs/sha256/${layer.digest.slice("sha256:".length)}`, layer.archive, layer.size);
      layers.push({ mediaType: mediaType("layer.v1.tar+gzip"), digest: layer.digest, size: layer.size });
    }
    const manifest = { schemaVersion: 2, mediaType: mediaType("manifest.v1+json"), config, layers };
    manifests.set(image.reference, await archive.blob(manifest.mediaType, json(manifest)));
  }
  const named = [...manifests].map(([reference, descriptor]) => ({
    ...descriptor,
    annotations: {
      // containerd takes the first for the image's name, other tools the second.
      "io.containerd.image.name": fullName(reference),
      "org.opencontainers.image.ref.name": fullName(reference),
    },
  }));
  await archive.bytes("oci-layout", json({ imageLayoutVersion: "1.0.0" }));
  await archive.bytes(
    "index.json",
    json({ schemaVersion: 2, mediaType: mediaType("index.v1+json"), manifests: named }),
  );
  await archive.end();
}

/** The name under which a pod's short one is looked up: `postgres:15` is `docker.io/library/postgres:15`. */
export function fullName(reference: string): string {
  const [first = "", ...rest] = reference.split("/");
  if (rest.length === 0) return `docker.io/library/${reference}`;
  const isHost = first.includes(".") || first.includes(":") || first === "localhost";
  if (!isHost) return `docker.io/${reference}`;
  return first === "docker.io" && rest.length === 1 ? `docker.io/library/${rest[0]}` : reference;
}

function imageConfig({ layers, config }: Image): object {
  return {
    architecture: { x64: "amd64", arm64: "arm64" }[process.arch as string] ?? process.arch,
    os: "linux",
    config,
    rootfs: { type: "layers", diff_ids: layers.map((layer) => layer.diffId) },
    history: layers.map(() => ({ created_by: "open-mlops" })),
  };
}

const json = (value: object) => Buffer.from(JSON.stringify(value));

/** A tar archive, as much of it as an image layout needs: plain files with short names, each once. */
class TarWriter {
  private readonly written = new Set<string>();

  constructor(private readonly output: fs.WriteStream) {}

  async blob(type: string, content: Buffer): Promise<Descriptor> {
    const hex = createHash("sha256").update(content).digest("hex");
    await this.bytes(`blobs/sha256/${hex}`, content);
    return { mediaType: type, digest: `sha256:${hex}`, size: content.length };
  }

  async bytes(name: string, content: Buffer): Promise<void> {
    if (!(await this.begin(name, content.length))) return;
    await this.write(content);
    await this.pad(content.length);
  }

  async file(name: string, from: string, size: number): Promise<void> {
    if (!(await this.begin(name, size))) return;
    for await (const chunk of fs.createReadStream(from, { highWaterMark: 1 << 20 })) await this.write(chunk as Buffer);
    await this.pad(size);
  }

  async end(): Promise<void> {
    await this.write(Buffer.alloc(1024));
    await new Promise<void>((resolve, reject) => this.output.on("error", reject).end(resolve));
  }

  private async begin(name: string, size: number): Promise<boolean> {
    if (this.written.has(name)) return false;
    this.written.add(name);
    await this.write(tarHeader(name, size));
    return true;
  }

  private async pad(size: number): Promise<void> {
    if (size % 512 > 0) await this.write(Buffer.alloc(512 - (size % 512)));
  }

  private write(content: Buffer): Promise<void> {
    return new Promise((resolve, reject) => this.output.write(content, (error) => (error ? reject(error) : resolve())));
  }
}

function tarHeader(name: string, size: number): Buffer {
  const header = Buffer.alloc(512);
  const field = (text: string, offset: number) => header.write(text, offset, "latin1");
  const octal = (value: number, digits: number) => value.toString(8).padStart(digits, "0");
  field(name, 0);
  field(octal(0o644, 7), 100);
  field(octal(0, 7), 108);
  field(octal(0, 7), 116);
  field(octal(size, 11), 124);
  field(octal(0, 11), 136);
  field("        ", 148);
  field("0ustar\u000000", 156);
  field(
    `${octal(
      header.reduce((sum, byte) => sum + byte, 0),
      6,
    )}\0 `,
    148,
  );
  return header;
}
