import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { BackupError } from '../../crds/failureReason.ts';
import { manifest, setTables } from '../../crds/manifest.ts';
import { findProgram } from '../../sandbox/postgres/findProgram.ts';
import { type RunWorld, runWorld } from '../../sandbox/runWorld.ts';
import { eventually, temporaryDirectory, testPostgres } from '../../sandbox/testing.ts';
import { backupChecks } from '../checks/backupChecks.ts';
import { hurriedClock } from '../failureFixture.ts';
import { piped, requireAge, testKey } from './ageFixture.ts';

const words = ['customers_canary', 'name_canary', 'role_canary', 'row-canary-4711'];
const sql = `
  CREATE TABLE customers_canary (id int, name_canary text);
  INSERT INTO customers_canary SELECT n, 'row-canary-4711 ' || repeat('x', 40000) FROM generate_series(1, 7) n;
  CREATE TABLE empty_canary (id int);`;
const withSQL = findProgram('pg_dump') !== undefined;
const formats = [...(['csv', 'xlsx', 'json'] as const), ...(withSQL ? (['sql'] as const) : [])];

/** What lies in the folder, by name. */
async function stored({ google }: RunWorld): Promise<Map<string, Buffer>> {
  const files = google.files().filter(({ trashed, content }) => !trashed && content !== undefined);
  return new Map(
    await Promise.all(
      files.map(async ({ name, content }) => [name, await readFile(content?.path ?? '')] as const),
    ),
  );
}

for (const staging of [undefined, { sizeLimit: '1Gi' }]) {
  test(`an encrypted run ${staging ? 'by a staging disk ' : ''}leaves no name and no row in clear, and age opens it`, async (t) => {
    const age = requireAge(t);
    if (age === undefined) return;
    const key = await testKey(t);
    const world = await runWorld(t, sql);
    world.environment.DBBACKUP_STAGING = await temporaryDirectory(t);
    if (!withSQL) world.environment.DBBACKUP_PG_DUMP = '/nonexistent/pg_dump';
    const encryption = { recipients: [key.recipient] };
    const report = await world.run(
      world.backup({ formats: [...formats], encryption, ...(staging && { staging }) }),
    );
    assert.equal(report.result, 'Succeeded', report.message ?? '');
    const files = await stored(world);
    const set = report.set ?? '';
    assert.deepEqual(
      [...files.keys()].sort(),
      [
        ...['csv.zip.age', 'json.age', 'manifest.json'],
        ...(withSQL ? ['sql.gz.age'] : []),
        ...['tables.json.age', 'xlsx.age'],
      ].map((extension) => `${set}.${extension}`),
    );
    for (const [name, bytes] of files) {
      for (const word of words) assert.ok(!bytes.includes(word), `${word} in ${name}`);
    }
    assert.deepEqual(await readdir(world.environment.DBBACKUP_STAGING), []);

    // Everything that a look without an identity compares is that of the encrypted files.
    const clear = manifest.parse(JSON.parse(String(files.get(`${set}.manifest.json`))));
    for (const { name, bytes, sha256, contentType } of clear.files) {
      const content = files.get(name) ?? Buffer.alloc(0);
      const found = createHash('sha256').update(content).digest('hex');
      assert.deepEqual([content.length, found], [bytes, sha256], name);
      assert.equal(contentType, 'application/octet-stream');
    }
    assert.deepEqual([clear.tables, clear.notes, clear.database.roles, clear.rows], [[], [], undefined, 7]);
    assert.deepEqual(clear.encryption?.recipients, [key.recipient]);
    assert.equal(clear.encryption?.filledTables.length, 1);
    assert.equal(clear.encryption?.emptyTables.length, 1);

    const opened = (extension: string) =>
      piped(age, ['-d', '-i', key.file], files.get(`${set}.${extension}.age`) ?? Buffer.alloc(0));
    const tables = setTables.parse(JSON.parse(String(await opened('tables.json'))));
    assert.deepEqual(
      tables.tables.map(({ name, rows }) => [name, rows]),
      [
        ['customers_canary', 7],
        ['empty_canary', 0],
      ],
    );
    // A cell of Excel was cut.
    assert.match(tables.notes.join(), /customers_canary/);
    const rows = JSON.parse(String(await opened('json')));
    assert.equal(rows.customers_canary.length, 7);
    assert.equal((await opened('csv.zip')).subarray(0, 2).toString(), 'PK');
    if (withSQL) assert.match(String(gunzipSync(await opened('sql.gz'))), /COPY public\.customers_canary/);
    // The one who gets the mail may read the names; the one who has the folder may not.
    assert.match(world.mailbox.messages()[0]?.text ?? '', /customers_canary[\s\S]*age --decrypt/);
    assert.match(world.mailbox.messages()[0]?.text ?? '', /dbbackup restore .* --create --identity key\.txt/);
  });
}

for (const name of [/csv\.age$/, /tables\.json\.age$/, /manifest\.json$/]) {
  test(`a run that is stopped while ${name} hangs, or that cannot store it, leaves nothing`, async (t) => {
    const key = await testKey(t);
    const world = await runWorld(
      t,
      `CREATE TABLE items AS SELECT i, repeat(md5(i::text), 100) FROM generate_series(1, 8000) i`,
    );
    world.clock = hurriedClock();
    const backup = world.backup({ formats: ['csv'], encryption: { recipients: [key.recipient] } });
    const hanging = world.google.faults.add({ operation: 'uploadChunk', name, effect: 'hang', count: 99 });
    const stop = new AbortController();
    const running = world.run(backup, stop.signal);
    await eventually(() => assert.ok(hanging.hits > 0));
    stop.abort(new BackupError('Interrupted', 'The runner was told to stop.'));
    assert.deepEqual([(await running).reason, world.names()], ['Interrupted', []]);
    world.google.faults.clear();
    world.google.faults.add({ operation: 'create', name, effect: 'wrongChecksum', count: 99 });
    const failed = await world.run(backup);
    assert.deepEqual([failed.reason, world.names()], ['ChecksumMismatch', []]);
  });
}

test('retention knows a table that lost its rows by its OID, also beside sets in clear', async (t) => {
  const key = await testKey(t);
  const world = await runWorld(
    t,
    'CREATE TABLE a (id int); INSERT INTO a VALUES (1); CREATE TABLE b AS SELECT 1 AS id, generate_series(1, 9)',
  );
  const encryption = { recipients: [key.recipient] };
  const spec = { formats: ['csv' as const], retention: { maxCount: 1, minKeep: 1, shrinkGuard: 0.1 } };
  const { query } = await testPostgres(t);
  const run = async (more: object) => {
    const report = await world.run(world.backup({ ...spec, ...more }));
    assert.equal(report.result, 'Succeeded', report.message ?? '');
    return report;
  };
  await run({});
  assert.equal((await run({ encryption })).retention?.removedCount, 1);
  await query('TRUNCATE a', world.uri);
  const lost = await run({ encryption });
  assert.equal(lost.retention?.skippedReason, 'Shrunk');
  assert.match(lost.retention?.skipped ?? '', /^table public\.a has no rows, and had some in backup_/);
  // Without encryption again: the names of now, and the OIDs of then.
  const clear = await run({});
  assert.equal(clear.retention?.skippedReason, 'Shrunk');
  await query('INSERT INTO a VALUES (1)', world.uri);
  assert.equal((await run({ encryption })).retention?.skippedReason, undefined);
});

test('a run whose recipients are wrong writes nothing and says where', async (t) => {
  const world = await runWorld(t, sql);
  const ref = { name: 'keys', key: 'recipients.txt' };
  const missing = await world.run(world.backup({ encryption: { recipientsSecretRef: ref } }));
  assert.deepEqual([missing.reason, world.names()], ['SecretNotFound', []]);
  world.secrets.keys = { 'recipients.txt': 'ssh-ed25519 AAAA' };
  const wrong = await world.run(world.backup({ encryption: { recipientsSecretRef: ref } }));
  assert.equal(wrong.reason, 'InvalidSpec');
  assert.match(wrong.message ?? '', /^line 1 of key recipients.txt of Secret keys is no recipient/);
  assert.deepEqual(world.names(), []);
});

test('a check tries the recipients, and says for whom files are encrypted', async (t) => {
  const key = await testKey(t);
  const world = await runWorld(t, sql);
  const check = async (encryption: object | undefined) => {
    const backup = world.backup({ formats: ['csv'], ...(encryption && { encryption }) });
    const found = await Array.fromAsync(backupChecks(backup, world.services(), new AbortController().signal));
    return found.filter(({ name }) => name === 'encryption' || name === 'secrets');
  };
  const ref = { recipientsSecretRef: { name: 'keys', key: 'recipients.txt' } };
  assert.deepEqual(
    (await check(undefined)).map(({ name }) => name),
    ['secrets'],
  );
  const [, good] = await check({ recipients: [key.recipient] });
  assert.deepEqual(
    [good?.ok, good?.message],
    [true, `Files are encrypted for 1 recipient: ${key.recipient}.`],
  );
  const [secret, needs] = await check(ref);
  assert.deepEqual([secret?.reason, needs?.notChecked], ['SecretNotFound', true]);
  world.secrets.keys = { 'recipients.txt': key.identity };
  const [, wrong] = await check(ref);
  assert.deepEqual([wrong?.ok, wrong?.reason], [false, 'InvalidSpec']);
  assert.match(wrong?.message ?? '', /is an identity, the secret key: take it out of the cluster/);
});
