import fc from "fast-check";

/** Parts that arbitrary environments of every place have. */

export const often = (good: fc.Arbitrary<unknown>, bad: fc.Arbitrary<unknown>) =>
  fc.oneof({ arbitrary: good, weight: 120 }, { arbitrary: bad, weight: 1 });
export const among = (...values: unknown[]) => fc.constantFrom(...values);
const profiles = fc
  .array(
    fc.record({
      // What fits on a general node, and what does not.
      cpu: often(fc.integer({ min: 1, max: 3 }), among(4, 60)),
      memoryGiB: often(fc.integer({ min: 1, max: 13 }), among(14, 200)),
      gpus: often(among(0), among(1, 2)),
    }),
    {
      minLength: 1,
      maxLength: 4,
    },
  )
  .map((all) => all.map((profile, index) => ({ name: `size-${index}`, ...profile })));
/** Mostly such that it goes with an edge; without one, it is a problem. */
export const identity = among(
  { mode: "none" },
  { mode: "builtin", admin: "ada" },
  { mode: "builtin", admin: "ada", registration: true, upstreams: [] },
  {
    mode: "external",
    issuer: "https://accounts.example.com",
    endpoints: {
      authorize: "https://accounts.example.com/authorize",
      token: "https://accounts.example.com/token",
      userinfo: "https://accounts.example.com/userinfo",
      jwks: "https://accounts.example.com/keys",
    },
    clientId: "mlops",
    clientSecret: { namespace: "keys", name: "oidc" },
    groups: { admins: ["a"], members: ["m"] },
  },
);

/** Nobody is asked who they are where there is no way in, and somebody is where there is one; but for one in eight. */
export function withFittingIdentity(environments: fc.Arbitrary<unknown>, edgeKey: "domain" | "edge") {
  return fc.tuple(environments, fc.integer({ min: 0, max: 7 })).map(([each, odd]) => {
    const environment = each as Record<string, { readonly mode?: unknown } | undefined>;
    const open = ["gateway", "route53"].includes(String(environment[edgeKey]?.mode));
    const known = environment["identity"]?.mode !== undefined && environment["identity"].mode !== "none";
    if (odd === 0 || open === known) return environment;
    return { ...environment, identity: open ? { mode: "builtin", admin: "ada" } : { mode: "none" } };
  });
}

export const components = fc
  .record({
    profiles,
    replicas: fc.integer({ min: 1, max: 3 }),
    idleMinutes: often(fc.integer({ min: 5, max: 100 }), among(0, "soon")),
    left: often(fc.constant(-1), fc.integer({ min: 0, max: 4 })),
    order: fc.shuffledSubarray([0, 1, 2, 3, 4], { minLength: 5 }),
  })
  .map(({ left, order, ...options }) => {
    const all = [
      { tool: "jupyterhub", profiles: options.profiles },
      { tool: "mlflow", replicas: options.replicas },
      { tool: "prefect" },
      { tool: "dask-gateway", idleMinutes: options.idleMinutes },
      { tool: "seldon" },
    ];
    return order.filter((index) => index !== left).map((index) => all[index]);
  });
