import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { copyFile, readdir, readFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { parse } from 'yaml';
import { requireAge, testKey } from '../runner/encryption/ageFixture.ts';
import { readIdentities } from '../runner/encryption/identities.ts';
import { recipientsOf } from '../runner/encryption/recipients.ts';
import { redactor } from '../runner/redactor.ts';
import { contentsOf, differences } from '../runner/restore/restoreFixture.ts';
import { secretDirectory } from '../runner/secrets.ts';
import { pageScripts } from '../sandbox/pageScripts.ts';
import { findProgram } from '../sandbox/postgres/findProgram.ts';
import { type PostgresServer, startPostgres } from '../sandbox/postgres/startPostgres.ts';
import { temporaryDirectory, testPostgres } from '../sandbox/testing.ts';
import { commands } from './commands.ts';
import { type TestBackup, testBackup } from './testBackup.ts';
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
async function world(t: TestContext, formats: readonly string[], more: Record<string, unknown> = {}) {
  const server = await startPostgres();
  t.after(() => server.stop());
  const uri = await server.createDatabase('shop');
  await server.query(shop, uri);
  const backup = await testBackup(t, { formats, ...more }, { secrets: { own: { uri } } });
  await backup.write({ database: { secretRef: { name: 'own' } } });
  const set = await runWithSchema(backup);
  const folder = await temporaryDirectory(t);
  const run = (script: string) => sh(script, folder, server);
  return { server, uri, backup, set, folder, run };
}

function sh(
  script: string,
  cwd: string,
  { port, password }: Pick<PostgresServer, 'port' | 'password'>,
): Promise<string> {
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

/** What a browser saves of a set; `name` in place of the set's. */
async function save(backup: TestBackup, set: string, folder: string, name = set): Promise<void> {
  for (const file of await readdir(backup.folder)) {
    if (!file.startsWith(`${set}.`)) continue;
    await copyFile(join(backup.folder, file), join(folder, file.replace(set, name)));
  }
}

test('every command of docs/restore.md does what the page says', async (t) => {
  if (!withPgDump(t)) return;
  const scripts = await pageScripts(page);
  const { server, uri, backup, set, folder, run } = await world(t, ['sql']);
  await save(backup, set, folder, example);
  const bySQL = scripts.get('By hand, from sql') ?? [];
  assert.equal(bySQL.length, 4);
  assert.equal(await run(bySQL[0] ?? ''), `${example}.sql.gz: ok\n`);
  for (const script of bySQL.slice(1, 3)) {
    await run(script);
    await assertSame(server, 'restored', uri);
  }
  assert.match(await run(bySQL[3] ?? ''), /\b99\b/);

  await backup.write({ database: { secretRef: { name: 'own' } }, formats: ['csv'] });
  await save(backup, await runWithSchema(backup), folder, example);
  for (const script of scripts.get('By hand, from csv') ?? []) await run(script);
  await assertSame(server, 'from_csv', uri);
  const alone = scripts.get('One table, by hand') ?? [];
  assert.equal(alone.length, 1);
  await run(alone[0] ?? '');
  assert.deepEqual([...scripts.values()].flat().length, 9);
});

/** A key beside the files, under the name that the page gives it, and the spec that encrypts for it. */
async function keyIn(
  t: TestContext,
): Promise<{ encryption: object; putInto(folder: string): Promise<void> }> {
  const { file, recipient } = await testKey(t);
  return {
    encryption: { recipients: [recipient] },
    putInto: (folder) => copyFile(file, join(folder, 'key.txt')),
  };
}

test('every command of docs/restore.md for an encrypted set does what the page says', async (t) => {
  if (!withPgDump(t) || requireAge(t) === undefined) return;
  const { encryption, putInto } = await keyIn(t);
  const { server, uri, backup, set, folder, run } = await world(t, ['sql'], { encryption });
  await putInto(folder);
  await save(backup, set, folder, example);
  const scripts = await pageScripts(page);
  assert.equal(
    await run(scripts.get('By hand, from sql')?.[0] ?? ''),
    `${example}.sql.gz.age: ok\n${example}.tables.json.age: ok\n`,
  );
  const commands = scripts.get('By hand, from an encrypted set') ?? [];
  assert.equal(commands.length, 2);
  for (const script of commands) await run(script);
  await assertSame(server, 'from_encrypted', uri);
  const { tables } = parse(await readFile(join(folder, `${example}.tables.json`), 'utf8'));
  assert.deepEqual(
    tables.map(({ name, rows }: { name: string; rows: number }) => [name, rows]),
    [
      ['customers', 99],
      ['orders', 99],
      ['totals', 99],
    ],
  );
});

test('the keys that docs/encryption.md makes are taken', async (t) => {
  if (requireAge(t) === undefined) return;
  const folder = await temporaryDirectory(t);
  const scripts = await pageScripts(join(dirname(page), 'encryption.md'));
  assert.deepEqual([...scripts.values()].flat().length, 1);
  await sh(scripts.get('Keys')?.[0] ?? '', folder, await testPostgres(t));
  const secrets = secretDirectory(dirname(folder));
  const ref = { name: basename(folder), key: 'recipients.txt' };
  assert.equal((await recipientsOf({ recipientsSecretRef: ref }, secrets))?.length, 1);
  await readIdentities(join(folder, 'key.txt'), redactor());
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

/** The lines under `restore` of a JSON file of the set. */
async function restoreLinesIn(path: string): Promise<string> {
  const { restore } = parse(await readFile(path, 'utf8')) as { restore: string[] };
  return `${restore.join('\n')}\n`;
}

for (const formats of [['sql'], ['csv'], ['csv', 'json']]) {
  test(`the manifest's own words restore a set of ${formats.join(' and ')}`, async (t) => {
    if (!withPgDump(t)) return;
    const { server, uri, backup, set, folder, run } = await world(t, formats);
    await save(backup, set, folder);
    await run(await restoreLinesIn(join(folder, `${set}.manifest.json`)));
    await assertSame(server, 'restored', uri);
  });

  for (const compression of ['Auto', 'Zstd', 'None']) {
    test(`an encrypted set's own words restore its ${formats.join(' and ')} (compression ${compression})`, async (t) => {
      if (!withPgDump(t) || requireAge(t) === undefined) return;
      const { encryption, putInto } = await keyIn(t);
      const made = await world(t, formats, { encryption, compression });
      const { server, uri, backup, set, folder, run } = made;
      await putInto(folder);
      await save(backup, set, folder);
      await run(await restoreLinesIn(join(folder, `${set}.manifest.json`)));
      if (formats.includes('sql')) {
        await assertSame(server, 'restored', uri);
        await run('dropdb restored');
      }
      await run(await restoreLinesIn(join(folder, `${set}.tables.json`)));
      await assertSame(server, 'restored', uri);
    });
  }
}
