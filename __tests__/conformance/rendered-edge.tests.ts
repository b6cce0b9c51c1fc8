import { parse } from "yaml";
import type { JsonObject } from "../../constructs/contracts/json";
import { images } from "../../constructs/pins";
import { openInput, synthesizeExisting, teamInput } from "../support/existing";
import { containers, type KubernetesObject, render } from "../support/helm";
import { synthesizeOnAll } from "../support/in-cluster";

/** What the real charts of the edge make of our values; see `rendered.tests.ts`. */
const { HELM: helm, CHARTS_DIR: chartsDir } = process.env;

if (helm && chartsDir) {
  describe.each([
    ["on AWS", synthesizeOnAll, "docker.io/"],
    ["in a small cluster", () => synthesizeExisting(openInput), "docker.io/"],
    ["in a team's cluster", () => synthesizeExisting(teamInput), "mirror.example:5000/open-mlops/"],
  ] as const)("objects of the edge's charts, %s", (_, synthesize, registry) => {
    const { releases } = synthesize();
    const ofEdge = releases.filter(({ name }) => name === "cert-manager" || name === "envoy-gateway");
    const rendered = new Map(ofEdge.map((release) => [release.name, render(release, helm, chartsDir)] as const));
    const gateway = rendered.get("envoy-gateway") ?? [];
    const certManager = rendered.get("cert-manager");

    test("the controller reads no secrets but in the namespaces that it watches, and changes none of the cluster's", () => {
      const ofCluster = gateway.filter(({ kind }) => kind === "ClusterRole");
      expect(rulesOn(ofCluster, "secrets")).toEqual([]);
      const namespaces = gateway
        .filter(({ kind, metadata }) => kind === "Role" && metadata.name.endsWith("envoy-gateway-role"))
        .map(({ metadata }) => metadata.namespace);
      expect(namespaces).toEqual(expect.arrayContaining(["envoy-gateway", "jupyterhub", "mlflow"]));
      for (const stranger of ["kube-system", "default", "open-mlops", "cert-manager"])
        expect(namespaces).not.toContain(stranger);
    });

    test("no webhook stands between the API server and pods", () => {
      expect(gateway.filter(({ kind }) => kind === "MutatingWebhookConfiguration")).toEqual([]);
    });

    test("the proxies' helper and the controller are of one pinned image, from where images are taken", () => {
      const pinned = `${registry}envoyproxy/gateway:${images.envoyGateway.version}`;
      expect(new Set(containers(gateway).map(({ image }) => image))).toEqual(new Set([pinned]));
      const [config] = gateway.filter(({ metadata }) => metadata.name === "envoy-gateway-config");
      const { data } = config as unknown as { data: { "envoy-gateway.yaml": string } };
      const { gateway: own, provider } = parse(data["envoy-gateway.yaml"]);
      expect(own.controllerName).toBe("gateway.envoyproxy.io/open-mlops");
      expect(provider.kubernetes.shutdownManager.image).toBe(pinned);
      expect(provider.kubernetes.watch.type).toBe("Namespaces");
    });

    test("definitions of all that the edge writes come along", () => {
      const kinds = gateway
        .filter(({ kind }) => kind === "CustomResourceDefinition")
        .map(({ spec }) => ((spec as JsonObject)["names"] as JsonObject)["kind"]);
      const written = ["GatewayClass", "Gateway", "HTTPRoute", "ReferenceGrant", "EnvoyProxy"];
      expect(kinds).toEqual(
        expect.arrayContaining([...written, "ClientTrafficPolicy", "BackendTrafficPolicy", "SecurityPolicy"]),
      );
    });

    if (certManager) {
      test("cert-manager asks the cluster's DNS alone, and keeps to its own namespace", () => {
        const [controller] = containers(certManager).filter(({ name }) => name === "cert-manager-controller");
        const { args } = controller as unknown as { args: string[] };
        expect(args).toContain("--dns01-recursive-nameservers-only=true");
        expect(args).toContain("--leader-election-namespace=cert-manager");
        // Keys of the pod's identity are used by issuers of the whole cluster alone, which only who rules it makes.
        expect(args.filter((arg) => arg.startsWith("--issuer-ambient-credentials"))).toEqual([]);
        const foreign = certManager.filter(({ metadata }) => metadata.namespace === "kube-system");
        expect(foreign.map(({ kind, metadata }) => `${kind} ${metadata.name}`)).toEqual([]);
      });

      test("cert-manager's definitions go with it, or a destroyed platform would not be gone", () => {
        const definitions = certManager.filter(({ kind }) => kind === "CustomResourceDefinition");
        expect(definitions.length).toBeGreaterThan(0);
        for (const { metadata } of definitions)
          expect((metadata as { annotations?: JsonObject }).annotations ?? {}).not.toHaveProperty([
            "helm.sh/resource-policy",
          ]);
      });

      test("cert-manager's account is the one that the cloud lets write proofs", () => {
        const [controller] = containers(certManager).filter(({ name }) => name === "cert-manager-controller");
        expect(controller?.serviceAccount).toBe("cert-manager");
      });
    }
  });
} else {
  describe("objects that the edge's charts make of our values", () => {
    test.skip("not run: set HELM to the program and CHARTS_DIR to a folder of charts, <chart>-<version>", () => {});
  });
}

function rulesOn(roles: readonly KubernetesObject[], resource: string): unknown[] {
  return roles.flatMap(({ rules }) =>
    ((rules ?? []) as unknown as { resources?: string[] }[]).filter((rule) => rule.resources?.includes(resource)),
  );
}
