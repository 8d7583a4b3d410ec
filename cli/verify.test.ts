import assert from 'node:assert/strict';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { testBackup, testDriveBackup } from './testBackup.ts';
import { withPgDump } from './testCommand.ts';

test('verify --deep parses csv, xlsx, json and sql and finds the rows of the manifest in each', async (t) => {
  if (!withPgDump(t)) return;
  const sql = `
    CREATE TABLE plain (id int, text text);
    INSERT INTO plain SELECT n, E'a"\\n,' || n FROM generate_series(1, 3000) n;
    CREATE TABLE parts (id int) PARTITION BY RANGE (id);
    CREATE TABLE parts_low PARTITION OF parts FOR VALUES FROM (0) TO (50);
    CREATE TABLE "Parts ""High""" PARTITION OF parts FOR VALUES FROM (50) TO (100);
    INSERT INTO parts SELECT generate_series(0, 99);
    CREATE MATERIALIZED VIEW seen AS SELECT * FROM plain LIMIT 7;
    CREATE SCHEMA other;
    CREATE TABLE other.plain (only_null int);
    INSERT INTO other.plain VALUES (NULL), (NULL);
  `;
  for (const compression of ['Auto', 'Zstd', 'Gzip', 'None']) {
    const backup = await testBackup(t, { formats: ['csv', 'xlsx', 'json', 'sql'], compression }, { sql });
    const name = await backup.run();
    const { status, stdout } = await backup.command(['verify', '--set', 'latest', '--deep']);
    assert.equal(status, 0, stdout);
    const lines = stdout.trimEnd().split('\n');
    assert.equal(lines[0], name);
    assert.equal(lines.filter((line) => /^ {2}✓ .*, 3,109 rows$/.test(line)).length, 4, stdout);
    assert.equal(lines.length, 6);
  }
});

test('verify --deep parses a single table as plain and as compressed csv', async (t) => {
  const sql = `CREATE TABLE t (a text); INSERT INTO t VALUES (NULL), (''), ('\\.'), (E'x\\n"y'), (NULL)`;
  for (const compression of ['None', 'Gzip', 'Zstd']) {
    const backup = await testBackup(t, { formats: ['csv', 'xlsx', 'json'], compression }, { sql });
    await backup.run();
    const { status, stdout } = await backup.command(['verify', '--all', '--deep', '-o', 'json']);
    assert.equal(status, 0, stdout);
    const [set] = JSON.parse(stdout).sets;
    assert.equal(set.ok, true);
    assert.deepEqual(
      set.files.map(({ rows }: { rows?: number }) => rows),
      [5, 5, 5, undefined],
    );
  }
});

test('verify finds bytes that changed behind the back of the destination', async (t) => {
  const backup = await testDriveBackup(t, { formats: ['json', 'xlsx'] });
  const name = await backup.run();
  const stored = backup.google.files().find((file) => file.name === `${name}.json`)?.content?.path;
  assert.ok(stored);
  const bytes = await readFile(stored);
  bytes[bytes.length - 4] = (bytes.at(-4) ?? 0) ^ 1;
  await writeFile(stored, bytes);
  for (const deep of [[], ['--deep']]) {
    const { status, stdout } = await backup.command(['verify', '--set', 'latest', ...deep]);
    assert.equal(status, 1);
    assert.match(
      stdout,
      new RegExp(`✗ ${name}.json: ChecksumMismatch: it has other bytes than were written`),
    );
    assert.match(stdout, new RegExp(`✓ ${name}.xlsx: `));
    assert.match(stdout, new RegExp(`✓ ${name}.manifest.json: `));
  }
});

test('verify tells rows that the manifest does not have, though the bytes are those that were written', async (t) => {
  const backup = await testBackup(t, { formats: ['csv', 'json'] });
  const name = await backup.run();
  const path = join(backup.folder, `${name}.manifest.json`);
  const manifest = JSON.parse(await readFile(path, 'utf8'));
  manifest.tables[0].rows += 1;
  await writeFile(path, JSON.stringify(manifest));
  const { status, stdout } = await backup.command(['verify', '--set', name, '--deep']);
  assert.equal(status, 1, stdout);
  assert.match(stdout, /✗ .*\.csv\.zip: Internal: table Order Items has 40 rows instead of 41/);
  assert.match(stdout, /✗ .*\.json: Internal: table Order Items has 40 rows instead of 41/);
});

test('verify --all goes on after a damaged set and names what is missing', async (t) => {
  const backup = await testBackup(t, { formats: ['json', 'csv'] });
  const broken = await backup.run();
  const good = await backup.run();
  await rm(join(backup.folder, `${broken}.json`));
  const { status, stdout } = await backup.command(['verify', '--all']);
  assert.equal(status, 1);
  assert.match(stdout, new RegExp(`${broken}: damaged: ${broken}.json is missing`));
  assert.match(stdout, new RegExp(`✗ ${broken}.json: ChecksumMismatch: it is missing`));
  assert.match(stdout, new RegExp(`✓ ${broken}.csv.zip`));
  assert.match(stdout, new RegExp(`^${good}\\n {2}✓ ${good}`, 'm'));
});

test('verify wants either a set or all of them', async (t) => {
  const backup = await testBackup(t);
  for (const args of [['verify'], ['verify', '--all', '--set', 'latest']]) {
    const { status, stderr } = await backup.command(args);
    assert.equal(status, 2);
    assert.match(stderr, /Name one set .* or --all/);
  }
  const none = await backup.command(['verify', '--all']);
  assert.deepEqual([none.status, none.stdout], [0, 'The folder holds no set of this backup.\n']);
});
