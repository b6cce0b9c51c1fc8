import type { Schedule } from "../contracts/aws-environment";

/** Minutes before an awake time begins at which the database is started; it takes some ten. */
export const databaseBefore = 25;
/** Minutes before an awake time begins at which nodes are started. */
export const nodesBefore = 10;
/**
 * Minutes after an awake time ends at which people's nodes and the database follow the system nodes: the autoscaler,
 * which runs on those, is gone by then and starts no new node for what waits.
 */
export const othersAfter = 15;

const week = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"] as const;
const minutesOfDay = 24 * 60;

/**
 * When EventBridge Scheduler acts, as it writes it.
 *
 * @param minutes how long after the time of day; before it where negative, on the day before if need be
 */
export function cron(days: Schedule["days"], clock: string, minutes: number): string {
  const [hour = 0, minute = 0] = clock.split(":").map(Number);
  const at = hour * 60 + minute + minutes;
  const shift = Math.floor(at / minutesOfDay);
  const within = at - shift * minutesOfDay;
  const on = days.map((day) => week[(week.indexOf(day) + shift + 7) % 7]);
  return `cron(${within % 60} ${Math.floor(within / 60)} ? * ${on.join(",")} *)`;
}
