import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cronSchedule, defaultStartingDeadline, nextScheduled } from './cronSchedule.ts';
import { BackupError } from './failureReason.ts';
import { timeInZone } from './timeInZone.ts';

const now = new Date('2026-02-10T12:00:00.500Z');

test('tells the next run in the zone of the schedule', () => {
  const next = (expression: string, zone: string) => {
    const date = cronSchedule(expression, zone).next(now);
    return date && timeInZone(date, zone);
  };
  assert.equal(next('0 2 * * *', 'Europe/Berlin'), '2026-02-11 02:00 +01:00');
  assert.equal(next('0 2 * * *', 'UTC'), '2026-02-11 02:00 +00:00');
  assert.equal(next('30 23 * * *', 'America/New_York'), '2026-02-10 23:30 -05:00');
  assert.equal(next('0 2 * * *', 'Asia/Kathmandu'), '2026-02-11 02:00 +05:45');
  assert.equal(next('@every 90s', 'UTC'), '2026-02-10 12:01:30 +00:00');
});

test('a schedule that never fires has no next run', () => {
  for (const never of ['0 2 31 2 *', '0 0 30 FEB ?', ', * * * *']) {
    assert.equal(cronSchedule(never, 'Europe/Berlin').next(now), undefined, never);
  }
  assert.ok(cronSchedule('0 0 29 2 *', 'UTC').next(now));
});

test('@every counts from the last scheduled time', () => {
  const schedule = cronSchedule('@every 6h', 'UTC');
  const since = new Date('2026-02-10T01:15:00Z');
  const next = (at: string) => nextScheduled(schedule, since, new Date(at))?.toISOString();
  assert.equal(next('2026-02-10T02:00:00Z'), '2026-02-10T07:15:00.000Z');
  assert.equal(next('2026-02-10T07:15:00Z'), '2026-02-10T13:15:00.000Z');
  assert.equal(next('2026-02-12T07:14:59Z'), '2026-02-12T07:15:00.000Z');
  assert.equal(
    nextScheduled(cronSchedule('0 2 * * *', 'UTC'), since, now)?.toISOString(),
    '2026-02-11T02:00:00.000Z',
  );
});

test('half the shortest interval is the starting deadline, between one hour and twelve', () => {
  const intervals: [expression: string, interval: number, deadline: number][] = [
    ['0 2 * * *', 86_400, 43_200],
    ['0 2 * * 1-5', 86_400, 43_200],
    ['0 2 * * 0', 7 * 86_400, 43_200],
    ['0 */6 * * *', 21_600, 10_800],
    ['0 9,17 * * *', 8 * 3600, 14_400],
    ['0 1,23 * * *', 7200, 3600],
    ['*/5 * * * *', 300, 3600],
    ['0 0 29 2 *', 1461 * 86_400, 43_200],
    ['@every 10h', 36_000, 18_000],
    ['0 2 31 2 *', Number.POSITIVE_INFINITY, 43_200],
  ];
  for (const [expression, interval, deadline] of intervals) {
    const schedule = cronSchedule(expression, 'Europe/Berlin');
    assert.equal(schedule.shortestInterval(), interval, expression);
    assert.equal(defaultStartingDeadline(schedule), deadline, expression);
  }
});

test('names the time that a change of the clocks skips', () => {
  const skipped = (expression: string, zone: string) => cronSchedule(expression, zone).skippedTime(now);
  assert.equal(skipped('30 2 * * *', 'Europe/Berlin'), '2026-03-29 02:30');
  assert.equal(
    cronSchedule('30 2 * * *', 'Europe/Berlin').skippedTime(new Date('2026-04-01')),
    '2027-03-28 02:30',
  );
  assert.equal(skipped('15 2 * 10 *', 'Australia/Lord_Howe'), '2026-10-04 02:15');
  assert.equal(skipped('0 */2 * * *', 'Europe/Berlin'), '2026-03-29 02:00');
  assert.equal(skipped('0 0 * * *', 'America/Santiago'), '2026-09-06 00:00');
  // These two times exist. Where clocks go back by half an hour, the controller steps from 01:30 over 02:15;
  // looking in vain for a midnight, it passes by the whole day.
  assert.equal(skipped('15 2 * * *', 'Australia/Lord_Howe'), '2026-04-05 02:15');
  assert.equal(skipped('0 5 * * 0', 'Asia/Beirut'), '2026-03-29 05:00');
});

test('a schedule that keeps its distance in spite of the clocks skips nothing', () => {
  for (const expression of [
    '0 * * * *',
    '*/5 * * * *',
    '0 4 * * *',
    '30 2 * * 1',
    '@every 1h',
    '0 1,2,3 * * *',
  ]) {
    assert.equal(cronSchedule(expression, 'Europe/Berlin').skippedTime(now), undefined, expression);
  }
  assert.equal(cronSchedule('30 2 * * *', 'UTC').skippedTime(now), undefined);
  assert.equal(cronSchedule('30 2 * * *', 'Asia/Kolkata').skippedTime(now), undefined);
});

const refused: [expression: string, sentence: RegExp][] = [
  [
    '',
    /^spec\.schedule has 0 fields; a CronJob takes five \(minute, hour, day of month, month, day of week\)/,
  ],
  ['0 0 2 * * *', /has 6 fields/],
  ['0 2 * * 7', /^spec\.schedule has 7 as the day of week: the largest is 6, Saturday; Sunday is 0$/],
  ['0 2 * * 5-7', /has 5-7 as the day of week: the largest is 6/],
  ['0 2 L * *', /has L as the day of month: a CronJob knows no L, W or #; write numbers, 1 to 31/],
  ['0 2 15W * *', /has 15W as the day of month: a CronJob knows no L/],
  ['0 2 * * 1#2', /has 1#2 as the day of week: a CronJob knows no L/],
  ['0 2 * * MONDAY', /has MONDAY as the day of week: write a number, 0 to 6, or a name, SUN to SAT/],
  ['0 2 * JANUAR *', /has JANUAR as the month: write a number, 1 to 12, or a name, JAN to DEC/],
  ['0 22-4 * * *', /has 22-4 as the hour: the range runs backwards; write 4-22, or 22-23,0-4/],
  ['*/0 * * * *', /has \*\/0 as the minute: a step is 1 or more/],
  ['*/x * * * *', /a step is a number, such as \*\/5/],
  ['1/2/3 * * * *', /a step has one slash/],
  ['1-2-3 * * * *', /a range has one hyphen/],
  ['60 2 * * *', /the largest minute is 59/],
  ['0 24 * * *', /the largest hour is 23/],
  ['0 2 0 * *', /the smallest day of month is 1/],
  ['0 2 -1 * *', /has -1 as the day of month: write a number, 1 to 31, or \*/],
  ['TZ=UTC 0 2 * * *', /holds TZ: the time zone goes into spec\.timeZone/],
  ['CRON_TZ=UTC 0 2 * * *', /holds TZ/],
  ['@reboot', /holds the unknown macro @reboot; known are @yearly, .* and @every with a duration/],
  ['@Daily', /unknown macro @Daily/],
  ['@every 1d', /has 1d after @every; write hours, minutes and seconds such as 6h or 1h30m/],
  ['@every ', /a blank before or after/],
  [' @daily', /a blank before or after the macro/],
];
for (const [expression, sentence] of refused) {
  test(`refuses "${expression}" with a sentence`, () => {
    assert.throws(
      () => cronSchedule(expression, 'UTC'),
      (error) =>
        error instanceof BackupError && error.reason === 'InvalidSpec' && sentence.test(error.message),
    );
  });
}

test('refuses a time zone that the API server would refuse', () => {
  assert.throws(() => cronSchedule('@daily', 'europe/berlin'), /spec\.timeZone .*; write Europe\/Berlin$/);
  for (const name of ['', 'Local', '+01:00', 'PST', 'Mars/Base']) {
    assert.throws(() => cronSchedule('@daily', name), /spec\.timeZone is no IANA time zone/, name);
  }
  for (const name of ['UTC', 'US/Eastern', 'Asia/Calcutta', 'EST5EDT', 'Etc/GMT+5', 'GMT']) {
    assert.ok(cronSchedule('@daily', name), name);
  }
});
