import { createHash } from "node:crypto";
import { charts } from "../constructs/pins";
import type { ChartPin } from "../constructs/pins/pin";
import type { KubernetesObject } from "./kubectl";

export interface Definition extends KubernetesObject {
  readonly metadata: KubernetesObject["metadata"] & {
    readonly managedFields?: readonly { readonly manager?: string }[];
  };
  readonly spec?: {
    readonly versions?: readonly { readonly name: string; readonly schema?: { readonly openAPIV3Schema?: Schema } }[];
  };
}

interface Schema {
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly items?: Schema;
  readonly additionalProperties?: Schema | boolean;
}

/** Definitions in the `crds/` of a chart. */
export interface ChartDefinitions {
  readonly pin: ChartPin;
  /** The version of the chart that they were read from, which is the pinned one. */
  readonly version: string;
  /** Each one's fingerprint, by its name. */
  readonly definitions: Readonly<Record<string, string>>;
}

/**
 * By the part that installs the chart. Helm installs what is in `crds/`, never changes and never removes it, and leaves no
 * note on it. A chart with another pin has others: `npm test` with CHARTS_DIR says which, with their fingerprints.
 */
export const chartDefinitions: Readonly<Record<string, ChartDefinitions>> = {
  "dask-gateway": {
    pin: charts.daskGateway,
    version: "2026.3.0",
    definitions: {
      "daskclusters.gateway.dask.org": "b674a938b091",
      "ingressroutes.traefik.io": "71844cee8b45",
      "ingressroutetcps.traefik.io": "52571747d890",
      "ingressrouteudps.traefik.io": "849b7f8bf179",
      "middlewares.traefik.io": "54ff0a903ebf",
      "middlewaretcps.traefik.io": "399d097acc20",
      "serverstransports.traefik.io": "a0131d03317e",
      "serverstransporttcps.traefik.io": "13d6d648d05e",
      "tlsoptions.traefik.io": "6bad024fb244",
      "tlsstores.traefik.io": "4a54d75f7ff3",
      "traefikservices.traefik.io": "9610cc79a27a",
    },
  },
  "envoy-gateway": {
    pin: charts.envoyGateway,
    version: "v1.9.0",
    definitions: {
      "backends.gateway.envoyproxy.io": "b94b7d930a8c",
      "backendtlspolicies.gateway.networking.k8s.io": "18e399f9649c",
      "backendtrafficpolicies.gateway.envoyproxy.io": "38eb39702c7e",
      "clienttrafficpolicies.gateway.envoyproxy.io": "2be8b7263552",
      "envoyextensionpolicies.gateway.envoyproxy.io": "c24baedb5e35",
      "envoypatchpolicies.gateway.envoyproxy.io": "e32aff0da8ef",
      "envoyproxies.gateway.envoyproxy.io": "099b19cd0c47",
      "gatewayclasses.gateway.networking.k8s.io": "47d8e64cd156",
      "gateways.gateway.networking.k8s.io": "76f202763cce",
      "grpcroutes.gateway.networking.k8s.io": "4013bbfff93b",
      "httproutefilters.gateway.envoyproxy.io": "5885bbeb81c2",
      "httproutes.gateway.networking.k8s.io": "282d5a527c99",
      "listenersets.gateway.networking.k8s.io": "44bb7f8fa576",
      "referencegrants.gateway.networking.k8s.io": "e72f099c6e73",
      "securitypolicies.gateway.envoyproxy.io": "f43b5fdb8080",
      "tcproutes.gateway.networking.k8s.io": "3d3eeeeae8f1",
      "tlsroutes.gateway.networking.k8s.io": "6ae7c2a2b7d4",
      "udproutes.gateway.networking.k8s.io": "3d3eeeeae8f1",
      "xbackends.gateway.networking.x-k8s.io": "a3bb2bc6da16",
      "xbackendtrafficpolicies.gateway.networking.x-k8s.io": "fe16a9d460ea",
      "xmeshes.gateway.networking.x-k8s.io": "447dbdbfc8bc",
    },
  },
  gpu: {
    pin: charts.nodeFeatureDiscovery,
    version: "0.19.0",
    definitions: {
      "nodefeaturegroups.nfd.k8s-sigs.io": "ab790611dd2f",
      "nodefeaturerules.nfd.k8s-sigs.io": "33e766ad9000",
      "nodefeatures.nfd.k8s-sigs.io": "1841057bd7bc",
    },
  },
};

/**
 * Which fields a definition has in which versions, as twelve digits. What an API server fills in or a chart says about a
 * field leaves it as it is: a controller asks for a field, and it is there or not.
 */
export function fingerprint({ spec = {} }: Pick<Definition, "spec">): string {
  const fields = (spec.versions ?? []).flatMap(({ name, schema }) => fieldsOf(schema?.openAPIV3Schema, name));
  return createHash("sha256").update(fields.sort().join("\n")).digest("hex").slice(0, 12);
}

function fieldsOf(schema: Schema | boolean | undefined, at: string): string[] {
  if (typeof schema !== "object") return [at];
  const { properties = {}, items, additionalProperties } = schema;
  return [
    at,
    ...Object.entries(properties).flatMap(([key, each]) => fieldsOf(each, `${at}.${key}`)),
    ...(items ? fieldsOf(items, `${at}[]`) : []),
    ...(typeof additionalProperties === "object" ? fieldsOf(additionalProperties, `${at}.*`) : []),
  ];
}
