import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cronOracle } from './cronOracle.ts';

test('the oracle skips and doubles runs at clock changes as the CronJob controller does', async (t) => {
  const oracle = await cronOracle(t);
  if (!oracle) return;
  const timesFrom = async (day: string) => {
    const after = new Date(`${day}T00:00:00Z`);
    const question = { schedule: '30 2 * * *', timeZone: 'Europe/Berlin', after, count: 3 };
    return (await oracle.ask(question)).times.map((time) => time.toISOString().slice(0, 16));
  };
  assert.deepEqual(await timesFrom('2026-03-28'), [
    '2026-03-28T01:30',
    '2026-03-30T00:30',
    '2026-03-31T00:30',
  ]);
  assert.deepEqual(await timesFrom('2026-10-25'), [
    '2026-10-25T00:30',
    '2026-10-25T01:30',
    '2026-10-26T01:30',
  ]);
});

test('many questions at once get each its own answer; a schedule that is refused or never fires says so', async (t) => {
  const oracle = await cronOracle(t);
  if (!oracle) return;
  const ask = (schedule: string) =>
    oracle.ask({ schedule, timeZone: 'UTC', after: new Date('2026-01-01T00:00:00Z'), count: 1 });
  const hours = Array.from({ length: 24 }, (_, hour) => hour);
  const answers = await Promise.all(hours.map((hour) => ask(`0 ${hour} * * *`)));
  assert.deepEqual(
    answers.map(({ times }) => times[0]?.getUTCHours()),
    hours,
  );
  assert.match((await ask('0 2 * * 7')).error ?? '', /end of range \(7\) above maximum \(6\)/);
  assert.deepEqual(await ask('0 2 31 2 *'), { times: [] });
});
