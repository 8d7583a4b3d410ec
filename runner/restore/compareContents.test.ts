import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import type { ManifestTable } from '../../crds/manifest.ts';
import { testDatabase, testPostgres } from '../../sandbox/testing.ts';
import { uriTarget } from '../database/databaseTarget.ts';
import { RowChecksums } from '../exporters/rowChecksums.ts';
import { connectedClient, exportFromServer } from '../exporters/rowTesting.ts';
import { runProgress } from '../progress.ts';
import { compareContents } from './compareContents.ts';

const never = new AbortController().signal;

const shop = `
CREATE SCHEMA books;
CREATE TABLE customers (id int PRIMARY KEY, name text, at timestamptz, price money);
INSERT INTO customers SELECT n, 'Ann ' || n, timestamptz '2026-01-01 12:00+03' + n * interval '1 h', n::money FROM generate_series(1, 300) n;
CREATE TABLE books.entries (id int, note text); INSERT INTO books.entries SELECT n, repeat('x', n) FROM generate_series(1, 100) n;
CREATE VIEW seen AS SELECT id FROM customers;
CREATE MATERIALIZED VIEW sums AS SELECT count(*) FROM customers;`;

/** A database and what the manifest of its backup says of it. */
async function backedUp(t: TestContext, sql: string) {
  const uri = await testDatabase(t, sql);
  const client = await connectedClient(t, uri);
  // As a snapshot has it; the names of the settings are those of openSnapshot.
  await client.query("SET TimeZone = 'UTC'; SET DateStyle = 'ISO, YMD'");
  const sums = new RowChecksums();
  const tables = await exportFromServer(client, [sums], ['*.*', 'public.seen']);
  const listed = tables.map(({ schema, name, title }, index): ManifestTable => {
    return { schema, name, title, rows: 0, checksum: sums.checksums[index] ?? '' };
  });
  return { uri, tables: listed };
}

function compared(uri: string, tables: readonly ManifestTable[], format: 'sql' | 'json' = 'sql') {
  const target = uriTarget(uri, 'the test');
  return compareContents({ target, tables, format, progress: runProgress() }, never);
}

test('the same rows in another order, under other settings of the database, are the same', async (t) => {
  const { tables } = await backedUp(t, shop);
  const { query } = await testPostgres(t);
  const other = await testDatabase(t);
  const name = new URL(other).pathname.slice(1);
  await query(
    `ALTER DATABASE "${name}" SET TimeZone = 'Asia/Tokyo'; ALTER DATABASE "${name}" SET DateStyle = 'German';
     ALTER DATABASE "${name}" SET extra_float_digits = -5`,
  );
  await query(`SET TimeZone = 'UTC'; SET DateStyle = 'ISO, YMD'; ${shop}`, other);
  await query(
    'UPDATE customers SET name = name WHERE id % 3 = 0; CLUSTER customers USING customers_pkey',
    other,
  );
  // The two tables; what is computed is not compared.
  assert.equal(await compared(other, tables), 2);
});

test('one value that differs is ContentDiffers, which names the table and not the value', async (t) => {
  const { uri, tables } = await backedUp(t, shop);
  const { query } = await testPostgres(t);
  assert.equal(await compared(uri, tables), 2);
  await query("UPDATE books.entries SET note = 'secret' WHERE id = 7", uri);
  await assert.rejects(compared(uri, tables), {
    reason: 'ContentDiffers',
    message: 'Other values than the backup read are in books.entries, though the number of rows is right.',
  });
  await query("UPDATE customers SET at = at + interval '1 us' WHERE id = 1", uri);
  await assert.rejects(compared(uri, tables), { message: /are in books\.entries, public\.customers, / });
});

test('tables without a checksum, and what came from json, are not compared', async (t) => {
  const { uri, tables } = await backedUp(t, shop);
  const { query } = await testPostgres(t);
  await query('UPDATE customers SET id = id + 1000', uri);
  const without = tables.map(({ checksum, ...table }) =>
    table.name === 'customers' ? table : { ...table, checksum: checksum ?? '' },
  );
  assert.equal(await compared(uri, without), 1);
  assert.equal(await compared(uri, tables, 'json'), 0);
  assert.equal(await compared(uri, []), 0);
});
