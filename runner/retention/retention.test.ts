import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { type RetentionRules, retention } from './retention.ts';

const set = (time: string) => ({ id: time, time: new Date(time) });
const now = new Date('2026-03-10T12:00Z');
const day = 86_400_000;

const decide = (times: string[], rules: Partial<RetentionRules>, timeZone = 'UTC') => {
  const { keep, remove } = retention(times.map(set), { minKeep: 1, ...rules }, now, timeZone);
  return {
    keep: Object.fromEntries(keep.map((decision) => [decision.set.id, decision.why])),
    remove: Object.fromEntries(remove.map((decision) => [decision.set.id, decision.why])),
  };
};

test('keeps everything where nothing limits age or count', () => {
  assert.deepEqual(decide(['2001-01-01T00:00Z'], {}).keep, {
    '2001-01-01T00:00Z': 'nothing limits age or count',
  });
});

test('removes sets older than maxAgeDays, to the second', () => {
  const { keep, remove } = decide(['2026-03-09T00:00Z', '2026-03-03T12:00:00Z', '2026-03-03T11:59:59Z'], {
    maxAgeDays: 7,
  });
  assert.deepEqual(Object.keys(keep), ['2026-03-09T00:00Z', '2026-03-03T12:00:00Z']);
  assert.deepEqual(remove, { '2026-03-03T11:59:59Z': 'older than 7 days' });
});

test('removes sets beyond maxCount, the oldest first', () => {
  const { remove } = decide(['2026-03-01T00:00Z', '2026-03-03T00:00Z', '2026-03-02T00:00Z'], { maxCount: 2 });
  assert.deepEqual(remove, { '2026-03-01T00:00Z': 'beyond the newest 2' });
});

test('never goes below minKeep, however old the sets are', () => {
  const { keep, remove } = decide(['2020-01-01T00:00Z', '2020-01-02T00:00Z', '2020-01-03T00:00Z'], {
    maxAgeDays: 1,
    minKeep: 2,
  });
  assert.deepEqual(keep, {
    '2020-01-03T00:00Z': 'one of the 2 that always stay',
    '2020-01-02T00:00Z': 'one of the 2 that always stay',
  });
  assert.deepEqual(Object.keys(remove), ['2020-01-01T00:00Z']);
});

test('keeps the newest set of each day, of as many days as have one', () => {
  const { keep, remove } = decide(
    ['2026-03-01T02:00Z', '2026-03-01T14:00Z', '2026-02-20T02:00Z', '2026-02-19T02:00Z'],
    { maxAgeDays: 1, keepDaily: 2 },
  );
  assert.deepEqual(keep, {
    '2026-03-01T14:00Z': 'one of the 1 that always stay',
    '2026-02-20T02:00Z': 'newest of 2026-02-20',
  });
  assert.deepEqual(Object.keys(remove), ['2026-03-01T02:00Z', '2026-02-19T02:00Z']);
});

test('counts days, weeks and months in the zone of the backup', () => {
  // 22:30 UTC is the next day in Moscow: both sets are of the same Moscow day.
  const times = ['2026-02-28T22:30Z', '2026-03-01T10:00Z'];
  assert.deepEqual(Object.keys(decide(times, { maxAgeDays: 1, keepDaily: 5 }, 'Europe/Moscow').remove), [
    '2026-02-28T22:30Z',
  ]);
  assert.deepEqual(decide(times, { maxAgeDays: 1, keepDaily: 5 }, 'UTC').remove, {});
  assert.deepEqual(
    decide(times, { maxAgeDays: 1, keepMonthly: 5 }, 'UTC').keep['2026-02-28T22:30Z'],
    'newest of 2026-02',
  );
});

test('counts ISO weeks over the turn of the year', () => {
  const { keep, remove } = decide(
    ['2025-12-28T12:00Z', '2025-12-29T12:00Z', '2026-01-04T12:00Z', '2026-01-05T12:00Z'],
    { maxAgeDays: 1, keepWeekly: 9 },
  );
  assert.deepEqual(keep, {
    '2026-01-05T12:00Z': 'one of the 1 that always stay',
    '2026-01-04T12:00Z': 'newest of 2026-W01',
    '2025-12-28T12:00Z': 'newest of 2025-W52',
  });
  assert.deepEqual(Object.keys(remove), ['2025-12-29T12:00Z']);
});

test('keeps its promises for any sets and rules', () => {
  const rules = fc.record(
    {
      maxAgeDays: fc.integer({ min: 1, max: 40 }),
      maxCount: fc.integer({ min: 1, max: 20 }),
      keepDaily: fc.nat(9),
      keepWeekly: fc.nat(9),
      keepMonthly: fc.nat(9),
    },
    { requiredKeys: [] },
  );
  fc.assert(
    fc.property(
      fc.array(fc.nat(80 * 24), { maxLength: 60 }),
      rules,
      fc.integer({ min: 1, max: 10 }),
      (hours, some, minKeep) => {
        const sets = hours.map((hour, id) => ({
          id: String(id),
          time: new Date(now.getTime() - hour * 3_600_000),
        }));
        const { keep, remove } = retention(sets, { ...some, minKeep }, now, 'America/New_York');
        assert.equal(keep.length + remove.length, sets.length);
        assert.ok(keep.length >= Math.min(minKeep, sets.length));
        const newest = Math.max(...sets.map(({ time }) => time.getTime()));
        for (const { set } of remove) {
          assert.ok(set.time.getTime() <= newest && keep.some((kept) => kept.set.time >= set.time));
          const old =
            some.maxAgeDays !== undefined && now.getTime() - set.time.getTime() > some.maxAgeDays * day;
          assert.ok(old || some.maxCount !== undefined);
        }
      },
    ),
  );
});
