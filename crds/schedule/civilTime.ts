import type { Zone } from './zone.ts';

/** What a clock and a calendar on the wall show. Months and days count from 1, weekdays from 0, Sunday. */
export interface CivilTime {
  readonly year: number;
  readonly month: number;
  readonly day: number;
  readonly weekday: number;
  readonly hour: number;
  readonly minute: number;
  readonly second: number;
}

const day = 86_400;
const floorMod = (value: number, by: number) => ((value % by) + by) % by;

/** What the wall shows at so many seconds since 1970 of its own time. */
export function civilTime(local: number): CivilTime {
  const days = Math.floor(local / day);
  const rest = local - days * day;
  // Howard Hinnant's civil_from_days: quicker than a Date, and a schedule looks at hundreds of days.
  const shifted = days + 719_468;
  const era = Math.floor(shifted / 146_097);
  const dayOfEra = shifted - era * 146_097;
  const yearOfEra = Math.floor(
    (dayOfEra -
      Math.floor(dayOfEra / 1460) +
      Math.floor(dayOfEra / 36_524) -
      Math.floor(dayOfEra / 146_096)) /
      365,
  );
  const dayOfYear = dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
  const fromMarch = Math.floor((5 * dayOfYear + 2) / 153);
  const month = fromMarch < 10 ? fromMarch + 3 : fromMarch - 9;
  return {
    year: yearOfEra + era * 400 + (month <= 2 ? 1 : 0),
    month,
    day: dayOfYear - Math.floor((153 * fromMarch + 2) / 5) + 1,
    weekday: floorMod(days + 4, 7), // 1970-01-01 was a Thursday
    hour: Math.floor(rest / 3600),
    minute: Math.floor((rest % 3600) / 60),
    second: rest % 60,
  };
}

/** The wall's seconds since 1970 of a date and time; what is too large carries over, as in Go's time.Date. */
export function localSeconds(year: number, month: number, dayOfMonth: number, secondOfDay = 0): number {
  return Date.UTC(year, month - 1, dayOfMonth) / 1000 + secondOfDay;
}

/**
 * The instant of a wall-clock time, exactly as Go's time.Date finds it: a time that does not exist or exists
 * twice gets one of the two offsets by the rule below, and what CronJobs do at a change of the clocks comes
 * from that. https://cs.opensource.google/go/go/+/refs/tags/go1.26.0:src/time/time.go (func Date)
 */
export function instant(zone: Zone, local: number): number {
  const { start, end, offset } = zone.period(local);
  const guess = local - offset;
  if (offset === 0 || (guess >= start && guess < end)) return guess;
  return local - zone.period(guess).offset;
}

/** What the wall of a zone shows at an instant. */
export function wall(zone: Zone, time: number): CivilTime {
  return civilTime(time + zone.period(time).offset);
}
