import type { Edge } from "../../constructs/contracts/edge";
import type { FoundationPart } from "../../constructs/contracts/foundation";
import { type Identity, identitySchema } from "../../constructs/contracts/identity";
import type { JsonObject } from "../../constructs/contracts/json";
import { planComponents } from "../../constructs/contracts/plan";
import { EnvoyGateway } from "../../constructs/foundation/envoy-gateway";
import { Keycloak } from "../../constructs/foundation/keycloak";
import { testCluster } from "../support/cluster";
import { chooseComponents, fiveTools, type SynthesizedPlatform, synthesizeComponents } from "../support/platform";

export const edge: Edge = {
  domain: "mlops.example.com",
  certificates: { mode: "own-ca" },
  service: { type: "load-balancer", annotations: {}, from: ["203.0.113.0/24"] },
};

export const builtin = { mode: "builtin", admin: "ada" };

export const external = {
  mode: "external",
  issuer: "https://accounts.example.com",
  endpoints: {
    authorize: "https://accounts.example.com/authorize",
    token: "https://accounts.example.com/token",
    userinfo: "https://accounts.example.com/userinfo",
    jwks: "https://accounts.example.com/keys",
  },
  clientId: "platform",
  clientSecret: { namespace: "keys", name: "oidc" },
  groups: { admins: ["platform-team"], members: ["data", "science"] },
};

/** The five tools behind an edge, with people known in this way; null is no edge. */
export function signInPlatform(given: JsonObject, at: Edge | null = edge): SynthesizedPlatform {
  const identity: Identity = identitySchema.parse(given);
  const parts: FoundationPart[] = [
    new EnvoyGateway(at !== null),
    ...(identity.mode === "builtin" ? [new Keycloak(identity)] : []),
  ];
  const plan = planComponents(chooseComponents(fiveTools), { place: "aws", database: true, gpusPerNode: 0 }, [], parts);
  if (!plan.ok) throw new Error(plan.problems.join("\n"));
  return synthesizeComponents(plan.components, testCluster({ edge: at ?? undefined }), undefined, parts, identity);
}
