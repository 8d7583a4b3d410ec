import { type CivilTime, instant, localSeconds, wall } from './civilTime.ts';
import type { CronFields } from './cronExpression.ts';
import type { Zone } from './zone.ts';

/**
 * The first activation after a time, both in whole seconds since 1970; undefined if there is none in five
 * years. It is robfig/cron v3's SpecSchedule.Next step by step (spec.go), since its steps, and not a rule,
 * decide what a CronJob does where clocks change: an hour is added as 3,600 seconds, a day as a day of the
 * calendar, and a midnight that does not exist is corrected by whole hours.
 */
export function nextActivation(fields: CronFields, zone: Zone, after: number): number | undefined {
  if (isEmpty(fields)) return undefined;
  const { minute, hour, month } = fields;
  let time = after + 1;
  let now = wall(zone, time);
  const move = (to: number) => {
    time = to;
    now = wall(zone, time);
  };
  // One step at a time where clocks change; all steps to the next value at once where they don't.
  const advance = (unit: number, value: number, size: number, takes: Uint8Array) => {
    let steps = 1;
    while (value + steps < size && !takes[value + steps]) steps++;
    const far = time + steps * unit;
    move(far < zone.period(time).end ? far : time + unit);
  };
  // Once a field was moved, the smaller ones have begun anew.
  let added = false;
  const yearLimit = now.year + 5;

  wrap: while (now.year <= yearLimit) {
    while (!month.takes[now.month]) {
      if (!added) {
        added = true;
        move(instant(zone, localSeconds(now.year, now.month, 1)));
      }
      move(instant(zone, localSeconds(now.year, now.month + 1, now.day, secondOfDay(now))));
      if (now.month === 1) continue wrap;
    }

    while (!dayMatches(fields, now)) {
      if (!added) {
        added = true;
        move(instant(zone, localSeconds(now.year, now.month, now.day)));
      }
      const before = time;
      move(instant(zone, localSeconds(now.year, now.month, now.day + 1, secondOfDay(now))));
      // A day that does not exist, as 2011-12-30 in Apia: robfig would turn on the spot for ever.
      if (time <= before) return undefined;
      if (now.hour !== 0) move(time + (now.hour > 12 ? 24 - now.hour : -now.hour) * 3600);
      if (now.day === 1) continue wrap;
    }

    while (!hour.takes[now.hour]) {
      if (!added) {
        added = true;
        move(instant(zone, localSeconds(now.year, now.month, now.day, now.hour * 3600)));
      }
      advance(3600, now.hour, 24, hour.takes);
      if (now.hour === 0) continue wrap;
    }

    while (!minute.takes[now.minute]) {
      if (!added) {
        added = true;
        move(Math.floor(time / 60) * 60);
      }
      advance(60, now.minute, 60, minute.takes);
      if (now.minute === 0) continue wrap;
    }

    while (now.second !== 0) {
      added = true;
      advance(1, now.second, 60, fullMinute);
      if (now.second === 0) continue wrap;
    }
    return time;
  }
  return undefined;
}

const fullMinute = Uint8Array.of(1);

/** Whether no time can match: a field of commas alone. robfig would look for it minute by minute. */
function isEmpty({ minute, hour, dayOfMonth, month, dayOfWeek }: CronFields): boolean {
  const none = (takes: Uint8Array) => !takes.includes(1);
  return (
    [minute, hour, month].some(({ takes }) => none(takes)) ||
    (none(dayOfMonth.takes) && none(dayOfWeek.takes))
  );
}

/** If neither day field is a star, one of them is enough; else both must match. */
export function dayMatches({ dayOfMonth, dayOfWeek }: CronFields, { day, weekday }: CivilTime): boolean {
  const byMonth = dayOfMonth.takes[day] === 1;
  const byWeek = dayOfWeek.takes[weekday] === 1;
  return dayOfMonth.star || dayOfWeek.star ? byMonth && byWeek : byMonth || byWeek;
}

const secondOfDay = ({ hour, minute, second }: CivilTime) => hour * 3600 + minute * 60 + second;
