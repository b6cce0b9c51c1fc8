import type { Observability } from "../../../constructs/contracts/foundation";
import type { JsonObject } from "../../../constructs/contracts/json";
import type { AlertmanagerConfig } from "../../../constructs/custom-resources/prometheus-operator";
import { Monitoring } from "../../../constructs/foundation/monitoring";
import { roleOf } from "../../../constructs/foundation/monitoring/grafana";
import { podMonitors } from "../../../constructs/foundation/monitoring/pod-monitors";
import { copiesBy } from "../../support/copied-secrets";
import { changed } from "../../support/environments";
import { smallInput, synthesizeExisting, teamInput } from "../../support/existing";

const hook = { to: "webhook" as const, secret: { namespace: "keys", name: "pager" } };
const mail = {
  to: "email" as const,
  addresses: ["team@example.com"],
  from: "mlops@example.com",
  server: "smtp.example.com:465",
  signIn: { username: "mlops", secret: { namespace: "keys", name: "smtp" } },
};
const slack = { to: "slack" as const, channel: "#mlops", secret: { namespace: "keys", name: "slack" } };

/** Each is synthesized once. */
const synthesized = new Map<string, ReturnType<typeof synthesizeExisting>>();

/** A team's cluster, which has a bucket and keys for logs too. */
function watchedTeam(observability: JsonObject) {
  const key = JSON.stringify(observability);
  const platform = synthesized.get(key) ?? synthesizeWatchedTeam(observability);
  synthesized.set(key, platform);
  return platform;
}

function synthesizeWatchedTeam(observability: JsonObject) {
  const input = changed(teamInput, "observability", { mode: "on", ...observability });
  const withBucket = changed(input, "objectStore.buckets.logging/logs", "team-logs");
  return synthesizeExisting(
    changed(withBucket, "objectStore.identities.secrets.logging/loki", { namespace: "keys", name: "loki" }),
  );
}
const parts = ["monitoring", "logging", "node-exporter"];
const valuesOf = (platform: ReturnType<typeof watchedTeam>, release: string) =>
  platform.release(release).values[0] as unknown as Record<string, never>;
const written = (platform: ReturnType<typeof watchedTeam>, kind: string) =>
  (valuesOf(platform, "watched") as unknown as { manifests: JsonObject[] }).manifests.filter(
    (object) => object["kind"] === kind,
  );

test("off installs nothing, and on three parts with the definitions before what is written in them", () => {
  const off = synthesizeExisting(smallInput);
  expect(off.releases.filter(({ namespace }) => parts.includes(namespace))).toEqual([]);
  expect(off.foundation.map(({ name }) => name)).not.toEqual(expect.arrayContaining(parts));
  const on = synthesizeExisting(changed(smallInput, "observability", { mode: "on" }));
  expect(on.foundation.map(({ name }) => name)).toEqual(expect.arrayContaining(parts));
  const waitsFor = (release: string) => JSON.stringify(on.resources[`helm_release.monitoring/${release}/release`]);
  expect(waitsFor("objects")).toContain("monitoring/definitions");
  expect(waitsFor("stack")).toContain("monitoring/objects");
  expect(waitsFor("opencost")).toContain("monitoring/stack");
});

test("what was asked for is kept as long as was asked, on the environment's storage", () => {
  const platform = watchedTeam({ metricsDays: 40, logsDays: 3 });
  expect(valuesOf(platform, "monitoring")).toMatchObject({
    prometheus: {
      prometheusSpec: {
        retention: "40d",
        retentionSize: "20.4GiB",
        storageSpec: {
          volumeClaimTemplate: {
            spec: { storageClassName: "standard", resources: { requests: { storage: "24Gi" } } },
          },
        },
      },
    },
  });
  expect(valuesOf(platform, "loki")).toMatchObject({
    loki: { limits_config: { retention_period: "72h" }, storage: { bucketNames: { chunks: "team-logs" } } },
  });
});

test("the store of a place is told to Loki, and its keys are read from a secret", () => {
  const { loki, singleBinary } = valuesOf(watchedTeam({}), "loki") as unknown as {
    loki: { storage: { s3: JsonObject } };
    singleBinary: { extraEnv: { name: string; value?: string }[] };
  };
  expect(loki.storage.s3).toEqual({
    region: "eu-central-1",
    endpoint: "https://s3.team.example:9000",
    s3ForcePathStyle: true,
    insecure: false,
  });
  const keys = singleBinary.extraEnv.filter(({ name }) => /KEY/.test(name));
  expect(keys.map(({ name, value }) => [name, value])).toEqual([
    ["AWS_ACCESS_KEY_ID", undefined],
    ["AWS_SECRET_ACCESS_KEY", undefined],
  ]);
});

test("each group of pods that tells figures is asked for them, and the Hub with a token", () => {
  const platform = watchedTeam({});
  const telling = [...platform.foundation, ...platform.components].flatMap(({ name, traffic }) =>
    Object.entries(traffic).flatMap(([group, { metrics }]) => (metrics ? [`${name}-${group}`] : [])),
  );
  const monitors = written(platform, "PodMonitor") as unknown as ReturnType<typeof podMonitors>;
  expect(monitors.map(({ metadata }) => metadata.name).sort()).toEqual(telling.sort());
  expect(telling).toEqual(
    expect.arrayContaining([
      "jupyterhub-hub",
      "prefect-server",
      "dask-gateway-scheduler",
      "seldon-model",
      "logging-loki",
    ]),
  );
  const asking = monitors.filter(({ spec }) => spec.podMetricsEndpoints.some((each) => each.authorization));
  expect(asking.map(({ metadata }) => metadata.name)).toEqual(["jupyterhub-hub"]);
  expect(asking[0]?.spec.podMetricsEndpoints[0]?.authorization).toEqual({
    credentials: { name: "monitoring-sign-in", key: "token" },
  });
});

test("a monitor asks the pods of its group alone, at the port that the group says", () => {
  const [monitor] = podMonitors(
    [{ name: "tool", needs: {}, traffic: { server: { labels: { app: "tool" }, metrics: { port: 81, path: "/m" } } } }],
    "monitoring",
    { name: "t", key: "k" },
  );
  expect(monitor?.spec).toMatchObject({
    namespaceSelector: { matchNames: ["tool"] },
    selector: { matchLabels: { app: "tool" } },
    podMetricsEndpoints: [
      {
        path: "/m",
        relabelings: expect.arrayContaining([
          { sourceLabels: ["__meta_kubernetes_pod_ip"], targetLabel: "__address__", replacement: "$1:81" },
        ]),
      },
    ],
  });
});

test("alerts go to everybody that is named, with secrets by their names", () => {
  const platform = watchedTeam({ alerts: [mail, slack, hook] });
  expect(written(platform, "AlertmanagerConfig")).toMatchObject([
    {
      spec: {
        receivers: [
          {
            emailConfigs: [
              {
                to: "team@example.com",
                smarthost: "smtp.example.com:465",
                requireTLS: false,
                authUsername: "mlops",
                authPassword: { name: "alert-receiver-0", key: "password" },
              },
            ],
            slackConfigs: [{ channel: "#mlops", apiURL: { name: "alert-receiver-1", key: "url" } }],
            webhookConfigs: [{ urlSecret: { name: "alert-receiver-2", key: "url" } }],
          },
        ],
      },
    },
  ]);
  expect(copiesBy(platform, "alert-receivers")).toEqual(
    ["smtp", "slack", "pager"].map((name, index) => ({
      from: { namespace: "keys", name },
      to: { namespace: "monitoring", name: `alert-receiver-${index}` },
      keys: [index === 0 ? "password" : "url"],
    })),
  );
});

test("a heartbeat goes to who waits for it and to nobody else, and no alert goes there", () => {
  const waits = { to: "heartbeat" as const, secret: { namespace: "keys", name: "snitch" } };
  const platform = watchedTeam({ alerts: [mail, hook, waits] });
  const [{ spec }] = written(platform, "AlertmanagerConfig") as unknown as [{ spec: AlertmanagerConfig["spec"] }];
  const [everybody, heartbeat] = spec.receivers;
  expect(everybody.webhookConfigs).toEqual([
    { urlSecret: { name: "alert-receiver-1", key: "url" }, sendResolved: true },
  ]);
  expect(heartbeat).toEqual({
    name: "heartbeat",
    webhookConfigs: [{ urlSecret: { name: "alert-receiver-2", key: "url" }, sendResolved: false }],
  });
  expect(spec.route.receiver).toBe("everybody");
  expect(spec.route.routes).toMatchObject([
    { receiver: "heartbeat", matchers: [{ name: "alertname", matchType: "=", value: "Heartbeat" }] },
  ]);
  const rulesOf = (alerts: JsonObject[]) => JSON.stringify(written(watchedTeam({ alerts }), "PrometheusRule"));
  expect(rulesOf([mail, hook, waits])).toContain('"alert":"Heartbeat","expr":"count(up) > 0"');
  // It would be shown for ever where nobody takes it.
  expect(rulesOf([mail, hook])).not.toContain("Heartbeat");
});

test("who sends to nobody has no Alertmanager, and who sends mail alone goes to no other port", () => {
  const traffic = (alerts: Observability["alerts"]) =>
    new Monitoring({ mode: "on", metricsDays: 15, logsDays: 7, alerts }).traffic;
  expect(valuesOf(watchedTeam({}), "monitoring")).toMatchObject({ alertmanager: { enabled: false } });
  expect(traffic([])).not.toHaveProperty("alertmanager");
  expect(traffic([mail])).toMatchObject({ alertmanager: { uses: ["mail"] } });
  expect(traffic([slack, hook])).toMatchObject({ alertmanager: { uses: ["cloud"] } });
});

test("mail goes encrypted, or not at all", () => {
  expect(() => watchedTeam({ alerts: [{ ...mail, server: "smtp.example.com:25" }] })).toThrow(
    /alerts\.0\.server.*host:587/s,
  );
});

test("people sign in to Grafana by their groups, and by no password", () => {
  const { grafana } = valuesOf(watchedTeam({}), "monitoring") as unknown as {
    grafana: { "grafana.ini": Record<string, JsonObject>; env: JsonObject; envValueFrom: JsonObject };
  };
  const ini = grafana["grafana.ini"];
  expect(ini["server"]).toEqual({ root_url: "https://grafana.mlops.team.example" });
  expect(ini["auth"]).toMatchObject({ disable_login_form: true, login_maximum_lifetime_duration: "1h" });
  expect(ini["auth.basic"]).toEqual({ enabled: false });
  expect(ini["auth.generic_oauth"]).toMatchObject({ enabled: true, client_id: "mlops", role_attribute_strict: true });
  expect(ini["auth.generic_oauth"]).not.toHaveProperty("client_secret");
  expect(grafana.envValueFrom).toHaveProperty("GF_AUTH_GENERIC_OAUTH_CLIENT_SECRET.secretKeyRef");
});

test("where nobody knows people, the one password is generated and read from a file", () => {
  const { grafana } = valuesOf(
    synthesizeExisting(changed(smallInput, "observability", { mode: "on" })),
    "monitoring",
  ) as unknown as { grafana: Record<string, JsonObject> };
  expect(grafana["grafana.ini"]).not.toHaveProperty(["auth.generic_oauth"]);
  expect(grafana["env"]).toEqual({ GF_SECURITY_ADMIN_PASSWORD__FILE: "/etc/grafana-admin/password" });
  expect(grafana["extraSecretMounts"]).toMatchObject([
    { secretName: "monitoring-generated", items: [{ key: "admin-password", path: "password" }] },
  ]);
});

test("the first role that fits is a person's, by the names that the issuer has", () => {
  expect(roleOf({ groupsClaim: "a:b", groups: { admins: ["x", "y"], members: ["z"], viewers: [] } })).toBe(
    [
      `contains("a:b" || \`[]\`, 'x') && 'Admin'`,
      `contains("a:b" || \`[]\`, 'y') && 'Admin'`,
      `contains("a:b" || \`[]\`, 'z') && 'Editor'`,
    ].join(" || "),
  );
});

test("logs are read in the platform's own namespaces alone", () => {
  const { rbac, alloy } = valuesOf(watchedTeam({}), "alloy") as unknown as {
    rbac: { namespaces: string[]; rules: { resources: string[] }[] };
    alloy: { configMap: { content: string } };
  };
  expect(rbac.namespaces).toEqual(expect.arrayContaining(["open-mlops", "jupyterhub", "seldon"]));
  expect(rbac.namespaces).not.toContain("kube-system");
  expect(rbac.rules.flatMap(({ resources }) => resources)).toEqual(["pods", "pods/log", "events"]);
  expect(alloy.configMap.content).toContain(`names = ${JSON.stringify(rbac.namespaces)}`);
});
