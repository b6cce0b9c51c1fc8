import type { Schedule } from "../constructs/contracts/aws-environment";

/** Hours of a month, as AWS's own calculator counts them. */
export const monthHours = 730;

const hoursAWeek = 7 * 24;

/**
 * Hours of a month in which what a schedule puts to sleep is there: all of them without a schedule.
 *
 * @param around minutes a day that it is woken before, and sleeps after, the hours that the schedule says
 */
export function awakeHours(schedule: Schedule | undefined, around = 0): number {
  if (!schedule) return monthHours;
  const day = Math.min(24, hour(schedule.until) - hour(schedule.from) + around / 60);
  return (monthHours * schedule.days.length * day) / hoursAWeek;
}

function hour(clock: string): number {
  const [hours = 0, minutes = 0] = clock.split(":").map(Number);
  return hours + minutes / 60;
}
