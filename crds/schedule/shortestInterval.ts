import { civilTime } from './civilTime.ts';
import type { CronFields } from './cronExpression.ts';
import { dayMatches } from './nextActivation.ts';

const firstDay = Date.UTC(2024, 0, 1) / 1000; // eight years from here hold two 29 February
const days = 8 * 366;

/**
 * Seconds between the two closest activations, by the clock on the wall: what changes of the clocks do is left
 * out, and so it is the same at every moment. Infinity where there are not two within eight years.
 */
export function shortestInterval(fields: CronFields): number {
  const minutes = minutesOfDay(fields);
  const first = minutes[0];
  const last = minutes.at(-1);
  if (first === undefined || last === undefined) return Number.POSITIVE_INFINITY;
  const distance = shortestDayDistance(fields);
  if (distance === undefined) return Number.POSITIVE_INFINITY;
  let shortest = distance * 1440 - (last - first);
  for (let i = 1; i < minutes.length; i++) {
    shortest = Math.min(shortest, (minutes[i] ?? 0) - (minutes[i - 1] ?? 0));
  }
  return shortest * 60;
}

/** Whether any time of eight years matches. */
export function hasActivation(fields: CronFields): boolean {
  return minutesOfDay(fields).length > 0 && shortestDayDistance(fields) !== undefined;
}

function minutesOfDay({ hour, minute }: CronFields): number[] {
  return Array.from({ length: 1440 }, (_, at) => at).filter(
    (at) => hour.takes[Math.floor(at / 60)] && minute.takes[at % 60],
  );
}

/** Days between the closest two days that match; Infinity for a single one, undefined for none. */
function shortestDayDistance(fields: CronFields): number | undefined {
  let shortest: number | undefined;
  let last: number | undefined;
  for (let index = 0; index < days && shortest !== 1; index++) {
    const day = civilTime(firstDay + index * 86_400);
    if (!fields.month.takes[day.month] || !dayMatches(fields, day)) continue;
    shortest = Math.min(
      shortest ?? Number.POSITIVE_INFINITY,
      last === undefined ? Number.POSITIVE_INFINITY : index - last,
    );
    last = index;
  }
  return shortest;
}
