import { type RightsRule, rights, rightsEverywhere } from "../../custom-resources/rights";
import { partOf as labels } from "../../foundation/labels";

/** The service accounts of the chart's pods; its own have roles over the whole cluster, secrets among it. */
export const daskAccounts = { gateway: "gateway", controller: "controller", traefik: "traefik" } as const;

const all = ["*"];
const look = ["get", "list", "watch"];
const clusters = { apiGroups: ["gateway.dask.org"], resources: ["daskclusters"] };

/** In the gateway's own namespace, where all clusters are. */
const here: Readonly<Record<keyof typeof daskAccounts, readonly RightsRule[]>> = {
  gateway: [
    { apiGroups: [""], resources: ["secrets"], verbs: ["get"] },
    { ...clusters, verbs: all },
  ],
  controller: [
    { ...clusters, resources: ["daskclusters", "daskclusters/status"], verbs: all },
    {
      apiGroups: ["traefik.io"],
      resources: ["ingressroutes", "ingressroutetcps"],
      verbs: ["get", "create", "delete"],
    },
    { apiGroups: [""], resources: ["pods"], verbs: ["get", "create", "delete"] },
    { apiGroups: [""], resources: ["secrets", "services"], verbs: ["create", "delete"] },
  ],
  // It waits for all that it can read before it answers, secrets too, though nothing here has it read one.
  traefik: [
    { apiGroups: [""], resources: ["secrets", "services"], verbs: look },
    { apiGroups: ["discovery.k8s.io"], resources: ["endpointslices"], verbs: look },
    {
      apiGroups: ["traefik.io"],
      resources: [
        "ingressroutes",
        "ingressroutetcps",
        "ingressrouteudps",
        "middlewares",
        "middlewaretcps",
        "serverstransports",
        "serverstransporttcps",
        "tlsoptions",
        "tlsstores",
        "traefikservices",
      ],
      verbs: look,
    },
  ],
};

/** What the gateway and its controller ask for over all namespaces at once; neither has a setting for it. */
const everywhere: Readonly<Record<"gateway" | "controller", readonly RightsRule[]>> = {
  gateway: [{ ...clusters, verbs: look }],
  controller: [
    { ...clusters, verbs: look },
    { apiGroups: [""], resources: ["pods", "endpoints"], verbs: look },
  ],
};

/** The accounts, and what each may do. */
export function daskRights(namespace: string): object[] {
  const account = (key: keyof typeof daskAccounts) => ({ name: daskAccounts[key], namespace });
  return [
    ...(Object.keys(here) as (keyof typeof here)[]).flatMap((key) => [
      { apiVersion: "v1", kind: "ServiceAccount", metadata: { ...account(key), labels } },
      ...rights({ ...account(key), labels }, here[key], [account(key)]),
    ]),
    ...(Object.keys(everywhere) as (keyof typeof everywhere)[]).flatMap((key) =>
      rightsEverywhere({ name: `${namespace}-${daskAccounts[key]}`, labels }, everywhere[key], [account(key)]),
    ),
  ];
}
