import type { JsonObject } from "../../constructs/contracts/json";
import { changed, inputs } from "../support/environments";
import { resourcesOfType, type StackJson, synthesizeStacks } from "../support/synth";
import { rightsOfRoles, statements, violations } from "./invariants";

const domain = { mode: "route53", name: "ml.example.com", zone: "find", from: ["203.0.113.0/24", "198.51.100.7/32"] };
const none = synthesizeStacks([changed(inputs.dev(), "domain", { mode: "none" })]);
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

describe("the certificate", () => {
  test("is for the name and all names in it, and is waited for", () => {
    expect(resourcesOfType(stack("dev-cluster"), "aws_acm_certificate")["domain/certificate"]).toMatchObject({
      domain_name: "ml.example.com",
      subject_alternative_names: ["*.ml.example.com"],
      validation_method: "DNS",
    });
    const validation = resourcesOfType(stack("dev-cluster"), "aws_acm_certificate_validation")["domain/validation"];
    expect(String(validation?.["validation_record_fqdns"])).toMatch(/aws_route53_record/);
  });
});

describe("the Hub's page", () => {
  const proxy = hub(stack("dev-platform"))["proxy"] as { service: JsonObject; https: JsonObject };
  const annotations = proxy.service["annotations"] as Record<string, string>;
  const cloud = "service.beta.kubernetes.io/aws-load-balancer";

  test("is behind a network load balancer that ends TLS with that certificate, in public subnets", () => {
    expect(proxy.service["type"]).toBe("LoadBalancer");
    expect(annotations[`${cloud}-type`]).toBe("nlb");
    // The certificate that has been proved, by way of the cluster's state.
    expect(annotations[`${cloud}-ssl-cert`]).toMatch(/terraform_remote_state.*validation/);
    expect(annotations[`${cloud}-ssl-negotiation-policy`]).toMatch(/TLS13-1-2/);
    expect(annotations[`${cloud}-subnets`]).toMatch(/public-0.*,.*public-1/);
  });

  test("takes no password in clear text: 443 is the only port, and HTTP behind it is inside", () => {
    expect(annotations[`${cloud}-ssl-ports`]).toBe("443");
    expect(proxy.service["disableHttpPort"]).toBe(true);
    expect(proxy.https).toEqual({ enabled: true, type: "offload" });
    expect(stack("dev-platform").output["notebooks-address"]?.value).toBe("http://proxy-public.jupyterhub:443");
  });

  test("is open to the named networks and no others", () => {
    expect(proxy.service["loadBalancerSourceRanges"]).toEqual(domain.from);
  });

  test("is found at hub.<name>, which the outputs say", () => {
    expect(annotations["external-dns.alpha.kubernetes.io/hostname"]).toBe("hub.ml.example.com");
    expect(stack("dev-platform").output["notebooks-page"]).toMatchObject({
      value: "https://hub.ml.example.com",
      description: "Open https://hub.ml.example.com",
    });
    // The other tools ask nobody who they are.
    expect(stack("dev-platform").output["tracking-page"]?.value).toMatch(/port-forward/);
  });

  test("has a load balancer that can be found when everything else is gone", () => {
    expect(annotations[`${cloud}-additional-resource-tags`]).toContain("Environment=dev");
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
