import type { Schedule } from "../constructs/contracts/aws-environment";

/** Hours of a month, as AWS's own calculator counts them. */
export const monthHours = 730;

const hoursAWeek = 7 * 24;

/** Hours of a month in which an environment has nodes and a database server: all of them without a schedule. */
export function awakeHours(schedule: Schedule | undefined): number {
  if (!schedule) return monthHours;
  const awake = schedule.days.length * (hour(schedule.until) - hour(schedule.from));
  return (monthHours * awake) / hoursAWeek;
}

function hour(clock: string): number {
  const [hours = 0, minutes = 0] = clock.split(":").map(Number);
  return hours + minutes / 60;
}
