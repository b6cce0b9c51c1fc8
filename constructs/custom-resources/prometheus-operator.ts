import type { SecretRef } from "../contracts/component";
import type { Metadata } from "./metadata";

/** Objects of the Prometheus operator. */

/** Pods whose figures are gathered. */
export interface PodMonitor {
  readonly apiVersion: "monitoring.coreos.com/v1";
  readonly kind: "PodMonitor";
  readonly metadata: Metadata & { readonly namespace: string };
  readonly spec: {
    readonly namespaceSelector: { readonly matchNames: readonly string[] };
    readonly selector: { readonly matchLabels: Readonly<Record<string, string>> };
    /** Labels of the pods that go with their figures. */
    readonly podTargetLabels?: readonly string[];
    readonly podMetricsEndpoints: readonly {
      readonly path: string;
      /** A token that is sent along, from a secret of the monitor's namespace. */
      readonly authorization?: { readonly credentials: SecretRef };
      readonly relabelings: readonly Relabeling[];
    }[];
  };
}

export type Relabeling =
  | {
      readonly sourceLabels?: readonly string[];
      readonly regex?: string;
      readonly targetLabel: string;
      readonly replacement?: string;
    }
  | { readonly action: "labeldrop"; readonly regex: string };

/** Alerts, by groups that are evaluated together. */
export interface PrometheusRule {
  readonly apiVersion: "monitoring.coreos.com/v1";
  readonly kind: "PrometheusRule";
  readonly metadata: Metadata & { readonly namespace: string };
  readonly spec: { readonly groups: readonly { readonly name: string; readonly rules: readonly AlertingRule[] }[] };
}

export interface AlertingRule {
  readonly alert: string;
  readonly expr: string;
  readonly for: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
}

/** Where alerts go. Secrets are named, in the object's own namespace. */
export interface AlertmanagerConfig {
  readonly apiVersion: "monitoring.coreos.com/v1alpha1";
  readonly kind: "AlertmanagerConfig";
  readonly metadata: Metadata & { readonly namespace: string };
  readonly spec: {
    readonly route: Route & { readonly routes?: readonly Route[] };
    readonly receivers: readonly [Receiver, ...Receiver[]];
  };
}

export interface Route {
  readonly receiver: string;
  readonly groupBy: readonly string[];
  readonly groupWait: string;
  readonly groupInterval: string;
  readonly repeatInterval: string;
  readonly matchers?: readonly { readonly name: string; readonly matchType: "="; readonly value: string }[];
}

export interface Receiver {
  readonly name: string;
  readonly emailConfigs?: readonly EmailConfig[];
  readonly slackConfigs?: readonly SlackConfig[];
  readonly webhookConfigs?: readonly { readonly urlSecret: SecretRef; readonly sendResolved: boolean }[];
}

export interface EmailConfig {
  readonly to: string;
  readonly from: string;
  readonly smarthost: string;
  readonly requireTLS: boolean;
  readonly authUsername?: string;
  readonly authPassword?: SecretRef;
  readonly sendResolved: boolean;
}

export interface SlackConfig {
  readonly apiURL: SecretRef;
  readonly channel: string;
  readonly title: string;
  readonly text: string;
  readonly sendResolved: boolean;
}
