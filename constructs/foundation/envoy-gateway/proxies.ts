import type { PartContext } from "../../contracts/foundation";
import type { EnvoyProxy } from "../../custom-resources/envoy-gateway";
import { images } from "../../pins";
import { resources, restrictedPod } from "../pods";
import { priorities } from "../scheduling/priorities";
import { edgeNames, modelsNames, proxyLabels } from "./names";

/** Zones first, then nodes: two proxies on one node are still better than one. */
function spread(gateway: string) {
  return ["topology.kubernetes.io/zone", "kubernetes.io/hostname"].map((topologyKey) => ({
    maxSkew: 1,
    topologyKey,
    whenUnsatisfiable: "ScheduleAnyway" as const,
    labelSelector: { matchLabels: proxyLabels(gateway) },
  }));
}

/**
 * A line for each request, as JSON. Paths come without what follows a question mark: there are codes and tokens of
 * people who sign in.
 */
export const accessLog = {
  time: "%START_TIME%",
  method: "%REQ(:METHOD)%",
  host: "%REQ(:AUTHORITY)%",
  path: "%PATH(NQ:PATH)%",
  protocol: "%PROTOCOL%",
  status: "%RESPONSE_CODE%",
  why: "%RESPONSE_CODE_DETAILS%",
  flags: "%RESPONSE_FLAGS%",
  received: "%BYTES_RECEIVED%",
  sent: "%BYTES_SENT%",
  milliseconds: "%DURATION%",
  client: "%DOWNSTREAM_REMOTE_ADDRESS_WITHOUT_PORT%",
  route: "%ROUTE_NAME%",
  id: "%REQ(X-REQUEST-ID)%",
} as const;

type Kubernetes = EnvoyProxy["spec"]["provider"]["kubernetes"];

/** The edge's proxies: how many, how large, and what stands before them. */
export function proxies(context: PartContext): EnvoyProxy {
  const { edge } = context.cluster;
  if (!edge) throw new Error("proxies of an edge that is not there");
  return running(
    context,
    edgeNames.gateway,
    {
      name: edgeNames.gateway,
      // Only nodes with a proxy take part, and a proxy sees who comes: there is no header to believe in, and what
      // is limited by address is limited by people's own.
      externalTrafficPolicy: "Local",
      ...(edge.service.type === "load-balancer"
        ? {
            type: "LoadBalancer" as const,
            annotations: edge.service.annotations,
            loadBalancerSourceRanges: edge.service.from,
          }
        : {
            type: "NodePort" as const,
            patch: {
              type: "StrategicMerge" as const,
              value: { spec: { ports: [{ port: 443, protocol: "TCP" as const, nodePort: edge.service.port }] } },
            },
          }),
    },
    {
      settings: [
        { format: { type: "JSON", json: accessLog }, sinks: [{ type: "File", file: { path: "/dev/stdout" } }] },
      ],
    },
  );
}

/** Those that split requests to models for code inside. What is asked there, the inference log has. */
export function modelsProxies(context: PartContext): EnvoyProxy {
  const { gateway } = modelsNames;
  return running(context, gateway, { name: gateway, type: "ClusterIP" }, { disable: true });
}

function running(
  { cluster: { scale }, namespace, image }: PartContext,
  name: string,
  envoyService: Kubernetes["envoyService"],
  accessLog: EnvoyProxy["spec"]["telemetry"]["accessLog"],
): EnvoyProxy {
  const { repository, tag } = image(images.envoy);
  const many = scale === "regular";
  return {
    apiVersion: "gateway.envoyproxy.io/v1alpha1",
    kind: "EnvoyProxy",
    metadata: { name, namespace },
    spec: {
      // By itself a proxy has a thread for each core of its node, and buffers for each thread.
      concurrency: 2,
      provider: {
        type: "Kubernetes",
        kubernetes: {
          envoyDeployment: {
            name,
            replicas: many ? 2 : 1,
            container: { image: `${repository}:${tag}`, resources: resources(scale, 100, 128, 1024) },
            pod: {
              priorityClassName: priorities.foundation,
              securityContext: restrictedPod,
              ...(many ? { topologySpreadConstraints: spread(name) } : {}),
            },
          },
          // The last one of a small cluster may go with its node; a budget would keep the node for ever.
          ...(many
            ? {
                envoyPDB: { minAvailable: 1 },
                envoyHpa: {
                  minReplicas: 2,
                  maxReplicas: 4,
                  metrics: [
                    {
                      type: "Resource" as const,
                      resource: {
                        name: "cpu" as const,
                        target: { type: "Utilization" as const, averageUtilization: 70 },
                      },
                    },
                  ],
                },
              }
            : {}),
          envoyService,
        },
      },
      telemetry: { accessLog },
    },
  };
}
