import assert from 'node:assert/strict';
import { test } from 'node:test';
import { column } from '../exporters/rowTesting.ts';
import { needsJSON } from './columnKind.ts';
import { quotedIdentifier, selectedFields, selectStatement } from './selectStatement.ts';

const columns = [
  column('id', 23),
  column('Tags "x"', 1009, { array: true }),
  column('pair', 16_500, { typeKind: 'c' }),
];

test('all columns come in order, and with JSON to_json of those that need it behind them', () => {
  const table = { schema: 'My schema', name: 'a"b', columns, only: true };
  const source = 'ONLY "My schema"."a""b" AS t';
  assert.equal(selectStatement(table, false), `SELECT t."id", t."Tags ""x""", t."pair" FROM ${source}`);
  assert.equal(
    selectStatement(table, true),
    `SELECT t."id", t."Tags ""x""", t."pair", pg_catalog.to_json(t."Tags ""x"""), pg_catalog.to_json(t."pair") FROM ${source}`,
  );
  assert.equal(selectedFields(columns, false), 3);
  assert.equal(selectedFields(columns, true), 5);
});

test('a table without columns and one with its partitions are selected too', () => {
  assert.equal(
    selectStatement({ schema: 's', name: 't', columns: [], only: false }, true),
    'SELECT  FROM "s"."t" AS t',
  );
});

test('arrays, vectors, composites and created base types need to_json; others say it in their own text', () => {
  const needing = [
    column('a', 1007, { array: true }),
    column('v', 22),
    column('c', 20_000, { typeKind: 'c' }),
    column('hstore', 20_001),
    column('record', 2249, { typeKind: 'p' }),
  ];
  assert.deepEqual(needing.filter(needsJSON), needing);
  const plain = [
    column('n', 1700),
    column('e', 20_002, { typeKind: 'e' }),
    column('r', 3904, { typeKind: 'r' }),
    column('m', 4451, { typeKind: 'm' }),
    column('x', 142),
  ];
  assert.deepEqual(plain.filter(needsJSON), []);
});

test('an identifier cannot end its own quotes', () => {
  assert.equal(quotedIdentifier('a"; DROP TABLE b; --'), '"a""; DROP TABLE b; --"');
});
