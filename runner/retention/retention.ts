import type { RetentionSpec } from '../../crds/retentionSpec.ts';

/** What the policy looks at: a good set and when it was made, by the destination's clock. */
export interface DatedSet {
  readonly id: string;
  readonly time: Date;
}

export interface Decision<T> {
  readonly set: T;
  /** One reason, in words: "newest of 2026-02-10", "older than 30 days". */
  readonly why: string;
}

export interface Decisions<T> {
  readonly keep: readonly Decision<T>[];
  readonly remove: readonly Decision<T>[];
}

export type RetentionRules = Pick<
  RetentionSpec,
  'maxAgeDays' | 'maxCount' | 'minKeep' | 'keepDaily' | 'keepWeekly' | 'keepMonthly'
>;

const day = 86_400_000;

/**
 * Which sets stay and which go, each with its reason; the newest first in both lists.
 * A set goes if it is older than maxAgeDays or beyond maxCount, unless minKeep or one of
 * keepDaily, keepWeekly and keepMonthly protects it. Days, weeks (ISO 8601) and months are those of the
 * time zone; of each the newest set counts, for as many of them as have a set at all.
 */
export function retention<T extends DatedSet>(
  sets: readonly T[],
  rules: RetentionRules,
  now: Date,
  timeZone: string,
): Decisions<T> {
  const newestFirst = [...sets].sort((a, b) => b.time.getTime() - a.time.getTime() || compare(b.id, a.id));
  const protection = protections(newestFirst, rules, timeZone);
  const keep: Decision<T>[] = [];
  const remove: Decision<T>[] = [];
  for (const [index, set] of newestFirst.entries()) {
    const verdict = condemnation(set, index, rules, now);
    if (verdict === undefined) keep.push({ set, why: withinLimits(rules) });
    else {
      const reason = protection.get(set);
      if (reason === undefined) remove.push({ set, why: verdict });
      else keep.push({ set, why: reason });
    }
  }
  return { keep, remove };
}

const compare = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0);

function condemnation(set: DatedSet, index: number, rules: RetentionRules, now: Date): string | undefined {
  const { maxAgeDays, maxCount } = rules;
  if (maxAgeDays !== undefined && now.getTime() - set.time.getTime() > maxAgeDays * day) {
    return `older than ${maxAgeDays} ${maxAgeDays === 1 ? 'day' : 'days'}`;
  }
  if (maxCount !== undefined && index >= maxCount) return `beyond the newest ${maxCount}`;
  return undefined;
}

function withinLimits({ maxAgeDays, maxCount }: RetentionRules): string {
  const limits = [
    ...(maxAgeDays === undefined ? [] : [`at most ${maxAgeDays} ${maxAgeDays === 1 ? 'day' : 'days'} old`]),
    ...(maxCount === undefined ? [] : [`among the newest ${maxCount}`]),
  ];
  return limits.join(' and ') || 'nothing limits age or count';
}

function protections<T extends DatedSet>(
  newestFirst: readonly T[],
  rules: RetentionRules,
  timeZone: string,
): Map<T, string> {
  const reasons = new Map<T, string>();
  const protect = (set: T, why: string) => {
    if (!reasons.has(set)) reasons.set(set, why);
  };
  for (const set of newestFirst.slice(0, rules.minKeep))
    protect(set, `one of the ${rules.minKeep} that always stay`);
  const date = localDate(timeZone);
  const periods: [count: number | undefined, period: (time: Date) => string][] = [
    [rules.keepDaily, (time) => dayName(date(time))],
    [rules.keepWeekly, (time) => weekName(date(time))],
    [rules.keepMonthly, (time) => dayName(date(time)).slice(0, -3)],
  ];
  for (const [count, period] of periods) {
    const seen = new Set<string>();
    for (const set of newestFirst) {
      if (seen.size >= (count ?? 0)) break;
      const name = period(set.time);
      if (!seen.has(name)) protect(set, `newest of ${name}`);
      seen.add(name);
    }
  }
  return reasons;
}

/** The calendar date in a zone, as a UTC midnight, so that it can be counted with. */
function localDate(timeZone: string): (time: Date) => Date {
  const format = new Intl.DateTimeFormat('en-CA-u-ca-iso8601', {
    timeZone,
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
  });
  return (time) => {
    const parts = Object.fromEntries(
      format.formatToParts(time).map(({ type, value }) => [type, Number(value)]),
    );
    return new Date(Date.UTC(parts.year ?? 0, (parts.month ?? 1) - 1, parts.day ?? 1));
  };
}

const dayName = (date: Date) => date.toISOString().slice(0, 10);

// ISO 8601: the week belongs to the year of its Thursday.
function weekName(date: Date): string {
  const thursday = new Date(date.getTime() + (4 - (date.getUTCDay() || 7)) * day);
  const year = thursday.getUTCFullYear();
  const week = 1 + Math.floor((thursday.getTime() - Date.UTC(year, 0, 1)) / (7 * day));
  return `${year}-W${String(week).padStart(2, '0')}`;
}
