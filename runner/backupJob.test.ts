import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { manifest } from '../crds/manifest.ts';
import { runReport } from '../crds/runReport.ts';
import { runWorld } from '../sandbox/runWorld.ts';
import { requireProgram } from '../sandbox/testing.ts';
import { exitStatus } from './exitStatus.ts';

const shop = `CREATE TABLE items (id int PRIMARY KEY, name text);
  INSERT INTO items SELECT i, 'item ' || i FROM generate_series(1, 1000) i;
  CREATE TABLE orders (id int, item int REFERENCES items); INSERT INTO orders VALUES (1, 1), (2, 5);`;

test('makes a whole set of four formats, mails it and says so', async (t) => {
  if (!requireProgram(t, 'pg_dump', 'apt-get install postgresql-client')) return;
  const world = await runWorld(t, shop);
  const report = runReport.parse(await world.run(world.backup({ formats: ['csv', 'xlsx', 'json', 'sql'] })));
  assert.equal(report.message, undefined);
  assert.equal(report.result, 'Succeeded');
  assert.equal(exitStatus(report), 0);
  assert.equal(report.rows, 1002);
  const { set } = report;
  assert.match(set ?? '', /^backup_\d{8}_\d{6}$/);
  assert.deepEqual(
    world.names(),
    ['.csv.zip', '.json', '.manifest.json', '.sql.gz', '.xlsx'].map((end) => set + end),
  );
  const file = world.google.files().find(({ name }) => name === `${set}.manifest.json`);
  const content = manifest.parse(JSON.parse(await readFile(file?.content?.path ?? '', 'utf8')));
  assert.deepEqual(
    content.tables.map(({ title, rows }) => [title, rows]),
    [
      ['items', 1000],
      ['orders', 2],
    ],
  );
  assert.equal(content.files.length, 4);
  assert.equal(report.email?.result, 'Sent');
  const mail = await world.mailbox.waitForMessage();
  assert.match(mail.subject, /✓ shop\/shop/);
  assert.deepEqual(world.google.bugs, []);
});
