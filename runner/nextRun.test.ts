import assert from 'node:assert/strict';
import { test } from 'node:test';
import { nextRun } from './nextRun.ts';

const now = new Date('2026-03-28T12:00:00Z');
const spec = { schedule: '0 2 * * *', timeZone: 'Europe/Moscow', suspend: false };

test('the next run is the next time of the schedule, in its zone', () => {
  assert.equal(nextRun(spec, now), '2026-03-28T23:00:00.000Z');
  assert.equal(nextRun({ ...spec, timeZone: 'UTC' }, now), '2026-03-29T02:00:00.000Z');
});

test('there is none on demand only, while suspended, for a date that never comes and for what nobody can know', () => {
  for (const changes of [
    { schedule: undefined },
    { suspend: true },
    { schedule: '0 2 31 2 *' },
    { schedule: '@every 6h' },
    { schedule: 'at two' },
  ]) {
    assert.equal(nextRun({ ...spec, ...changes }, now), undefined);
  }
});
