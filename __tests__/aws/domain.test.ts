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
