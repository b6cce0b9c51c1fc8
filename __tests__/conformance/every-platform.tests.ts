import * as fs from "node:fs";
import * as path from "node:path";
import { parse } from "yaml";
import { isObject } from "../../conformance/rule";
import type { JsonObject, JsonValue } from "../../constructs/contracts/json";
import type { EnvoyProxy } from "../../constructs/custom-resources/envoy-gateway";
import type { Gateway } from "../../constructs/custom-resources/gateway";
import { images } from "../../constructs/pins";
import { mirrorRegistry, ownImages } from "../support/existing";
import { chartFolder, containers, type KubernetesObject, render, unknownValues } from "../support/helm";
import type { HelmRelease } from "../support/platform";
import { allVariants } from "../support/variants";

/**
 * What holds for every platform in every place, of what the real charts make by the real `helm`: HELM is the program,
 * CHARTS_DIR a folder with `<chart>-<version>` in it, each with its dependencies in place.
 */
const { HELM: helm, CHARTS_DIR: chartsDir } = process.env;

/** Where a chart hands on what it gets, to Kubernetes or to the tool, and shows fewer keys than it takes. */
const open: Readonly<Record<string, readonly string[]>> = {
  jupyterhub: ["hub.config"],
  mlflow: ["podSecurityContext", "securityContext"],
  "cluster-autoscaler": ["extraArgs"],
  karpenter: ["nodeSelector"],
  "cert-manager": [
    ...["image", "webhook.image", "cainjector.image", "startupapicheck.image", "acmesolver.image"],
    ...["serviceAccount", "automountServiceAccountToken"],
  ],
  "gateway-helm": ["config.envoyGateway"],
  keycloakx: ["podSecurityContext", "securityContext"],
  loki: ["loki.storage.bucketNames", "loki.limits_config"],
  "prometheus-node-exporter": ["priorityClassName", "securityContext", "containerSecurityContext"],
  "kube-prometheus-stack": [
    ...["prometheusOperator", "kube-state-metrics", "grafana"].map((part) => `${part}.priorityClassName`),
    ...["grafana.grafana.ini", "grafana.fullnameOverride", "grafana.persistence"],
  ],
  seaweedfs: ["allInOne.s3", "filer.podSecurityContext", "filer.containerSecurityContext"],
};

/**
 * Containers of the JupyterHub chart's image puller, which do nothing, and those that choose the device plugin's
 * configuration, for which its chart has no value; its other daemon runs where a label asks for it, which no node has.
 */
const unlimited = [
  "image-pull-singleuser",
  "pause",
  ...["nvidia-device-plugin", "mps-control-daemon"].flatMap((name) => [`${name}-init`, `${name}-sidecar`]),
];

/**
 * Images that a tool would start for what nobody here asks of it: Envoy Gateway's for limits that count over all proxies,
 * where ours count at each; the operator's for figures of several clusters.
 */
const neverStarted = /envoyproxy\/ratelimit|thanos\/thanos/;

const pinned = Object.values(images).map((pin) => ({ ...pin, reference: `${pin.image}:${pin.version}` }));
const own: readonly string[] = Object.values(ownImages);

if (helm && chartsDir) {
  describe.each(Object.entries(allVariants))("every platform, %s", (variant, synthesize) => {
    const { cluster, releases } = synthesize();
    const rendered = releases.map((release) => [release, render(release, helm, chartsDir)] as const);
    const all = rendered.flatMap(([, objects]) => objects);
    const text = JSON.stringify([all, releases.map(({ values }) => values)]);

    test.each(rendered.map(([release]) => [release.name, release] as const))(
      "%s: the chart knows every value",
      (_, release) => {
        const known = defaults(release, chartsDir);
        for (const values of release.values) {
          expect(unknownValues(values, known, open[release.chart] ?? [])).toEqual([]);
        }
      },
    );

    test("images are pinned, and each comes from where it should", () => {
      const mirrored = variant.includes("mirror") || variant.includes("team");
      const wanted = pinned.map(({ image, version, reference }) =>
        mirrored ? `${mirrorRegistry}/${image.replace(/^[^/]+\//, "")}:${version}` : reference,
      );
      const used = containers(all).map(({ image }) => image);
      expect(used.filter((image) => !wanted.includes(image) && !own.includes(image))).toEqual([]);
      // Also those that a tool starts later: as values, arguments and configuration name them.
      const escaped =
        text.match(/(docker\.io|quay\.io|public\.ecr\.aws|ghcr\.io|gcr\.io|registry\.k8s\.io|nvcr\.io)\/[\w./:-]+/g) ??
        [];
      const known = (image: string) => pinned.some((pin) => [pin.image, pin.reference].includes(image));
      expect(escaped.filter((image) => !neverStarted.test(image) && (mirrored || !known(image)))).toEqual([]);
      // A name without a registry means Docker Hub's.
      const hub = JSON.stringify(all).match(
        /[^/\w](seldonio|tensorflow|burakince|chrislusf|library|busybox)[/:][\w./:-]+/g,
      );
      expect(hub ?? []).toEqual([]);
    });

    test("every container asks for memory and has a limit", () => {
      const without = containers(all).filter(({ name, resources }) => !resources && !unlimited.includes(name));
      expect(without.map(({ name }) => name)).toEqual([]);
    });

    test("passwords, tokens and keys come from secrets, and no object holds one", () => {
      const variables = containers(all).flatMap(({ env }) => env ?? []);
      const literal = variables.filter(
        // The path of a file is no secret.
        ({ name, value }) => /(PASSWORD|TOKEN|_KEY|ACCESS_KEY_ID)$/.test(name) && value !== undefined,
      );
      expect(literal).toEqual([]);
    });

    test("nothing is open to others but by the edge", () => {
      const services = all.filter(({ kind }) => kind === "Service");
      const opened = services.filter(({ spec }) => !["ClusterIP", undefined].includes(type(spec)));
      expect(opened.map(({ metadata }) => metadata.name)).toEqual([]);
      // A gateway whose proxies have a service of the cluster alone is a way inside, such as that to models.
      const inside = all.filter(isInner).map(({ metadata }) => metadata.name);
      const ways = rendered.flatMap(([{ name }, objects]) =>
        objects
          .filter(({ kind }) => ["Ingress", "HTTPRoute", "GRPCRoute", "Gateway"].includes(kind))
          .filter((object) => !inside.includes(proxiesOf(object)))
          .map(() => name),
      );
      expect([...new Set(ways)]).toEqual(cluster.edge ? ["edge"] : []);
    });
  });

  test("every pinned image is used by some platform, or by a command", () => {
    const text = Object.values(allVariants).map((synthesize) => JSON.stringify(synthesize().releases));
    // `mlops gpu` runs it.
    const byPlatforms = pinned.filter(({ image }) => image !== images.cudaSample.image);
    for (const { image, version } of byPlatforms) {
      const named = (all: string) => all.includes(image.replace(/^[^/]+\//, "")) && all.includes(version);
      expect([image, text.some(named)]).toEqual([image, true]);
    }
  });
} else {
  describe("what holds for every platform", () => {
    test.skip("not run: set HELM to the program and CHARTS_DIR to a folder of charts, <chart>-<version>", () => {});
  });
}

function type(spec: unknown): string | undefined {
  return (spec as { type?: string } | undefined)?.type;
}

/** Proxies of a gateway that are reached from inside the cluster alone. */
function isInner({ kind, spec }: KubernetesObject): boolean {
  const proxies = spec as unknown as EnvoyProxy["spec"];
  return kind === "EnvoyProxy" && proxies.provider.kubernetes.envoyService.type === "ClusterIP";
}

/** The name of a gateway's proxies; nothing for other objects. */
function proxiesOf({ kind, spec }: KubernetesObject): string {
  const { infrastructure } = spec as unknown as Gateway["spec"];
  return (kind === "Gateway" && infrastructure?.parametersRef.name) || "";
}

/** Values as Helm lays one over the other. */
function over(below: JsonValue, above: JsonValue | undefined): JsonValue {
  if (!isObject(below) || !isObject(above)) return above ?? below;
  const keys = [...new Set([...Object.keys(below), ...Object.keys(above)])];
  return Object.fromEntries(keys.map((key) => [key, over(below[key] as JsonValue, above[key])]));
}

/** What a chart knows, and under their names what the charts inside it know. */
function defaults(release: HelmRelease, folder: string): JsonObject {
  const at = chartFolder(release, folder);
  const read = (of: string): JsonObject => parse(fs.readFileSync(path.join(of, "values.yaml"), "utf8")) ?? {};
  const inner = path.join(at, "charts");
  const names = fs.existsSync(inner)
    ? fs.readdirSync(inner).filter((name) => fs.existsSync(path.join(inner, name, "values.yaml")))
    : [];
  const own = read(at);
  const known = names.map((name) => [name, over(read(path.join(inner, name)), own[name] as JsonValue)]);
  return { ...own, ...Object.fromEntries(known) };
}
