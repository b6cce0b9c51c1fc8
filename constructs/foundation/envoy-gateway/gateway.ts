import type { Edge } from "../../contracts/edge";
import type { Certificate } from "../../custom-resources/cert-manager";
import type { Gateway, GatewayClass, HttpRoute, Listener, ReferenceGrant } from "../../custom-resources/gateway";
import { edgeIssuer } from "../cert-manager/issuers";
import { edgeNames, modelsNames, platformLabels } from "./names";

const gatewayApi = "gateway.networking.k8s.io/v1";

/** Gateways of the platform are of a class of its own. */
export function gatewayClass(): GatewayClass {
  return {
    apiVersion: gatewayApi,
    kind: "GatewayClass",
    metadata: { name: edgeNames.gatewayClass },
    spec: { controllerName: edgeNames.controller },
  };
}

/** The way to models for code inside: plain HTTP at one host, at a service that has no address outside. */
export function modelsGateway(namespace: string): Gateway {
  return {
    apiVersion: gatewayApi,
    kind: "Gateway",
    metadata: { name: modelsNames.gateway, namespace },
    spec: {
      gatewayClassName: edgeNames.gatewayClass,
      infrastructure: proxiesOf(modelsNames.gateway),
      listeners: [
        {
          name: modelsNames.listener,
          hostname: modelsNames.host,
          port: 80,
          protocol: "HTTP",
          allowedRoutes: {
            namespaces: { from: "Selector", selector: { matchLabels: platformLabels } },
            kinds: [{ kind: "HTTPRoute" }, { kind: "GRPCRoute" }],
          },
        },
      ],
    },
  };
}

function proxiesOf(name: string): Gateway["spec"]["infrastructure"] {
  return { parametersRef: { group: "gateway.envoyproxy.io", kind: "EnvoyProxy", name } };
}

/** The one way in: HTTPS for every name of the domain, and its certificate. */
export function gateway(edge: Edge, namespace: string): (Gateway | HttpRoute | Certificate | ReferenceGrant)[] {
  const { certificates, domain, service } = edge;
  const given = certificates.mode === "given" ? certificates.secret : undefined;
  const secret = given ?? { name: edgeNames.certificate, namespace };
  const withHttp = service.type === "load-balancer";
  return [
    given ? mayRead(given, namespace) : certificate(domain, namespace),
    {
      apiVersion: gatewayApi,
      kind: "Gateway",
      metadata: { name: edgeNames.gateway, namespace },
      spec: {
        gatewayClassName: edgeNames.gatewayClass,
        infrastructure: proxiesOf(edgeNames.gateway),
        listeners: [https(domain, secret), ...(withHttp ? [http(domain)] : [])],
      },
    },
    ...(withHttp ? [toHttps(domain, namespace)] : []),
  ];
}

function https(domain: string, secret: { readonly name: string; readonly namespace: string }): Listener {
  return {
    name: edgeNames.listener,
    // One listener for all: browsers use one connection for all names of a certificate, whatever host they go to.
    hostname: `*.${domain}`,
    port: 443,
    protocol: "HTTPS",
    tls: { mode: "Terminate", certificateRefs: [{ kind: "Secret", ...secret }] },
    // Which host is whose, `hostsPolicy` says: whoever may write routes in a namespace may not take another's.
    allowedRoutes: {
      namespaces: { from: "Selector", selector: { matchLabels: platformLabels } },
      kinds: [{ kind: "HTTPRoute" }, { kind: "GRPCRoute" }],
    },
  };
}

function http(domain: string): Listener {
  return {
    name: "http",
    hostname: `*.${domain}`,
    port: 80,
    protocol: "HTTP",
    allowedRoutes: { namespaces: { from: "Same" }, kinds: [{ kind: "HTTPRoute" }] },
  };
}

function toHttps(domain: string, namespace: string): HttpRoute {
  return {
    apiVersion: gatewayApi,
    kind: "HTTPRoute",
    metadata: { name: "to-https", namespace },
    spec: {
      parentRefs: [{ name: edgeNames.gateway, namespace, sectionName: "http" }],
      hostnames: [`*.${domain}`],
      rules: [
        {
          name: "redirect",
          filters: [{ type: "RequestRedirect", requestRedirect: { scheme: "https", statusCode: 301 } }],
        },
      ],
    },
  };
}

function certificate(domain: string, namespace: string): Certificate {
  return {
    apiVersion: "cert-manager.io/v1",
    kind: "Certificate",
    metadata: { name: edgeNames.gateway, namespace },
    spec: {
      secretName: edgeNames.certificate,
      issuerRef: { kind: "ClusterIssuer", name: edgeIssuer },
      dnsNames: [domain, `*.${domain}`],
      privateKey: { algorithm: "ECDSA", size: 256, rotationPolicy: "Always" },
    },
  };
}

/** It is read where it is kept, and not copied: a copy would stay as it was when the certificate is renewed. */
function mayRead(secret: { readonly name: string; readonly namespace: string }, namespace: string): ReferenceGrant {
  return {
    apiVersion: gatewayApi,
    kind: "ReferenceGrant",
    metadata: { name: "open-mlops-edge", namespace: secret.namespace },
    spec: {
      from: [{ group: "gateway.networking.k8s.io", kind: "Gateway", namespace }],
      to: [{ group: "", kind: "Secret", name: secret.name }],
    },
  };
}
