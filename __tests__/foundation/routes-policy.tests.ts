import type { JsonObject } from "../../constructs/contracts/json";
import type { ValidatingAdmissionPolicy } from "../../constructs/foundation/admission/policy";
import { refusals } from "../support/cel";
import { writtenObjects } from "../support/custom-resources";
import { openInput, synthesizeExisting } from "../support/existing";
import { synthesizeOnAll } from "../support/in-cluster";

/** Routes of models are written by people's code: what the API server says to one that would be told people's tokens. */
const platforms = { "on AWS": synthesizeOnAll(), "in a small cluster": synthesizeExisting(openInput) };

const backendRefs = [{ name: "flights-v3-default", port: 9000, weight: 1 }];
const remove = (...headers: string[]) => ({
  type: "RequestHeaderModifier",
  requestHeaderModifier: { remove: headers },
});
const closed = remove("authorization", "cookie");
const shadow = { type: "RequestMirror", requestMirror: { backendRef: backendRefs[0] } };

describe.each(Object.entries(platforms))("a route %s", (_, platform) => {
  const { domain } = platform.cluster.edge as { domain: string };
  const written = writtenObjects(platform);
  const policy = written.find(
    ({ kind, metadata }) => kind === "ValidatingAdmissionPolicy" && metadata.name === "open-mlops-hosts",
  ) as unknown as ValidatingAdmissionPolicy;
  const said = (hostnames: readonly string[] | undefined, ...rules: JsonObject[]) =>
    refusals(policy, "seldon", { spec: { ...(hostnames ? { hostnames } : {}), rules } } as JsonObject);
  const outside = [`models.${domain}`];

  test("of the platform's own is let through", () => {
    const routes = written.filter(({ kind }) => kind === "HTTPRoute");
    expect(routes.length).toBeGreaterThan(4);
    for (const { metadata, spec } of routes as unknown as {
      metadata: { name: string; namespace: string };
      spec: JsonObject;
    }[])
      expect([metadata.name, refusals(policy, metadata.namespace, { spec })]).toEqual([metadata.name, []]);
  });

  test("as the toolbox writes it is let through, with a shadow too", () => {
    const probe = { filters: [{ type: "RequestRedirect", requestRedirect: { statusCode: 302 } }] };
    const both = [...outside, "models.envoy-gateway"];
    expect(said(both, probe, { filters: [closed], backendRefs })).toEqual([]);
    expect(said(both, { filters: [closed, shadow], backendRefs })).toEqual([]);
  });

  test.each<[string, JsonObject[]]>([
    ["hands on all that a request has", [{ backendRefs }]],
    ["keeps a browser's session", [{ filters: [remove("authorization")], backendRefs }]],
    ["keeps the token", [{ filters: [remove("cookie")], backendRefs }]],
    ["takes them away at one of two paths", [{ filters: [closed], backendRefs }, { backendRefs }]],
    ["only copies", [{ filters: [shadow] }]],
  ])("is refused where it %s", (_, rules) => {
    expect(said(outside, ...rules)).toEqual([expect.stringContaining("removes authorization and cookie")]);
  });

  test("is refused where a backend changes headers: that comes before the rule", () => {
    const filters = [
      { type: "RequestHeaderModifier", requestHeaderModifier: { set: [{ name: "x", value: "%REQ(authorization)%" }] } },
    ];
    expect(said(outside, { filters: [closed], backendRefs: [{ ...backendRefs[0], filters }] })).toEqual([
      expect.stringContaining("write them at the rule"),
    ]);
  });

  test("is refused at a host of somebody else, and without one", () => {
    const names = expect.stringContaining("of this namespace name hosts among");
    expect(said([`mlflow.${domain}`], { filters: [closed], backendRefs })).toEqual([names]);
    expect(said(undefined, { filters: [closed], backendRefs })).toEqual([names]);
    // What a host that asks by itself may be told, no route of another namespace gets by naming it.
    expect(said([`hub.${domain}`], { backendRefs })).toEqual([names]);
  });
});
