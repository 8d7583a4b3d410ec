import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { dateSerial, type Serial, timeSerial, timestampSerial, writeSerial } from './xlsxSerial.ts';

const epoch = Date.UTC(1899, 11, 30);

/** The number as a sheet has it, or undefined if the text has to stay a text. */
function written(read: typeof dateSerial, text: string): string | undefined {
  const serial: Serial = { days: 0, micros: 0 };
  const source = Buffer.from(`before${text}`);
  if (!read(source, 6, source.length, serial)) return undefined;
  const target = Buffer.alloc(40);
  return target.toString('latin1', 0, writeSerial(serial, target, 0));
}

test('a moment is days since 1899-12-30, to the microsecond as far as a double goes', () => {
  const moments = fc.integer({ min: Date.UTC(1900, 2, 1), max: Date.UTC(9999, 11, 31) });
  fc.assert(
    fc.property(moments, fc.integer({ min: 0, max: 999_999 }), (milliseconds, micros) => {
      const second = Math.floor(milliseconds / 1000);
      const text = `${new Date(second * 1000).toISOString().slice(0, 19).replace('T', ' ')}.${String(micros).padStart(6, '0')}`;
      const number = Number(written(timestampSerial, text));
      const expected = (second * 1000 - epoch) / 86_400_000 + micros / 86_400_000_000;
      assert.ok(Math.abs(number - expected) < 1e-9, `${text}: ${number} instead of ${expected}`);
    }),
  );
});

test('a time of day is the part of the day that is the nearest double', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 0, max: 86_399 }),
      fc.integer({ min: 0, max: 999_999 }),
      (second, micros) => {
        const clock = new Date(second * 1000).toISOString().slice(11, 19);
        const number = Number(written(timeSerial, `${clock}.${String(micros).padStart(6, '0')}`));
        assert.ok(Math.abs(number - (second + micros / 1e6) / 86_400) < 1e-15);
      },
    ),
  );
});

test('an offset moves to UTC, over midnight and with minutes and seconds', () => {
  assert.equal(
    written(timestampSerial, '2024-01-01 00:00:00+05'),
    written(timestampSerial, '2023-12-31 19:00:00'),
  );
  assert.equal(
    written(timestampSerial, '2024-12-31 23:59:59.5-03:30'),
    written(timestampSerial, '2025-01-01 03:29:59.5'),
  );
  assert.equal(
    written(timestampSerial, '1900-06-01 00:00:00+05:41:16'),
    written(timestampSerial, '1900-05-31 18:18:44'),
  );
});

test('what Excel cannot hold stays a text', () => {
  const outside = ['infinity', '-infinity', '1900-02-28', '0044-03-15 BC', '10000-01-01', '2024-01-01 BC'];
  for (const text of outside) assert.equal(written(dateSerial, text), undefined, text);
  const moments = [
    ...[
      'infinity',
      '-infinity',
      '1900-02-28 23:59:59',
      '2024-01-01 00:00:00 BC',
      '2024-01-01 00:00:00+00 BC',
    ],
    ...['10000-01-01 00:00:00', '1900-03-01 00:00:00+01', '9999-12-31 23:59:59-01'],
  ];
  for (const text of moments) assert.equal(written(timestampSerial, text), undefined, text);
  assert.equal(written(timeSerial, '24:00:00'), undefined);
});

test('the last moments of 9999 do not become the year 10000', () => {
  for (const text of ['9999-12-31 23:59:59.999999', '9999-12-31 23:59:59.9995', '9999-12-31 23:59:59.999']) {
    const number = Number(written(timestampSerial, text));
    assert.equal(Math.round((number - 2_958_465) * 86_400_000), 86_399_999, text);
  }
});
