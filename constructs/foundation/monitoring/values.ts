import type { Scale } from "../../contracts/cluster-profile";
import type { Observability, PartContext } from "../../contracts/foundation";
import { inRegistry, type RegistryImage } from "../../image-reference";
import { images } from "../../pins";
import { type Resources, resources } from "../pods";
import { priorities } from "../scheduling/priorities";
import { teamLabel } from "../scheduling/team-python";
import { type GrafanaValues, grafanaValues } from "./grafana";
import { alertmanagerGiB, metricsGiB } from "./storage";

/** The release's name, which the operator's objects and services have too. */
export const monitoringName = "monitoring";
/** Where pods of the namespace ask for figures. */
export const prometheusUrl = "http://monitoring-prometheus.monitoring:9090";
/** The object with the receivers of alerts. */
export const alertReceivers = "alerts";

type Off = { readonly enabled: false };
interface Volume {
  readonly volumeClaimTemplate: {
    readonly spec: {
      readonly storageClassName: string;
      readonly accessModes: readonly ["ReadWriteOnce"];
      readonly resources: { readonly requests: { readonly storage: string } };
    };
  };
}

/** The values of kube-prometheus-stack that this part sets. */
export interface MonitoringValues {
  readonly fullnameOverride: string;
  readonly cleanPrometheusOperatorObjectNames: true;
  readonly crds: Off;
  readonly defaultRules: { readonly create: false };
  readonly nodeExporter: Off;
  readonly kubeApiServer: Off;
  readonly kubeControllerManager: Off;
  readonly coreDns: Off;
  readonly kubeEtcd: Off;
  readonly kubeScheduler: Off;
  readonly kubeProxy: Off;
  readonly prometheusOperator: {
    readonly image: RegistryImage;
    readonly priorityClassName: string;
    readonly prometheusConfigReloader: { readonly image: RegistryImage; readonly resources: Resources };
    readonly admissionWebhooks: Off;
    readonly tls: Off;
    readonly namespaces: { readonly releaseNamespace: true };
    readonly resources: Resources;
  };
  readonly prometheus: {
    readonly prometheusSpec: {
      readonly image: RegistryImage;
      readonly priorityClassName: string;
      readonly retention: string;
      readonly retentionSize: string;
      readonly scrapeInterval: string;
      readonly ruleSelectorNilUsesHelmValues: false;
      readonly podMonitorSelectorNilUsesHelmValues: false;
      readonly serviceMonitorSelectorNilUsesHelmValues: false;
      readonly resources: Resources;
      readonly storageSpec: Volume;
    };
  };
  readonly alertmanager:
    | Off
    | {
        readonly enabled: true;
        readonly alertmanagerSpec: {
          readonly image: RegistryImage;
          readonly priorityClassName: string;
          readonly alertmanagerConfiguration: { readonly name: string };
          readonly automountServiceAccountToken: false;
          readonly resources: Resources;
          readonly storage: Volume;
        };
      };
  readonly "kube-state-metrics": {
    readonly fullnameOverride: string;
    readonly image: RegistryImage;
    readonly priorityClassName: string;
    readonly collectors: readonly string[];
    readonly metricLabelsAllowlist: readonly string[];
    readonly resources: Resources;
  };
  readonly grafana: GrafanaValues;
}

/** Kinds whose state is told. No secrets and config maps: who may list them may read them. */
const collectors = [
  ...["cronjobs", "daemonsets", "deployments", "jobs", "namespaces", "nodes", "persistentvolumeclaims"],
  ...["persistentvolumes", "pods", "resourcequotas", "statefulsets"],
];

/** Labels that say for whom a pod works: a person, a team, a flow. */
export const payerLabels = ["hub.jupyter.org/username", teamLabel, "prefect.io/flow-name"];

export function monitoringValues(context: PartContext, settings: Observability): MonitoringValues {
  const { scale } = context.cluster;
  const image = (pin: Parameters<PartContext["image"]>[0]) => inRegistry(context.image(pin));
  const volume = (gibibytes: number): Volume => ({
    volumeClaimTemplate: {
      spec: {
        storageClassName: context.cluster.storageClass.name,
        accessModes: ["ReadWriteOnce"],
        resources: { requests: { storage: `${gibibytes}Gi` } },
      },
    },
  });
  const off = { enabled: false } as const;
  const priorityClassName = priorities.tools;
  const metrics = metricsGiB(settings.metricsDays, scale);
  return {
    fullnameOverride: monitoringName,
    cleanPrometheusOperatorObjectNames: true,
    // A chart of their own brings them.
    crds: off,
    // Some 130 alerts about parts of Kubernetes that nobody here can mend. The platform's own each have a runbook.
    defaultRules: { create: false },
    // In a namespace of its own.
    nodeExporter: off,
    // The control plane is the cloud's or the cluster's owner's to watch.
    kubeApiServer: off,
    kubeControllerManager: off,
    coreDns: off,
    kubeEtcd: off,
    kubeScheduler: off,
    kubeProxy: off,
    prometheusOperator: {
      image: image(images.prometheusOperator),
      priorityClassName,
      prometheusConfigReloader: {
        image: image(images.prometheusConfigReloader),
        resources: resources(scale, 10, 32, 64),
      },
      // It would check rules that the project's own tests have checked, by a certificate that one more job makes.
      admissionWebhooks: off,
      tls: off,
      // Monitors and rules count in the part's own namespace, so nobody else's code adds targets.
      namespaces: { releaseNamespace: true },
      resources: resources(scale, 50, 64, 256),
    },
    prometheus: {
      prometheusSpec: {
        image: image(images.prometheus),
        priorityClassName,
        retention: `${settings.metricsDays}d`,
        retentionSize: `${(metrics * 0.85).toFixed(1)}GiB`,
        scrapeInterval: scale === "small" ? "60s" : "30s",
        // Otherwise those alone count that are of this release.
        ruleSelectorNilUsesHelmValues: false,
        podMonitorSelectorNilUsesHelmValues: false,
        serviceMonitorSelectorNilUsesHelmValues: false,
        resources: prometheusResources(scale),
        storageSpec: volume(metrics),
      },
    },
    alertmanager:
      settings.alerts.length === 0
        ? off
        : {
            enabled: true,
            alertmanagerSpec: {
              image: image(images.alertmanager),
              priorityClassName,
              alertmanagerConfiguration: { name: alertReceivers },
              automountServiceAccountToken: false,
              resources: resources(scale, 10, 32, 128),
              storage: volume(alertmanagerGiB),
            },
          },
    "kube-state-metrics": {
      fullnameOverride: "kube-state-metrics",
      image: image(images.kubeStateMetrics),
      priorityClassName,
      collectors,
      metricLabelsAllowlist: [`pods=[${payerLabels.join(",")}]`],
      resources: resources(scale, 20, 64, 256),
    },
    grafana: grafanaValues(context),
  };
}

/** Series are held in memory: some 3 KiB each, and queries beside them. */
function prometheusResources(scale: Scale): Resources {
  return resources(scale, 200, 768, scale === "small" ? 1024 : 2048);
}
