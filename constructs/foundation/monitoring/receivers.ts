import type { SecretRef } from "../../contracts/component";
import type { Observability } from "../../contracts/foundation";
import type { AlertmanagerConfig, Receiver, Route } from "../../custom-resources/prometheus-operator";
import { heartbeat } from "./alerts";
import { alertReceivers } from "./values";

type Alert = Observability["alerts"][number];

/** The secret of one receiver as somebody keeps it, and the copy of it that Alertmanager reads. */
export interface ReceiverSecret {
  readonly from: { readonly namespace: string; readonly name: string };
  readonly to: { readonly namespace: string; readonly name: string };
  readonly keys: readonly string[];
}

const copyOf = (index: number) => `alert-receiver-${index}`;
const keyOf = { email: "password", slack: "url", webhook: "url", heartbeat: "url" } as const;
const secretOf = (alert: Alert) => (alert.to === "email" ? alert.signIn?.secret : alert.secret);

/** Secrets that have to be in Alertmanager's namespace. */
export function receiverSecrets(alerts: readonly Alert[], namespace: string): ReceiverSecret[] {
  return alerts.flatMap((alert, index) => {
    const from = secretOf(alert);
    return from ? [{ from, to: { namespace, name: copyOf(index) }, keys: [keyOf[alert.to]] }] : [];
  });
}

/** Whether somebody outside waits for a sign of life. */
export function hasHeartbeat(alerts: readonly Alert[]): boolean {
  return alerts.some(({ to }) => to === "heartbeat");
}

/** Every alert goes to everybody that is named, and the heartbeat to who waits for it; undefined where nobody is. */
export function receivers(alerts: readonly Alert[], namespace: string): AlertmanagerConfig | undefined {
  if (alerts.length === 0) return undefined;
  const all = alerts.map((alert, index) => ({
    to: alert.to,
    ...receiver(alert, { name: copyOf(index), key: keyOf[alert.to] }),
  }));
  const told = all.filter(({ to }) => to !== "heartbeat");
  const everybody: Receiver = {
    name: "everybody",
    emailConfigs: told.flatMap(({ emailConfigs = [] }) => emailConfigs),
    slackConfigs: told.flatMap(({ slackConfigs = [] }) => slackConfigs),
    webhookConfigs: told.flatMap(({ webhookConfigs = [] }) => webhookConfigs),
  };
  const waiting: Receiver = {
    name: "heartbeat",
    webhookConfigs: all.filter(({ to }) => to === "heartbeat").flatMap(({ webhookConfigs = [] }) => webhookConfigs),
  };
  return {
    apiVersion: "monitoring.coreos.com/v1alpha1",
    kind: "AlertmanagerConfig",
    metadata: { name: alertReceivers, namespace },
    spec: {
      route: {
        receiver: everybody.name,
        groupBy: ["alertname", "namespace"],
        groupWait: "30s",
        groupInterval: "5m",
        repeatInterval: "12h",
        ...(hasHeartbeat(alerts) ? { routes: [heartbeatRoute(waiting.name)] } : {}),
      },
      receivers: hasHeartbeat(alerts) ? [everybody, waiting] : [everybody],
    },
  };
}

/** A message every five minutes or so. It goes no further: to people it would be an alert that never ends. */
function heartbeatRoute(to: string): Route {
  return {
    receiver: to,
    matchers: [{ name: "alertname", matchType: "=", value: heartbeat }],
    groupBy: ["alertname"],
    groupWait: "10s",
    groupInterval: "1m",
    repeatInterval: "5m",
  };
}

function receiver(alert: Alert, secret: SecretRef): Omit<Receiver, "name"> {
  switch (alert.to) {
    case "email":
      return {
        emailConfigs: alert.addresses.map((to) => ({
          to,
          from: alert.from,
          smarthost: alert.server,
          // At 465 the connection is encrypted from the start, and STARTTLS is not asked for.
          requireTLS: !alert.server.endsWith(":465"),
          ...(alert.signIn ? { authUsername: alert.signIn.username, authPassword: secret } : {}),
          sendResolved: true,
        })),
      };
    case "slack":
      return {
        slackConfigs: [
          {
            apiURL: secret,
            channel: alert.channel,
            title: "{{ .Status | toUpper }}: {{ .CommonLabels.alertname }}",
            text: "{{ range .Alerts }}{{ .Annotations.summary }} ({{ .Annotations.runbook }})\n{{ end }}",
            sendResolved: true,
          },
        ],
      };
    case "webhook":
      return { webhookConfigs: [{ urlSecret: secret, sendResolved: true }] };
    case "heartbeat":
      // That it has ended is told by its silence.
      return { webhookConfigs: [{ urlSecret: secret, sendResolved: false }] };
  }
}
