import type { CronFields } from './cronExpression.ts';
import { nextActivation } from './nextActivation.ts';
import { zone as namedZone, type Zone } from './zone.ts';

const day = 86_400;
const year = 366 * day;

/**
 * The next wall-clock time, within a year, that the expression names and that has no run because clocks
 * change: the hour is skipped, or the controller jumps over the day (it does where midnight does not exist).
 * In seconds since 1970 of the wall's own time; undefined if there is none.
 *
 * A time is told of only where it leaves a hole: no more than the schedule's own distance between runs may
 * pass around it. Thus `30 2 * * *` in Europe/Berlin skips 2027-03-28 02:30, but `0 * * * *` skips nothing,
 * for the runs at 01:00 and 03:00 of that day are one hour apart, as always.
 */
export function skippedActivation(fields: CronFields, zone: Zone, from: number): number | undefined {
  // Clocks never jump over more than is left between hourly runs.
  if (isHourly(fields)) return undefined;
  const end = from + year;
  for (let { end: change } = zone.period(from); change < end; { end: change } = zone.period(change)) {
    const skipped = skippedAround(fields, zone, change, from);
    if (skipped !== undefined) return skipped;
  }
  return undefined;
}

function isHourly({ hour, dayOfMonth, month, dayOfWeek }: CronFields): boolean {
  return [hour, dayOfMonth, month, dayOfWeek].every(({ star }) => star);
}

function skippedAround(fields: CronFields, zone: Zone, change: number, from: number): number | undefined {
  const before = change - 1 + zone.period(change - 1).offset;
  const after = change + zone.period(change).offset;
  // The whole days that the change touches, and the next one: there the controller may still be half an hour off.
  const first = Math.floor(before / day) * day;
  const last = Math.floor(after / day) * day + 2 * day;
  // Runs follow from runs, so the row must begin well before; 40 days hold the first of a month.
  const runs = activations(fields, zone, change - 40 * day, change + (last - after));
  const wanted = activations(fields, namedZone('UTC'), before - 40 * day, last);
  const done = new Set(runs.map((time) => time + zone.period(time).offset));
  const now = from + zone.period(from).offset;
  for (const [index, time] of wanted.entries()) {
    if (time < first || time >= last || time <= now || done.has(time)) continue;
    const distance = Math.max(time - (wanted[index - 1] ?? time), (wanted[index + 1] ?? time) - time);
    if (hole(runs, zone, time) > distance) return time;
  }
  return undefined;
}

/** Activations from `start` to the first one at or beyond `end`, that one included. */
function activations(fields: CronFields, zone: Zone, start: number, end: number): number[] {
  const times: number[] = [];
  for (let time: number | undefined = start; time < end; ) {
    time = nextActivation(fields, zone, time);
    if (time === undefined) break;
    times.push(time);
  }
  return times;
}

/** Seconds that really pass between the runs before and after a time on the wall. */
function hole(runs: readonly number[], zone: Zone, local: number): number {
  const next = runs.findIndex((time) => time + zone.period(time).offset > local);
  const [before, after] = [runs[next - 1], runs[next]];
  return before === undefined || after === undefined ? Number.POSITIVE_INFINITY : after - before;
}
