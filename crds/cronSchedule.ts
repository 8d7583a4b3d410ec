import { BackupError } from './failureReason.ts';
import { type CronExpression, cronExpression } from './schedule/cronExpression.ts';
import { CronProblem } from './schedule/cronField.ts';
import { nextActivation } from './schedule/nextActivation.ts';
import { hasActivation, shortestInterval } from './schedule/shortestInterval.ts';
import { skippedActivation } from './schedule/skippedActivation.ts';
import { zone } from './schedule/zone.ts';
import { wallText } from './timeInZone.ts';

/** When a CronJob of this schedule and time zone fires. */
export interface CronSchedule {
  /**
   * The first activation strictly after; undefined if none comes within five years. `@every` counts from what
   * it is given: see `nextScheduled`.
   */
  next(after: Date): Date | undefined;
  /** Seconds between the two closest activations by the wall's clock; Infinity if there are not two in eight years. */
  shortestInterval(): number;
  /**
   * The first wall-clock time within a year, as `2027-03-28 02:30`, that the schedule names but that has no run
   * because the clocks change, where that leaves a longer hole than usual; undefined if there is none.
   */
  skippedTime(from: Date): string | undefined;
  /** Seconds of `@every`, which has no fixed times: it counts from the last run. */
  readonly every: number | undefined;
}

/**
 * The schedule of a CronJob, computed as the controller does it, by robfig/cron v3's ParseStandard("TZ=zone
 * expression"). Throws InvalidSpec, in a sentence with the field, for what the API server refuses in a CronJob.
 */
export function cronSchedule(expression: string, timeZone: string): CronSchedule {
  const parsed = parse(expression);
  const place = zone(timeZone);
  if ('every' in parsed) {
    const { every } = parsed;
    return {
      next: (after) => date(seconds(after) + every),
      shortestInterval: () => every,
      skippedTime: () => undefined,
      every,
    };
  }
  let shortest: number | undefined;
  return {
    next: (after) => date(nextActivation(parsed, place, seconds(after))),
    // It looks through eight years: 3 ms, and the operator asks at every look.
    shortestInterval() {
      shortest ??= shortestInterval(parsed);
      return shortest;
    },
    skippedTime(from) {
      const skipped = skippedActivation(parsed, place, seconds(from));
      return skipped === undefined ? undefined : wallText(skipped);
    },
    every: undefined,
  };
}

/** What is wrong with a cron expression, as it follows the name of its field; undefined if nothing is. */
export function cronProblem(expression: string): string | undefined {
  try {
    cronExpression(expression);
  } catch (error) {
    if (error instanceof CronProblem) return error.message;
    throw error;
  }
  return undefined;
}

/** Says so if no date has what a good expression asks for, as 31 February; undefined else. */
export function neverFires(expression: string): string | undefined {
  const parsed = cronExpression(expression);
  return 'every' in parsed || hasActivation(parsed)
    ? undefined
    : `never fires: no date is what ${expression} asks for`;
}

/**
 * When the CronJob controller fires next after `now`. It counts from the last scheduled time, before the first
 * one from the creation of the CronJob (`since`), which matters for `@every` alone.
 */
export function nextScheduled(schedule: CronSchedule, since: Date, now: Date): Date | undefined {
  if (schedule.every === undefined) return schedule.next(now);
  const past = Math.floor((seconds(now) - seconds(since)) / schedule.every);
  return date(seconds(since) + (Math.max(past, 0) + 1) * schedule.every);
}

/** startingDeadlineSeconds where the spec has none: half the shortest interval, between one hour and twelve. */
export function defaultStartingDeadline(schedule: CronSchedule): number {
  return Math.min(Math.max(Math.floor(schedule.shortestInterval() / 2), 3600), 12 * 3600);
}

function parse(expression: string): CronExpression {
  const problem = cronProblem(expression);
  if (problem !== undefined) throw new BackupError('InvalidSpec', `spec.schedule ${problem}`);
  return cronExpression(expression);
}

const seconds = (date: Date) => Math.floor(date.getTime() / 1000);

/** The date of seconds since 1970; undefined also for what lies beyond all dates, 273,000 years from now. */
function date(time: number | undefined): Date | undefined {
  const result = new Date((time ?? Number.NaN) * 1000);
  return Number.isNaN(result.getTime()) ? undefined : result;
}
