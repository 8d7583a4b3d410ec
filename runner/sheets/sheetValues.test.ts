import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { connectedClient } from '../exporters/rowTesting.ts';
import { createTypes, typedColumns } from '../exporters/typeValues.ts';
import { sheetsWorld } from './sheetsFixture.ts';

/** Every code point that PostgreSQL takes (no NUL, no lone surrogates), and what Sheets would parse if it were asked to. */
const text = fc
  .oneof(
    fc.constantFrom(
      "'",
      "'00123",
      '=1+1',
      '+7',
      '-7',
      '@x',
      '00123',
      '1e5',
      '12345678901234567',
      '2026-02-10',
      'TRUE',
      '#N/A',
    ),
    fc.string({ unit: 'binary', maxLength: 20 }),
    fc
      .tuple(fc.constantFrom("'", '=', '+', ' ', '\t', '\ufeff', '\n'), fc.string({ unit: 'binary' }))
      .map((parts) => parts.join('')),
  )
  .map((value) => value.replaceAll('\u0000', ''));
const columns: [string, fc.Arbitrary<string>][] = [...typedColumns, ['text', text]];
const names = columns.map((_, index) => `c${index}`);
const row = fc.tuple(...columns.map(([, values]) => fc.option(values, { freq: 6 })));

/** What docs/sheets.md says of a value, by its type and its text. */
function cellOf(type: string, value: string, numbers: 'Text' | 'Number'): unknown {
  if (value === '') return '';
  if (type === 'boolean') return value === 't';
  // A domain is what it is made of.
  const isInteger = ['int2', 'int4', '"sub count"'].includes(type);
  const isFloat =
    /^float[48]$/.test(type) && Number.isFinite(Number(value)) && Math.abs(exponentOf(value)) < 307;
  const isExact = /^(int8|numeric(\(20,4\))?)$/.test(type) && numbers === 'Number' && hasDigits(value, 15);
  // A cell has no -0.
  return isInteger || isFloat || isExact ? Number(value) + 0 : value;
}

const exponentOf = (value: string) => Number(/e([+-]\d+)$/.exec(value)?.[1] ?? 0);

/** Zeros before the number, and after its places, do not count. */
function hasDigits(value: string, most: number): boolean {
  if (!/^-?\d+(\.\d+)?$/.test(value)) return false;
  const shown = value.includes('.') ? value.replace(/0+$/, '') : value;
  return shown.replace(/^-?[0.]*/, '').replace('.', '').length <= most;
}

/** As values.get gives them: without what is empty at the end. */
function withoutEmptyEnds(rows: readonly (readonly unknown[])[]): unknown[][] {
  const trimmed = rows.map((cells) => cells.slice(0, cells.findLastIndex((cell) => cell !== '') + 1));
  return trimmed.slice(0, trimmed.findLastIndex((cells) => cells.length > 0) + 1);
}

test('what stands in the cells is what the documentation says, for all types and any text', async (t) => {
  const sheets = await sheetsWorld(t, createTypes);
  const client = await connectedClient(t, sheets.world.uri);
  const types = columns.map(([type]) => type);
  await client.query(
    `CREATE TABLE "all types" (n serial, ${types.map((type, index) => `${names[index]} ${type}`).join(', ')})`,
  );
  await client.query("SET TimeZone = 'UTC'");
  // What the type's output function gives, where a cast would trim char(n); '' for NULL.
  const texts = names.map((name) => `format('%s', ${name})`);
  await fc.assert(
    fc.asyncProperty(
      fc.array(row, { maxLength: 8 }),
      fc.constantFrom('Text' as const, 'Number' as const),
      fc.integer({ min: 60, max: 4000 }),
      async (rows, numbers, batchBytes) => {
        await client.query('TRUNCATE "all types"');
        for (const values of rows) {
          const casts = types.map((type, index) => `$${index + 1}::text::${type}`);
          await client.query(`INSERT INTO "all types" (${names.join(', ')}) VALUES (${casts})`, values);
        }
        const query = `SELECT ${names.join(', ')} FROM "all types" ORDER BY n`;
        const report = await sheets.run([{ name: 'T', query, header: false, numbers }], { batchBytes });
        assert.equal(report.result, 'Succeeded', String(report.message));
        const { rows: found } = await client.query<string[]>({
          text: `SELECT ${texts.join(', ')} FROM "all types" ORDER BY n`,
          rowMode: 'array',
        });
        const expected = found.map((values) =>
          values.map((value, index) => cellOf(types[index] ?? '', value, numbers)),
        );
        assert.deepEqual(await sheets.values('T'), withoutEmptyEnds(expected));
      },
    ),
    { numRuns: 60 },
  );
});
