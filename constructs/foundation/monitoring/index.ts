import type { Construct } from "constructs";
import type { FoundationPart, Observability, PartContext } from "../../contracts/foundation";
import { foundationNamespace } from "../../contracts/names";
import type { Needs } from "../../contracts/needs";
import type { Traffic, Use } from "../../contracts/traffic";
import { HelmChart } from "../../helm-chart";
import { charts } from "../../pins";
import { ownChart } from "../../sources";
import { CopiedSecrets } from "../copied-secrets";
import { alertRules } from "./alerts";
import { dashboardsConfigMap } from "./dashboards";
import { adminPassword, grafanaCallback, grafanaHost } from "./grafana";
import { openCostValues } from "./opencost";
import { podMonitors } from "./pod-monitors";
import { hasHeartbeat, receiverSecrets, receivers } from "./receivers";
import { monitoringName, monitoringValues } from "./values";

/**
 * Prometheus with its operator, Grafana, OpenCost and, where alerts go somewhere, Alertmanager. Only Grafana is published:
 * the others ask nobody who they are.
 */
export class Monitoring implements FoundationPart {
  readonly name = "monitoring";
  readonly needs: Needs = {
    secrets: { [adminPassword]: "alphanumeric" },
    // The Hub tells its figures to services that sign in.
    signIn: true,
    identityClient: { host: grafanaHost, callbacks: [grafanaCallback] },
  };
  readonly published = [
    { host: grafanaHost, backend: { service: "grafana", port: 80 }, signIn: "own", largestBodyMiB: 1, page: true },
  ] as const;
  readonly traffic: Traffic<never>;

  constructor(private readonly settings: Observability) {
    const { alerts } = settings;
    const sends: Use[] = [
      ...(alerts.some(({ to }) => to === "email") ? ["mail" as const] : []),
      ...(alerts.some(({ to }) => to !== "email") ? ["cloud" as const] : []),
    ];
    this.traffic = {
      operator: {
        labels: { app: "kube-prometheus-stack-operator" },
        uses: ["kubernetes-api"],
      },
      prometheus: {
        labels: { "app.kubernetes.io/name": "prometheus", "operator.prometheus.io/name": monitoringName },
        calls: {
          operator: [8080],
          "state-metrics": [8080],
          grafana: [3000],
          opencost: [9003],
          ...(alerts.length > 0 ? { alertmanager: [9093] } : {}),
        },
        uses: ["metrics", "sign-in", "nodes", "kubernetes-api"],
      },
      ...(alerts.length > 0
        ? { alertmanager: { labels: { "app.kubernetes.io/name": "alertmanager" }, uses: sends } }
        : {}),
      "state-metrics": { labels: { "app.kubernetes.io/name": "kube-state-metrics" }, uses: ["kubernetes-api"] },
      grafana: {
        labels: { "app.kubernetes.io/name": "grafana" },
        answers: { page: [3000] },
        noMetrics: "its chart has Prometheus ask for them, as one of the same namespace",
        calls: { prometheus: [9090] },
        uses: ["logs", "identity"],
      },
      opencost: {
        labels: { "app.kubernetes.io/name": "opencost" },
        calls: { prometheus: [9090] },
        // The cloud's price list.
        uses: ["kubernetes-api", "cloud"],
      },
    };
  }

  install(scope: Construct, context: PartContext): void {
    const { namespace, parts } = context;
    const { alerts } = this.settings;
    const definitions = new HelmChart(scope, "definitions", {
      chart: context.chart(charts.prometheusOperatorCrds),
      name: "prometheus-operator-crds",
      namespace,
      values: {},
    });
    const copies = receiverSecrets(alerts, namespace);
    const secrets =
      copies.length > 0
        ? [
            new CopiedSecrets(scope, "alert-receivers", { release: namespace, foundation: foundationNamespace }, copies)
              .chart,
          ]
        : [];
    const receiversOfAlerts = receivers(alerts, namespace);
    const objects = new HelmChart(scope, "objects", {
      chart: ownChart("manifests"),
      name: "watched",
      namespace,
      values: {
        manifests: [
          ...podMonitors(parts, namespace, context.signIn().token),
          alertRules(namespace, parts, hasHeartbeat(alerts)),
          ...(receiversOfAlerts ? [receiversOfAlerts] : []),
          dashboardsConfigMap(namespace, parts),
        ],
      },
      after: [definitions, ...secrets],
    });
    const stack = new HelmChart(scope, "stack", {
      chart: context.chart(charts.kubePrometheusStack),
      name: monitoringName,
      namespace,
      values: monitoringValues(context, this.settings),
      after: [objects],
    });
    new HelmChart(scope, "opencost", {
      chart: context.chart(charts.openCost),
      name: "opencost",
      namespace,
      values: openCostValues(context),
      after: [stack],
    });
  }
}
