import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { copyFile, mkdir, readdir, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { parse } from 'yaml';
import { contentsOf, differences } from '../runner/restore/restoreFixture.ts';
import { pageScripts } from '../sandbox/pageScripts.ts';
import { findProgram } from '../sandbox/postgres/findProgram.ts';
import { type PostgresServer, startPostgres } from '../sandbox/postgres/startPostgres.ts';
import { temporaryDirectory } from '../sandbox/testing.ts';
import { commands } from './commands.ts';
import { testBackup } from './testBackup.ts';
import { withPgDump } from './testCommand.ts';
import { runWithSchema } from './testRestore.ts';

const page = join(dirname(import.meta.dirname), 'docs', 'restore.md');
const example = 'backup_20260210_020000';

const shop = `
CREATE TABLE customers (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, name text, friend int REFERENCES customers);
CREATE TABLE orders (id serial PRIMARY KEY, customer int REFERENCES customers, total numeric, twice numeric GENERATED ALWAYS AS (total * 2) STORED);
INSERT INTO customers (name, friend) SELECT E'Ann "' || n || E'"\\n', CASE WHEN n < 99 THEN n + 1 END FROM generate_series(1, 99) n;
INSERT INTO orders (customer, total) SELECT n, n / 4.0 FROM generate_series(1, 99) n;
CREATE MATERIALIZED VIEW totals AS SELECT customer, sum(total) FROM orders GROUP BY customer`;

/** A server of its own with the shop in it, and how a person runs commands there. */
async function world(t: TestContext, formats: readonly string[]) {
  const server = await startPostgres();
  t.after(() => server.stop());
  const uri = await server.createDatabase('shop');
  await server.query(shop, uri);
  const backup = await testBackup(t, { formats }, { secrets: { own: { uri } } });
  await backup.write({ database: { secretRef: { name: 'own' } } });
  const set = await runWithSchema(backup);
  const folder = await temporaryDirectory(t);
  const run = (script: string) => sh(script, folder, server);
  return { server, uri, backup, set, folder, run };
}

function sh(script: string, cwd: string, { port, password }: PostgresServer): Promise<string> {
  const psql = findProgram('psql')?.path ?? 'psql';
  const env = {
    PATH: `${dirname(psql)}:${process.env.PATH}`,
    ...{ PGHOST: '127.0.0.1', PGPORT: String(port), PGUSER: 'postgres', PGPASSWORD: password },
  };
  return new Promise((resolve, reject) => {
    const child = execFile('sh', ['-euc', script], { cwd, env }, (error, stdout, stderr) =>
      error ? reject(new Error(`${script}\n${stderr}`)) : resolve(stdout),
    );
    child.stdin?.end();
  });
}

/** Restores from the page and compares with the source, but for what a person made beside it. */
async function assertSame(server: PostgresServer, name: string, uri: string): Promise<void> {
  const at = new URL(uri);
  at.pathname = `/${name}`;
  const query = (sql: string, where: string) => server.query(sql, where);
  assert.deepEqual(differences(await contentsOf(query, at.href), await contentsOf(query, uri)), []);
}

test('every command of docs/restore.md does what the page says', async (t) => {
  if (!withPgDump(t)) return;
  const scripts = await pageScripts(page);
  const { server, uri, backup, set, folder, run } = await world(t, ['sql']);
  // What a browser saves, under the names of the page.
  const save = async (name: string) => {
    for (const file of await readdir(backup.folder)) {
      if (!file.startsWith(`${name}.`)) continue;
      await copyFile(join(backup.folder, file), join(folder, file.replace(name, example)));
    }
  };
  await save(set);
  const bySQL = scripts.get('By hand, from sql') ?? [];
  assert.equal(bySQL.length, 4);
  assert.equal(await run(bySQL[0] ?? ''), `${example}.sql.gz: ok\n`);
  for (const script of bySQL.slice(1, 3)) {
    await run(script);
    await assertSame(server, 'restored', uri);
  }
  assert.match(await run(bySQL[3] ?? ''), /\b99\b/);

  await backup.write({ database: { secretRef: { name: 'own' } }, formats: ['csv'] });
  await save(await runWithSchema(backup));
  for (const script of scripts.get('By hand, from csv') ?? []) await run(script);
  await assertSame(server, 'from_csv', uri);
  const alone = scripts.get('One table, by hand') ?? [];
  assert.equal(alone.length, 1);
  await run(alone[0] ?? '');
  assert.deepEqual([...scripts.values()].flat().length, 7);
});

test('the options of the page exist', async () => {
  const options = commands.find(({ name }) => name === 'restore')?.options ?? {};
  const section = (await readFile(page, 'utf8')).split(/^## /m)[1] ?? '';
  const named = [...section.matchAll(/--([a-z][a-z-]*)/g)].map(([, name]) => name ?? '');
  assert.deepEqual(
    named.filter((name) => !(name in options)),
    [],
  );
});

for (const formats of [['sql'], ['csv'], ['csv', 'json']]) {
  test(`the manifest's own words restore a set of ${formats.join(' and ')}`, async (t) => {
    if (!withPgDump(t)) return;
    const { server, uri, backup, set, folder, run } = await world(t, formats);
    await mkdir(folder, { recursive: true });
    const { restore } = parse(await readFile(join(backup.folder, `${set}.manifest.json`), 'utf8')) as {
      restore: string[];
    };
    for (const file of await readdir(backup.folder)) {
      if (file.startsWith(`${set}.`)) await copyFile(join(backup.folder, file), join(folder, file));
    }
    await run(`${restore.join('\n')}\n`);
    await assertSame(server, 'restored', uri);
  });
}
