import type { Scale } from "../../contracts/cluster-profile";

/**
 * GiB of the volume that figures are kept on. A platform with its people's pods has some 60,000 series; two samples a
 * minute of two bytes each come to 0.35 GB a day, and half as much again is left for what is being merged. What does not
 * fit is deleted, the oldest first, before the volume is full.
 */
export function metricsGiB(days: number, scale: Scale): number {
  return Math.max(5, Math.ceil(days * (scale === "small" ? 0.2 : 0.6)));
}

/** GiB for Grafana: its SQLite database with what people save there. */
export const grafanaGiB = 2;

/** GiB for Alertmanager: silences, and what was sent already. */
export const alertmanagerGiB = 1;
