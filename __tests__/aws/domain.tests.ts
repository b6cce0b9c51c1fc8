import type { JsonObject } from "../../constructs/contracts/json";
import { changed, inputs, withoutDomain } from "../support/environments";
import { resourcesOfType, type StackJson, synthesizeStacks } from "../support/synth";
import { rightsOfRoles, statements, violations } from "./invariants";

const domain = { mode: "route53", name: "ml.example.com", zone: "find", from: ["203.0.113.0/24", "198.51.100.7/32"] };
const none = synthesizeStacks([withoutDomain(inputs.dev())]);
const stacks = synthesizeStacks([
  changed(inputs.dev(), "domain", domain),
  changed(changed(inputs.prod(), "domain", { ...domain, zone: "make" }), "state.make", false),
]);

function stack(name: string, of = stacks): StackJson {
  const found = of[name];
  if (!found) throw new Error(`no stack ${name}`);
  return found;
}

/** The values of the Hub's release, in which references stay as they are. */
function hub(of: StackJson): JsonObject {
  const [release] = Object.values(resourcesOfType(of, "helm_release")).filter(({ name }) => name === "jupyterhub");
  const [values] = (release?.["values"] ?? []) as string[];
  return JSON.parse(values ?? "{}") as JsonObject;
}

describe("without a domain", () => {
  test("nothing of it is made, and the outputs say how to come in all the same", () => {
    const types = Object.keys(stack("dev-cluster", none).resource ?? {});
    expect(types.filter((type) => /route53|acm/.test(type))).toEqual([]);
    const page = stack("dev-platform", none).output["notebooks-page"];
    expect(page?.value).toMatch(/^kubectl .*port-forward service\/proxy-public 8001:80$/);
    expect(page?.description).toBe("Run this, then open http://localhost:8001");
    expect(hub(stack("dev-platform", none))["proxy"]).toMatchObject({ service: { type: "ClusterIP" } });
  });
});

describe("a zone", () => {
  test("is found by its name, or made; only one that is made has name servers to tell", () => {
    expect(stack("dev-cluster").data?.["aws_route53_zone"]).toBeDefined();
    expect(stack("dev-cluster").resource).not.toHaveProperty("aws_route53_zone");
    expect(stack("dev-cluster").output).not.toHaveProperty("name-servers");
    expect(resourcesOfType(stack("prod-cluster"), "aws_route53_zone")["domain/zone"]).toMatchObject({
      name: "ml.example.com",
      force_destroy: false,
    });
    expect(stack("prod-cluster").output["name-servers"]?.value).toMatch(/aws_route53_zone.*name_servers/);
  });
});

describe("external-dns", () => {
  test("changes records of this zone, and of no other", () => {
    const rights = rightsOfRoles(stack("prod-cluster"))["domain/external-dns-role/policy"] ?? [];
    const changing = rights.filter(({ Action }) => Action.some((action) => /Change/.test(action)));
    expect(changing.map(({ Resource }) => Resource)).toEqual([[expect.stringMatching(/aws_route53_zone.*\.arn\}$/)]]);
    expect(violations(stack("prod-cluster"))).toEqual([]);
  });

  test("is the only pod with these rights, and keeps to its own records", () => {
    const addOn = Object.values(resourcesOfType(stack("prod-cluster"), "aws_eks_addon")).find(
      ({ addon_name }) => addon_name === "external-dns",
    );
    expect(JSON.parse(String(addOn?.["configuration_values"]))).toMatchObject({
      domainFilters: ["ml.example.com"],
      policy: "sync",
      txtOwnerId: "open-mlops-prod",
    });
    const role = resourcesOfType(stack("prod-cluster"), "aws_iam_role")["domain/external-dns-role/role"];
    expect(statements(role?.["assume_role_policy"])).toMatchObject([
      {
        Condition: {
          StringEquals: {
            "aws:RequestTag/kubernetes-namespace": "external-dns",
            "aws:RequestTag/kubernetes-service-account": "external-dns",
          },
        },
      },
    ]);
  });
});

describe("the proof for the certificate", () => {
  test("is the one record that cert-manager may write", () => {
    const rights = rightsOfRoles(stack("prod-cluster"))["domain/proofs"] ?? [];
    const changing = rights.filter(({ Action }) => Action.some((action) => /Change[A-Z]/.test(action)));
    expect(changing).toMatchObject([
      {
        Action: ["route53:ChangeResourceRecordSets"],
        Resource: [expect.stringMatching(/aws_route53_zone.*\.arn\}$/)],
        Condition: {
          "ForAllValues:StringEquals": {
            "route53:ChangeResourceRecordSetsNormalizedRecordNames": ["_acme-challenge.ml.example.com"],
            "route53:ChangeResourceRecordSetsRecordTypes": ["TXT"],
          },
        },
      },
    ]);
    expect(rights.flatMap(({ Action }) => Action).sort()).toEqual([
      "route53:ChangeResourceRecordSets",
      "route53:GetChange",
      "route53:ListResourceRecordSets",
    ]);
  });

  test("is written by the pods of the chart that asks for it, and by no others", () => {
    const association = resourcesOfType(stack("prod-cluster"), "aws_eks_pod_identity_association")[
      "domain/proofs/association"
    ];
    expect(association).toMatchObject({ namespace: "cert-manager", service_account: "cert-manager" });
    const releases = Object.values(resourcesOfType(stack("prod-platform"), "helm_release"));
    expect(releases.filter(({ name }) => name === "cert-manager")).toMatchObject([{ namespace: "cert-manager" }]);
    const role = resourcesOfType(stack("prod-cluster"), "aws_iam_role")["domain/proofs/role/role"];
    expect(statements(role?.["assume_role_policy"])).toMatchObject([
      { Condition: { StringEquals: { "aws:RequestTag/kubernetes-service-account": "cert-manager" } } },
    ]);
  });
});

describe("the load balancer", () => {
  /** The values of a release of the platform, where references are as they stand in the stack. */
  type Manifest = { kind: string; metadata: { name: string }; spec: JsonObject };
  const objects = (name: string) => {
    const [release] = Object.values(resourcesOfType(stack("prod-platform"), "helm_release")).filter(
      (each) => each["name"] === name,
    );
    const [values = "{}"] = (release?.["values"] ?? []) as string[];
    return (JSON.parse(values) as { manifests: Manifest[] }).manifests;
  };

  test("hands connections on as they are to proxies that see who comes, and lets in the networks that were named", () => {
    // Models have proxies of their own, inside.
    const [proxy] = objects("edge").filter(({ kind, metadata }) => kind === "EnvoyProxy" && metadata.name === "edge");
    const provider = proxy?.spec["provider"] as { kubernetes: { envoyService: JsonObject } } | undefined;
    const service = provider?.kubernetes.envoyService;
    const ranges = service?.["loadBalancerSourceRanges"] as string[];
    const ways = ranges.filter((range) => /^\$\{.*nat.*\}\/32$/.test(range));
    expect(ways.length).toBeGreaterThan(0);
    expect(service).toMatchObject({
      type: "LoadBalancer",
      externalTrafficPolicy: "Local",
      // The last one is the way out that notebooks come by.
      loadBalancerSourceRanges: ["203.0.113.0/24", "198.51.100.7/32", ...ways],
      annotations: {
        "service.beta.kubernetes.io/aws-load-balancer-type": "nlb",
        "service.beta.kubernetes.io/aws-load-balancer-backend-protocol": "tcp",
        "external-dns.alpha.kubernetes.io/hostname": "*.ml.example.com",
      },
    });
    // No certificate of the load balancer's: TLS ends at the proxies.
    expect(Object.keys(service?.["annotations"] ?? {}).filter((name) => /ssl|cert/.test(name))).toEqual([]);
  });

  test("leads to a certificate that Let's Encrypt signs for the domain's zone", () => {
    const [issuer] = objects("issuers").filter(({ kind }) => kind === "ClusterIssuer");
    expect(issuer?.spec).toMatchObject({
      acme: {
        solvers: [
          {
            selector: { dnsZones: ["ml.example.com"] },
            dns01: { route53: { region: "eu-west-1", hostedZoneID: expect.stringMatching(/zone/) } },
          },
        ],
      },
    });
    const [certificate] = objects("edge").filter(({ kind }) => kind === "Certificate");
    expect(certificate?.spec["dnsNames"]).toEqual(["ml.example.com", "*.ml.example.com"]);
  });
});
