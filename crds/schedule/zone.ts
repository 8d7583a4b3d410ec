import { BackupError } from '../failureReason.ts';

/** A stretch of time without a change of the clocks: [start, end) in seconds since 1970, and what local time is ahead of UTC by. */
export interface Period {
  readonly start: number;
  readonly end: number;
  readonly offset: number;
}

/** A time zone by the tz database of the runtime. All times are whole seconds since 1970. */
export interface Zone {
  readonly name: string;
  /** The period that holds the time. */
  period(time: number): Period;
}

const always: Period = { start: Number.NEGATIVE_INFINITY, end: Number.POSITIVE_INFINITY, offset: 0 };
// Needs no look into ICU: most specs never leave it.
const utc: Zone = { name: 'UTC', period: () => always };
const known = new Map<string, Zone>([['UTC', utc]]);

/**
 * The zone of an IANA name. Throws InvalidSpec for what the API server refuses in a CronJob too: unknown
 * names, wrong case, offsets such as +01:00, Local.
 */
export function zone(name: string): Zone {
  const found = known.get(name) ?? loadZone(name);
  known.set(name, found);
  return found;
}

/** What is wrong with the name of a time zone, as it follows the name of its field; undefined if nothing is. */
export function timeZoneProblem(name: string): string | undefined {
  if (known.has(name)) return undefined;
  const proper = properName(name);
  if (proper === name) return undefined;
  return proper === undefined
    ? 'is no IANA time zone; write one such as Europe/Berlin or UTC'
    : `is no IANA time zone as it is written; write ${proper}`;
}

/** The IANA name in its right case. Temporal alone is strict about it: Intl takes PST and ACT too. */
function properName(name: string): string | undefined {
  if (!/^[A-Za-z]/.test(name)) return undefined; // an offset
  try {
    return new Temporal.ZonedDateTime(0n, name).timeZoneId;
  } catch {
    return undefined;
  }
}

function loadZone(name: string): Zone {
  const problem = timeZoneProblem(name);
  if (problem !== undefined) throw new BackupError('InvalidSpec', `spec.timeZone ${problem}`);
  const periods: Period[] = [];
  let last = always;
  return {
    name,
    period(time) {
      // Times are asked for in order, so the last answer is nearly always the next one.
      if (periods.length > 0 && time >= last.start && time < last.end) return last;
      let found = periods.find(({ start, end }) => time >= start && time < end);
      if (found === undefined) {
        found = readPeriod(name, time);
        periods.push(found);
      }
      last = found;
      return found;
    },
  };
}

function readPeriod(name: string, time: number): Period {
  const at = new Temporal.ZonedDateTime(BigInt(time) * 1_000_000_000n, name);
  const next = at.getTimeZoneTransition('next');
  // 'previous' is strictly before, and a period begins with its transition.
  const previous = at.add({ nanoseconds: 1 }).getTimeZoneTransition('previous');
  const seconds = (transition: Temporal.ZonedDateTime) => Math.round(transition.epochMilliseconds / 1000);
  return {
    start: previous === null ? always.start : seconds(previous),
    end: next === null ? always.end : seconds(next),
    offset: Math.round(at.offsetNanoseconds / 1e9),
  };
}
