import assert from 'node:assert/strict';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { BackupError } from '../crds/failureReason.ts';
import { alteringServer } from '../runner/destinations/alteringServer.ts';
import { fakeProgram } from '../runner/failureFixture.ts';
import { startPostgres } from '../sandbox/postgres/startPostgres.ts';
import { eventually, testDatabase, testPostgres, testPostgres18 } from '../sandbox/testing.ts';
import { smallShop, testBackup } from './testBackup.ts';
import { withPgDump } from './testCommand.ts';
import { runWithSchema, type TestRestore, testRestore } from './testRestore.ts';

/** Where a file of the set lies in the fake. */
function pathOf({ google, set }: TestRestore, extension: string): string {
  const path = google.files().find(({ name }) => name === `${set}.${extension}`)?.content?.path;
  assert.ok(path, `there is no ${set}.${extension}`);
  return path;
}

async function flip(path: string, at: number): Promise<void> {
  const bytes = await readFile(path);
  const place = at < 0 ? bytes.length + at : at;
  bytes[place] = (bytes[place] ?? 0) ^ 1;
  await writeFile(path, bytes);
}

/** Asserts that a restore failed for a reason and that nothing at all is in the target. */
async function assertRefused(
  world: Pick<TestRestore, 'contents' | 'target'>,
  { status, stdout, stderr }: { status: number; stdout: string; stderr: string },
  reason: string,
  message: RegExp,
): Promise<void> {
  assert.match(stderr, message);
  assert.match(stderr, new RegExp(`^ {2}${reason}: `, 'm'));
  assert.notEqual(status, 0);
  assert.equal(stdout, '');
  assert.deepEqual(await world.contents(world.target), {});
}

/** Changes a text of the manifest for another one of the same length. */
async function editManifest(world: TestRestore, text: string | RegExp, by: string): Promise<void> {
  const path = pathOf(world, 'manifest.json');
  const before = await readFile(path, 'utf8');
  const after = before.replace(text, by);
  assert.ok(after !== before && after.length === before.length);
  await writeFile(path, after);
}

const files = [
  { formats: ['sql'], extension: 'sql.gz' },
  { formats: ['sql'], compression: 'None', extension: 'sql' },
  { formats: ['csv'], extension: 'csv.zip' },
  { formats: ['csv'], extension: 'schema.sql' },
  { formats: ['json'], extension: 'json' },
  { formats: ['json'], compression: 'Zstd', extension: 'json.zst' },
];
for (const { extension, ...spec } of files) {
  test(`one flipped byte anywhere in the ${extension} on Drive leaves nothing in the target`, async (t) => {
    if (!withPgDump(t)) return;
    const world = await testRestore(t, spec, smallShop);
    const path = pathOf(world, extension);
    const { length } = await readFile(path);
    for (const part of [0, 0.1, 0.4, 0.7, 1]) {
      const at = Math.round(part * (length - 1));
      await flip(path, at);
      await assertRefused(world, await world.restore(), 'ChecksumMismatch', /other bytes than were written/);
      await flip(path, at);
    }
    assert.equal((await world.restore()).status, 0);
  });
}

test('a byte that flips in transit leaves nothing in the target, and the next restore succeeds', async (t) => {
  if (!withPgDump(t)) return;
  const world = await testRestore(t, { formats: ['sql'], compression: 'None' }, smallShop);
  const id = world.google.files().find(({ name }) => name === `${world.set}.sql`)?.id ?? '';
  let left = 1;
  const url = await alteringServer(t, world.google.url, (request, answer) => {
    if (!request.url.includes(`${id}?`) || !request.url.includes('alt=media') || left-- <= 0) return;
    const at = answer.body.indexOf('Ann');
    answer.body[at] = 0x61;
  });
  const env = { DBBACKUP_GOOGLE_URL: url };
  await assertRefused(
    world,
    await world.restore([], { env }),
    'ChecksumMismatch',
    /other bytes than were written/,
  );
  const { status, stderr } = await world.restore([], { env });
  assert.equal(status, 0, stderr);
});

test('a missing, a swapped and a shortened file are seen before the first statement', async (t) => {
  if (!withPgDump(t)) return;
  const to = await testDatabase(t);
  const server = await testPostgres(t);
  const spoils: [what: string, spoil: (folder: string, set: string) => Promise<void>, message: RegExp][] = [
    ['missing', (folder, set) => rm(join(folder, `${set}.json`)), /json is missing/],
    [
      'swapped',
      async (folder, set) => {
        const [json, sql] = [join(folder, `${set}.json`), join(folder, `${set}.sql.gz`)];
        const content = await readFile(json);
        await writeFile(json, await readFile(sql));
        await writeFile(sql, content);
      },
      /has \d+ bytes instead of \d+/,
    ],
    [
      'shortened',
      async (folder, set) => {
        const sql = join(folder, `${set}.sql.gz`);
        await writeFile(sql, (await readFile(sql)).subarray(0, -1));
      },
      /sql\.gz has \d+ bytes instead of \d+/,
    ],
    ['flipped', (folder, set) => flip(join(folder, `${set}.sql.gz`), 100), /another checksum/],
  ];
  for (const [what, spoil, message] of spoils) {
    const backup = await testBackup(t, { formats: ['json', 'sql'] });
    const set = await runWithSchema(backup);
    await spoil(backup.folder, set);
    const env = { DBBACKUP_PSQL: '/nonexistent/psql' };
    const { status, stderr } = await backup.command(['restore', '--set', set, '--to', to], { env });
    assert.equal(status, 1, what);
    assert.match(stderr, message);
    assert.match(stderr, /^ {2}ChecksumMismatch: /m);
    // The damaged set is no latest one.
    const latest = await backup.command(['restore', '--set', 'latest', '--to', to], { env });
    assert.match(latest.stderr, /There is no good set; damaged: /);
  }
  assert.deepEqual(
    await server.query("SELECT FROM pg_class WHERE relnamespace = 'public'::regnamespace", to),
    [],
  );
});

test('a set whose manifest belongs to another owner is none of ours', async (t) => {
  if (!withPgDump(t)) return;
  const world = await testRestore(t, { formats: ['csv'] }, smallShop);
  await world.write({}, { name: 'other' });
  const { status, stderr } = await world.restore();
  assert.equal(status, 2);
  assert.match(stderr, /The folder holds no set of this backup/);
  assert.deepEqual(await world.contents(world.target), {});
});

test('other rows than the manifest tells are a failure, and nothing is kept', async (t) => {
  if (!withPgDump(t)) return;
  for (const formats of [['sql'], ['csv'], ['json']]) {
    const world = await testRestore(t, { formats }, smallShop);
    await editManifest(world, '"rows": 250,', '"rows": 251,');
    await assertRefused(
      world,
      await world.restore(),
      'RowsDiffer',
      /customers (has|got) 250 rows instead of 251\./,
    );
  }
});

for (const format of ['sql', 'csv', 'json']) {
  test(`a set of ${format} from PostgreSQL 15 comes back in 18, with roles that are made on the way`, async (t) => {
    if (!withPgDump(t)) return;
    const role = `owner_${Math.random().toString(36).slice(2)}`;
    const old = await testPostgres(t);
    await old.query(`CREATE ROLE ${role}`);
    const world = await testRestore(
      t,
      { formats: [format] },
      `${smallShop} ALTER TABLE customers OWNER TO ${role};`,
    );
    t.after(() => old.query(`DROP ROLE ${role}`));
    const server = await testPostgres18(t);
    const to = await server.createDatabase();
    const target = { target: to, contents: (uri: string) => world.contents(uri, server) };
    await assertRefused(
      target,
      await world.restore([], { to }),
      'RoleMissing',
      new RegExp(`has no role ${role}\\.`),
    );
    const { status, stderr } = await world.restore(['--create-roles'], { to });
    assert.equal(status, 0, stderr);
    assert.deepEqual(await world.contents(to, server), await world.contents(world.uri));
    const [owner] = await server.query(
      "SELECT relowner::regrole::text AS owner FROM pg_class WHERE relname = 'customers'",
      to,
    );
    assert.deepEqual(owner, { owner: role });
  });
}

test('a set of PostgreSQL 18 is refused by 15, but its rows come into tables that are there', async (t) => {
  if (!withPgDump(t)) return;
  const world = await testRestore(t, { formats: ['sql'] }, smallShop);
  await editManifest(world, /"serverVersion": "15\.\d+"/, '"serverVersion": "18.18"');
  await assertRefused(
    world,
    await world.restore(),
    'TargetTooOld',
    /taken from PostgreSQL 18\.18, and the target is PostgreSQL 15/,
  );

  const server = await testPostgres18(t);
  const uri = await server.createDatabase();
  await server.query(smallShop, uri);
  const newer = await testBackup(t, { formats: ['csv'] }, { secrets: { 'db-18': { uri } } });
  await newer.write({ database: { secretRef: { name: 'db-18' } } });
  await newer.run();
  const to = await testDatabase(t, smallShop.replaceAll(/^INSERT[\s\S]*?;$/gm, ''));
  const args = ['restore', '--set', 'latest', '--to', to, '--tables', '*'];
  const { status, stderr } = await newer.command(args);
  assert.equal(status, 0, stderr);
  assert.deepEqual(await world.contents(to), await world.contents(uri, server));
});

test('without psql, and with one that is too old, the failure says what to install', async (t) => {
  if (!withPgDump(t)) return;
  const world = await testRestore(t, { formats: ['sql'] }, smallShop);
  const missing = await world.restore([], { env: { DBBACKUP_PSQL: '/nonexistent/psql' } });
  await assertRefused(world, missing, 'PsqlMissing', /There is no psql program at \/nonexistent\/psql/);
  assert.match(missing.stderr, /apt-get install postgresql-client/);
  const old = await fakeProgram(
    t,
    `[ "$1" = --version ] && { echo 'psql (PostgreSQL) 15.2'; exit; }
     printf '%s\\n' 'invalid command \\restrict' >&2; exit 3`,
  );
  await assertRefused(
    world,
    await world.restore([], { env: { DBBACKUP_PSQL: old } }),
    'PsqlTooOld',
    /does not know/,
  );
});

test('what the server quotes of rows is not shown', async (t) => {
  if (!withPgDump(t)) return;
  // Fails everywhere but in the source, with the row in its words.
  const secret = 'Geheimnis-4711';
  const sql = `CREATE FUNCTION here(line text) RETURNS boolean LANGUAGE plpgsql AS $$ BEGIN
      IF current_setting('application_name') = 'database-backup' THEN RAISE EXCEPTION 'no room for %', line USING DETAIL = line; END IF;
      RETURN true;
    END $$;
    CREATE TABLE notes (line text CHECK (public.here(line))); INSERT INTO notes VALUES ('${secret}')`;
  for (const formats of [['sql'], ['csv'], ['json']]) {
    const world = await testRestore(t, { formats, compression: 'None' }, sql);
    const result = await world.restore();
    await assertRefused(
      world,
      result,
      'RestoreFailed',
      /PostgreSQL refused while loading table \S*notes\S*: SQLSTATE P0001\./,
    );
    assert.doesNotMatch(result.stderr, new RegExp(secret));
  }
});

/** A world whose restore takes long enough to be disturbed: the fake sends the file slowly. */
async function slowRestore(t: TestContext, format: string): Promise<TestRestore> {
  const rows = `CREATE TABLE big (id int, text text); INSERT INTO big SELECT n, md5(n::text) FROM generate_series(1, 40000) n;`;
  const world = await testRestore(t, { formats: [format], compression: 'None' }, rows);
  const name = new RegExp(`\\.${format}$`);
  world.google.faults.add({ operation: 'download', effect: 'slow', bytesPerSecond: 100_000, name, count: 9 });
  return world;
}

const atWork =
  "SELECT FROM pg_stat_activity WHERE datname = current_database() AND query ~ '^(COPY|INSERT)' AND application_name = 'database-backup'";

for (const format of ['sql', 'csv', 'json']) {
  test(`Ctrl-C while ${format} is restored leaves nothing and says so; a database made for it is gone`, async (t) => {
    if (!withPgDump(t)) return;
    const world = await slowRestore(t, format);
    const { query, uri } = await testPostgres(t);
    const stop = new AbortController();
    const restoring = world.restore([], { signal: stop.signal });
    await eventually(async () => assert.equal((await query(atWork, world.target)).length, 1));
    stop.abort(new BackupError('Interrupted', 'dbbackup was stopped by SIGINT.'));
    await assertRefused(
      world,
      await restoring,
      'Interrupted',
      /^Nothing was changed in \S+: all of it was one transaction\.\n/m,
    );

    const to = new URL(world.target);
    to.pathname = `/made_${format}`;
    const again = new AbortController();
    const making = world.restore(['--create'], { signal: again.signal, to: to.href });
    await eventually(async () => assert.equal((await query(atWork, to.href)).length, 1));
    again.abort(new BackupError('Interrupted', 'dbbackup was stopped by SIGINT.'));
    assert.equal((await making).status, 1);
    assert.deepEqual(await query(`SELECT FROM pg_database WHERE datname = 'made_${format}'`, uri), []);
  });

  test(`a server that is killed while ${format} is restored ends it with nothing in the target`, async (t) => {
    if (!withPgDump(t)) return;
    const world = await slowRestore(t, format);
    await using server = await startPostgres();
    const to = await server.createDatabase();
    const restoring = world.restore([], { to });
    await eventually(async () => assert.equal((await server.query(atWork, to)).length, 1));
    await server.kill();
    const result = await restoring;
    await server.restart();
    const target = { target: to, contents: (uri: string) => world.contents(uri, server) };
    await assertRefused(target, result, 'DatabaseUnreachable', /connection|PostgreSQL/);
  });

  test(`a connection to Drive that breaks again and again while ${format} is restored delays it alone`, async (t) => {
    if (!withPgDump(t)) return;
    const world = await testRestore(t, { formats: [format], compression: 'None' }, smallShop);
    const name = new RegExp(`\\.${format}(\\.zip)?$`);
    const drops = world.google.faults.add({
      ...{ operation: 'download', effect: 'drop', when: 'mid', afterBytes: 1500, name, count: 3 },
    });
    const { status, stderr } = await world.restore();
    assert.equal(status, 0, stderr);
    assert.equal(drops.hits, 3);
    assert.deepEqual(await world.contents(world.target), await world.contents(world.uri));
  });
}

test('neither a password nor a token is shown when the target or Google refuses', async (t) => {
  if (!withPgDump(t)) return;
  const world = await testRestore(t, { formats: ['sql'] }, smallShop);
  const { host, pathname } = new URL(world.target);
  const wrong = await world.restore([], { to: `postgresql://postgres:Kein-Wort-4711@${host}${pathname}` });
  await assertRefused(world, wrong, 'DatabaseAuthFailed', /password authentication failed/);
  const broken = await world.restore([], { to: 'postgresql://postgres:Kein-Wort/4711@nowhere/shop' });
  assert.match(broken.stderr, /^dbbackup: --to is not of the form postgresql:/);
  const half = await world.restore([], { to: 'postgresql://nowhere' });
  assert.match(half.stderr, /^dbbackup: --to does not tell database, user: write postgresql:/);
  world.google.revokeRefreshTokens();
  const expired = await world.restore();
  await assertRefused(world, expired, 'TokenExpired', /refresh token/);
  const said = [wrong, broken, half, expired].map(({ stdout, stderr }) => stdout + stderr).join();
  for (const secret of [
    'Wort',
    '4711',
    new URL(world.target).password,
    world.google.credentials.refresh_token,
  ]) {
    assert.ok(!said.includes(secret), secret);
  }
});
