import type { Watched } from "../watched";
import type { Alert } from "./alert";

/** What the platform stands on: pods, nodes, volumes, certificates, secrets, and watching itself. */
export function clusterAlerts({ all, waiting }: Watched): Alert[] {
  const ours = `namespace=~"${all}"`;
  const copies = 'namespace="backup",cronjob=~"databases|homes"';
  return [
    {
      name: "ToolDown",
      expr: `kube_deployment_status_replicas_available{${ours}} < kube_deployment_spec_replicas{${ours}} or label_replace(kube_statefulset_status_replicas_ready{${ours}} < kube_statefulset_replicas{${ours}}, "deployment", "$1", "statefulset", "(.*)")`,
      minutes: 15,
      severity: "critical",
      summary: "{{ $labels.deployment }} in {{ $labels.namespace }} has pods that are not ready",
    },
    {
      name: "PodRestarts",
      expr: `increase(kube_pod_container_status_restarts_total{${ours}}[30m]) > 3`,
      minutes: 0,
      severity: "warning",
      summary: "{{ $labels.container }} of {{ $labels.namespace }}/{{ $labels.pod }} ends again and again",
    },
    {
      name: "PodsWait",
      // By pod: of pods that come and go one always waits, and none of them for long.
      expr: waiting,
      minutes: 30,
      severity: "warning",
      summary: "{{ $labels.pod }} of {{ $labels.namespace }} has waited for half an hour",
    },
    {
      name: "NodeNotReady",
      expr: 'kube_node_status_condition{condition="Ready",status="true"} == 0',
      minutes: 10,
      severity: "critical",
      summary: "The node {{ $labels.node }} does not answer",
    },
    {
      name: "GpuBroken",
      // Errors of the card, its memory and its links, by NVIDIA's numbers. The others are mostly a program's own.
      expr: [48, 74, 79, 95, 119, 120]
        .map((error) => `max by (node, gpu) (DCGM_FI_DEV_XID_ERRORS) == ${error}`)
        .join(" or "),
      minutes: 0,
      severity: "critical",
      summary: "GPU {{ $labels.gpu }} of the node {{ $labels.node }} has failed with Xid {{ $value }}",
    },
    {
      name: "NodeShortOfMemory",
      expr: "node_memory_MemAvailable_bytes / node_memory_MemTotal_bytes < 0.05",
      minutes: 10,
      severity: "warning",
      summary: "The node {{ $labels.node }} has {{ $value | humanizePercentage }} of its memory left",
    },
    {
      name: "NodeDiskFull",
      expr: 'min by (node) (node_filesystem_avail_bytes{fstype=~"ext4|xfs|btrfs|overlay"} / node_filesystem_size_bytes{fstype=~"ext4|xfs|btrfs|overlay"}) < 0.1',
      minutes: 15,
      severity: "warning",
      summary: "A disk of the node {{ $labels.node }} has {{ $value | humanizePercentage }} left",
    },
    {
      name: "VolumeFull",
      expr: `kubelet_volume_stats_available_bytes{${ours}} / kubelet_volume_stats_capacity_bytes{${ours}} < 0.1`,
      minutes: 15,
      severity: "warning",
      summary:
        "The volume {{ $labels.persistentvolumeclaim }} of {{ $labels.namespace }} has {{ $value | humanizePercentage }} left",
    },
    {
      name: "CertificateExpires",
      // What was issued, and what the proxies show: a given certificate no cert-manager knows, and a new one may not have come.
      expr: `certmanager_certificate_expiration_timestamp_seconds - time() < 7 * 86400 or label_replace(min by (envoy_tls_certificate) (envoy_listener_ssl_certificate_expiration_unix_time_seconds) - time() < 7 * 86400, "name", "$1", "envoy_tls_certificate", "(.*)")`,
      minutes: 60,
      severity: "critical",
      summary: "The certificate {{ $labels.name }} ends in {{ $value | humanizeDuration }}",
    },
    {
      name: "SecretNotMade",
      expr: 'externalsecret_status_condition{condition="Ready",status="False"} == 1',
      minutes: 15,
      severity: "critical",
      summary: "The secret {{ $labels.name }} of {{ $labels.exported_namespace }} is not there or not the newest",
    },
    {
      name: "BackupTooOld",
      expr: `time() - kube_cronjob_status_last_successful_time{${copies}} > 2 * 86400 or (time() - kube_cronjob_created{${copies}} > 2 * 86400 unless on (cronjob) kube_cronjob_status_last_successful_time{${copies}})`,
      minutes: 60,
      severity: "critical",
      summary: "The newest backup of the {{ $labels.cronjob }} is older than two days",
    },
    {
      name: "BackupNotProved",
      expr: 'kube_job_status_failed{namespace="backup",job_name=~"(homes-)?drill-.*"} > 0',
      minutes: 0,
      severity: "critical",
      summary: "{{ $labels.job_name }}: a backup could not be restored",
    },
    {
      name: "NotWatched",
      expr: `up{${ours}} == 0`,
      minutes: 15,
      severity: "warning",
      summary: "{{ $labels.pod }} of {{ $labels.job }} does not tell its figures",
    },
    {
      name: "LogsLost",
      expr: "sum by (reason) (increase(loki_write_dropped_entries_total[30m])) > 0",
      minutes: 0,
      severity: "warning",
      summary: "{{ $value | humanize }} lines of logs were thrown away ({{ $labels.reason }})",
    },
    {
      name: "AlertsNotSent",
      expr: "sum by (integration) (increase(alertmanager_notifications_failed_total[15m])) > 0",
      minutes: 15,
      severity: "critical",
      summary: "Alerts do not reach {{ $labels.integration }}",
    },
  ];
}
