import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { apiClientPython } from './apiClientPython.ts';
import { testDrive } from './testDrive.ts';

test('google-api-python-client makes a spreadsheet, writes it, reads it and adds a tab', async (t) => {
  const python = await apiClientPython(t);
  if (python === undefined) return;
  const { fake } = await testDrive(t);
  const job = JSON.stringify({ url: fake.url, credentials: fake.credentials });

  const { stdout } = await promisify(execFile)(python, [
    '-B',
    join(import.meta.dirname, 'testSheets.py'),
    job,
  ]);

  const result = JSON.parse(stdout);
  assert.equal(result.updated.updatedRange, "'Ann''s sales/2026'!A1:B4");
  assert.equal(result.batch.totalUpdatedCells, 2);
  assert.deepEqual(result.read, [['id', 'name'], [1, 'Ünï'], [2, '=1+1'], ['9007199254740993', true], [3]]);
  assert.deepEqual(
    result.both.map((one: { values: unknown }) => one.values),
    [[['id']], [['Ünï']]],
  );
  assert.deepEqual(result.errors, [
    [400, "Range ('Ann''s sales/2026'!A1001) exceeds grid limits. Max rows: 1000, max columns: 26"],
  ]);
  assert.equal(result.added, 'More');
  assert.deepEqual(
    result.seen.map(({ properties }: { properties: unknown }) => properties),
    [{ title: "Ann's sales/2026" }, { title: 'More', hidden: true }],
  );
  assert.deepEqual(fake.sheets(result.key)[0]?.values, [['id', 'name']]);
});
