import assert from 'node:assert/strict';
import { test } from 'node:test';
import { countOf, durationInWords, onOneLine, sizeInWords, timeInWords } from './inWords.ts';

test('sizes have binary units and one digit at most', () => {
  const sizes = [0, 1023, 1024, 12_345_678, 1_048_524, 1_048_525, 15 * 1024 ** 3, 1_500_000_000_000].map(
    sizeInWords,
  );
  assert.deepEqual(sizes, ['0 B', '1023 B', '1 KiB', '11.8 MiB', '1023.9 KiB', '1 MiB', '15 GiB', '1.4 TiB']);
});

test('durations have at most two units and never sixty of one', () => {
  const durations = [0, 0.04, 9.94, 9.96, 59.4, 59.6, 72, 3_599.4, 3_599.6, 7_500, 90_000].map(
    durationInWords,
  );
  assert.deepEqual(durations, [
    ...['0.0 s', '0.0 s', '9.9 s', '10 s', '59 s', '1 min 0 s', '1 min 12 s', '59 min 59 s'],
    ...['1 h 0 min', '2 h 5 min', '25 h 0 min'],
  ]);
});

test('counts have separators and a noun in the right number', () => {
  assert.deepEqual(
    [countOf(0, 'row'), countOf(1, 'row'), countOf(300_123, 'row')],
    ['0 rows', '1 row', '300,123 rows'],
  );
});

test('times are those of the zone, also where it changes the clock', () => {
  assert.equal(timeInWords('2026-02-09T23:00:03Z', 'Europe/Moscow'), 'Tue, 10 Feb 2026, 02:00:03');
  assert.equal(timeInWords('2026-07-01T00:00:00Z', 'America/New_York'), 'Tue, 30 Jun 2026, 20:00:00');
});

test('a name stays on one line and cannot turn the text after it', () => {
  assert.equal(onOneLine('a\r\n\tb  c'), 'a b c');
  assert.equal(onOneLine('x\u202egnp.exe\u0000\u2028y\ud800'), 'x\ufffdgnp.exe\ufffd\ufffdy\ufffd');
  assert.equal(onOneLine('👩‍👩‍👧 שלום'), '👩‍👩‍👧 שלום');
  assert.equal(onOneLine('😀'.repeat(20), 10), `${'😀'.repeat(9)}…`);
});
