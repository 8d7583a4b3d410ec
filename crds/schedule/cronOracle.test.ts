import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import fc from 'fast-check';
import { type CronAnswer, type CronQuestion, cronOracle } from '../../sandbox/kubernetes/cronOracle.ts';
import { cronProblem, cronSchedule } from '../cronSchedule.ts';
import { timeInZone, wallText } from '../timeInZone.ts';
import { expressions, nonsense } from './expressionFixture.ts';
import { periods, writeZoneinfo } from './zoneinfoFixture.ts';

// The CronJob controller's own parser, given the tz database of this Node.
const zoneinfo = mkdtempSync(join(tmpdir(), 'dbbackup-zoneinfo-'));
after(() => rmSync(zoneinfo, { recursive: true, force: true }));
const zones = Intl.supportedValuesOf('timeZone');
writeZoneinfo(zoneinfo, zones);
process.env.ZONEINFO = zoneinfo;

const seconds = (date: string) => Date.parse(date) / 1000;

/** One zone for each different row of changes between two dates, with the instants of its changes. */
function distinctZones(from: string, to: string): [zone: string, changes: number[]][] {
  const found = new Map<string, [string, number[]]>();
  for (const name of zones) {
    const inside = periods(name).filter(({ start, end }) => end > seconds(from) && start < seconds(to));
    const key = JSON.stringify(inside.map(({ start, offset }) => [Math.max(start, seconds(from)), offset]));
    if (!found.has(key)) found.set(key, [name, inside.slice(1).map(({ start }) => start)]);
  }
  return [...found.values()];
}

function next(schedule: string, timeZone: string, start: Date, count: number): Date[] {
  const cron = cronSchedule(schedule, timeZone);
  const times: Date[] = [];
  for (let time = cron.next(start); time && times.length < count; time = cron.next(time)) times.push(time);
  return times;
}

// The files of the oracle end in 2037.
const isKnown = (time: Date) => time < new Date('2037-01-01');

const aroundChanges = [
  ...['30 2 * * *', '0 0 * * *', '15 */3 * * *', '0 5 * * 0', '*/10 0-3 * * *', '0 0 1 * *'],
  ...['45 23 31 * *', '0 0 29 3 *', '30 1,2 * 3,4,9,10,11 0', '59 23 * * 6', '0 12 1-7 * MON', '@every 7h'],
];

test('fires when the CronJob controller fires, around every change of the clocks from 2024 to 2030', async (t) => {
  const oracle = await cronOracle(t);
  if (!oracle) return;
  let compared = 0;
  for (const [timeZone, changes] of distinctZones('2024-01-01', '2031-01-01')) {
    const starts = (changes.length > 0 ? changes : [seconds('2026-01-01')]).map(
      (change) => new Date((change - 2 * 86_400) * 1000 - 12_345),
    );
    const questions: CronQuestion[] = starts.flatMap((start) =>
      aroundChanges.map((schedule) => ({ schedule, timeZone, after: start, count: 12 })),
    );
    const answers: CronAnswer[] = await Promise.all(questions.map((question) => oracle.ask(question)));
    for (const [index, { schedule, after: start, count }] of questions.entries()) {
      assert.deepEqual(
        next(schedule, timeZone, start, count).filter(isKnown),
        answers[index]?.times.filter(isKnown),
        `${schedule} in ${timeZone} after ${start.toISOString()}`,
      );
    }
    compared += questions.length;
  }
  t.diagnostic(`${compared} rows of runs compared`);
  assert.ok(compared > 5000);
});

test('comes to an end where the controller does not: at a day that a zone skipped', () => {
  const schedule = cronSchedule('0 0 1 * *', 'Pacific/Apia');
  assert.equal(schedule.next(new Date('2011-12-27T05:00:00Z')), undefined);
});

test('passes through a day that a zone skipped as the controller does', async (t) => {
  const oracle = await cronOracle(t);
  if (!oracle) return;
  // Not with a day of the month or of the week: there the controller never comes to an end.
  for (const schedule of ['30 2 * * *', '0 0 * * *', '15 */3 * * *', '*/10 0-3 * * *']) {
    const question = {
      schedule,
      timeZone: 'Pacific/Apia',
      after: new Date('2011-12-27T05:00:00Z'),
      count: 100,
    };
    const { times } = await oracle.ask(question);
    assert.deepEqual(next(schedule, question.timeZone, question.after, 100), times, schedule);
  }
});

test('fires when the CronJob controller fires, whatever the expression, the zone and the instant', async (t) => {
  const oracle = await cronOracle(t);
  if (!oracle) return;
  // Before 2012 there are days that a zone skipped; see above.
  const instant = fc.date({ min: new Date('2012-01-01'), max: new Date('2030-01-01'), noInvalidDate: true });
  await fc.assert(
    fc.asyncProperty(expressions, fc.constantFrom(...zones), instant, async (schedule, timeZone, start) => {
      const { error, times } = await oracle.ask({ schedule, timeZone, after: start, count: 5 });
      assert.equal(error, undefined);
      assert.deepEqual(next(schedule, timeZone, start, 5).filter(isKnown), times.filter(isKnown));
    }),
    { numRuns: 2000 },
  );
});

test('refuses what the CronJob controller refuses, and nothing else', async (t) => {
  const oracle = await cronOracle(t);
  if (!oracle) return;
  const seen = { accepted: 0, refused: 0 };
  const start = new Date('2026-02-10T12:00:00Z');
  await fc.assert(
    fc.asyncProperty(nonsense, async (schedule) => {
      // Alone the API server refuses these blanks; the parser takes them after TZ=….
      if (/^\s+@|^@.*\s$/.test(schedule)) return;
      const { error } = await oracle.ask({ schedule, timeZone: 'UTC', after: start, count: 1 });
      assert.equal(
        cronProblem(schedule) === undefined,
        error === undefined,
        `${error} ${cronProblem(schedule)}`,
      );
      seen[error === undefined ? 'accepted' : 'refused']++;
    }),
    { numRuns: 3000 },
  );
  t.diagnostic(JSON.stringify(seen));
});

test('durations after @every are as long as in Go', async (t) => {
  const oracle = await cronOracle(t);
  if (!oracle) return;
  const start = new Date('2026-02-10T12:00:00Z');
  const durations = [
    '90s',
    '1.5h',
    '.5m',
    '5.m',
    '0.1h0.1m',
    '1h-1m',
    '-5h',
    '0',
    '+3m',
    '1500ms',
    '999999us',
    '2562047h47m16.854775807s',
  ];
  for (const duration of [...durations, '3000000000ns', '1m1000000µs', '0.33333333333333333333h', '1e3s']) {
    const schedule = `@every ${duration}`;
    const { error, times } = await oracle.ask({ schedule, timeZone: 'UTC', after: start, count: 2 });
    assert.equal(cronProblem(schedule) === undefined, error === undefined, duration);
    if (error === undefined) assert.deepEqual(next(schedule, 'UTC', start, 2), times, duration);
  }
});

test('names the time that the controller leaves out, for every zone', async (t) => {
  const oracle = await cronOracle(t);
  if (!oracle) return;
  const from = '2026-01-01T00:00:00Z';
  const named = new Set<string>();
  for (const [timeZone] of distinctZones(from, '2027-01-01')) {
    for (const time of ['0 0', '30 0', '0 1', '30 1', '0 2', '15 2', '30 2', '0 3', '30 23']) {
      const schedule = `${time} * * *`;
      const ask = async (zone: string): Promise<Date[]> =>
        (await oracle.ask({ schedule, timeZone: zone, after: new Date(from), count: 360 })).times;
      // A day of the calendar without the run that every day should have.
      const runs: Set<string> = new Set(
        (await ask(timeZone)).map((run) => timeInZone(run, timeZone).slice(0, 16)),
      );
      const wanted: string[] = (await ask('UTC')).slice(2, -2).map((run) => wallText(run.getTime() / 1000));
      const missing = wanted.find((wall) => !runs.has(wall));
      assert.equal(
        cronSchedule(schedule, timeZone).skippedTime(new Date(from)),
        missing,
        `${schedule} ${timeZone}`,
      );
      if (missing) named.add(missing);
    }
  }
  t.diagnostic(`skipped: ${[...named].sort().join(', ')}`);
  assert.ok(named.has('2026-03-29 02:30'));
});
