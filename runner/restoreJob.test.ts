import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { apiVersion } from '../crds/databaseBackup.ts';
import { type RestoreOrder, type RestoreSpecInput, restoreOrder } from '../crds/databaseRestore.ts';
import { BackupError } from '../crds/failureReason.ts';
import { type RestoreReport, restoreReport } from '../crds/restoreReport.ts';
import { type RunWorld, runWorld } from '../sandbox/runWorld.ts';
import {
  eventually,
  requireProgram,
  temporaryDirectory,
  testDatabase,
  testPostgres,
} from '../sandbox/testing.ts';
import { backupJob } from './backupJob.ts';
import { connect } from './database/connection.ts';
import { uriTarget } from './database/databaseTarget.ts';
import { testKey } from './encryption/ageFixture.ts';
import { secretsOf } from './failureFixture.ts';
import { leaks } from './leaks.ts';
import { runPod } from './podFixture.ts';
import { contentsOf, differences } from './restore/restoreFixture.ts';
import { restoreJob } from './restoreJob.ts';

const sql = `CREATE TABLE a (id int PRIMARY KEY, secret text); INSERT INTO a SELECT n, 'row ' || n FROM generate_series(1, 50) n;
CREATE TABLE b AS SELECT 1 AS id`;

/** A world with one set in Drive, and an empty target whose Secret is `copy`. */
async function restoreWorld(t: TestContext) {
  if (!requireProgram(t, 'pg_dump', 'apt-get install postgresql-client')) return undefined;
  const world = await runWorld(t, sql);
  const uri = await testDatabase(t);
  world.secrets.copy = { uri };
  return { world, uri };
}

async function backUp(world: RunWorld, backup = world.backup()): Promise<string> {
  const job = { backup, mailTransientFailures: false };
  const { result, set, message } = await backupJob(job, world.services(), new AbortController().signal);
  assert.equal(result, 'Succeeded', String(message));
  return set ?? '';
}

/** What the operator would give the runner: of a backup what the restore needs. */
function order(world: RunWorld, spec: Partial<RestoreSpecInput> = {}, backup = world.backup()): RestoreOrder {
  const { database, destination } = backup.spec;
  const target = { secretRef: { name: 'copy' } };
  return restoreOrder.parse({
    ...{
      apiVersion,
      kind: 'DatabaseRestore',
      metadata: { name: 'back', namespace: 'shop', uid: 'back-uid' },
    },
    spec: { ...(spec.source ? {} : { backupName: 'shop' }), set: 'latest', target, ...spec },
    ...(spec.source ? {} : { backup: { metadata: backup.metadata, spec: { database, destination } } }),
  });
}

function restore(
  world: RunWorld,
  of: RestoreOrder,
  signal = new AbortController().signal,
): Promise<RestoreReport> {
  return restoreJob(of, world.services(), signal);
}

const ending = ({ result, reason }: RestoreReport) => [result, reason];

test('a set comes back, and its report has the rows of the manifest and no secret', async (t) => {
  const made = await restoreWorld(t);
  if (!made) return;
  const { world, uri } = made;
  const set = await backUp(world);
  const report = await restore(world, order(world));
  assert.deepEqual(ending(report), ['Succeeded', undefined], String(report.message));
  const { host, pathname } = new URL(uri);
  assert.deepEqual(
    [report.set, report.tables, report.rows, report.format, report.target, report.notes],
    [set, 2, 51, 'csv', `${host}${pathname}`, []],
  );
  assert.ok((report.bytes ?? 0) > 100);
  const { query } = await testPostgres(t);
  assert.deepEqual(differences(await contentsOf(query, uri), await contentsOf(query, world.uri)), []);
  const texts = { log: world.log.join(''), report: JSON.stringify(report) };
  assert.deepEqual(leaks(texts, { ...secretsOf(world), row: 'row 17' }), []);
});

test('a target that is not empty is refused; cleaned, what it held is told', async (t) => {
  const made = await restoreWorld(t);
  if (!made) return;
  const { world, uri } = made;
  await backUp(world);
  const { query } = await testPostgres(t);
  await query('CREATE TABLE old (id int)', uri);
  const refused = await restore(world, order(world));
  assert.deepEqual(ending(refused), ['Failed', 'TargetNotEmpty']);
  // What was known of it, and nothing of what was not done.
  assert.ok(refused.set && refused.target);
  assert.deepEqual([refused.rows, refused.dropped], [undefined, undefined]);
  const cleaned = await restore(world, order(world, { clean: true }));
  assert.deepEqual(ending(cleaned), ['Succeeded', undefined], String(cleaned.message));
  assert.deepEqual(cleaned.dropped, ['1 table: public.old']);
});

test('with verifyRows every value is compared, and what differs is told though it was committed', async (t) => {
  const made = await restoreWorld(t);
  if (!made) return;
  const { world, uri } = made;
  await backUp(world);
  const { query } = await testPostgres(t);
  const good = await restore(world, order(world, { verifyRows: true }));
  assert.deepEqual([...ending(good), good.comparedTables], ['Succeeded', undefined, 2], String(good.message));
  // As many rows as before, and another value in each: it is filled up with blanks.
  await query('DROP TABLE a; CREATE TABLE a (id int PRIMARY KEY, secret char(20))', uri);
  const bad = await restore(world, order(world, { tables: ['a'], verifyRows: true }));
  assert.deepEqual(ending(bad), ['Failed', 'ContentDiffers'], String(bad.message));
  assert.match(bad.message ?? '', /The set is in .* all the same: it was committed before\.$/);
});

test('the source is refused by what the server says of itself, whatever Secret leads there', async (t) => {
  const made = await restoreWorld(t);
  if (!made) return;
  const { world } = made;
  await backUp(world);
  world.secrets.copy = { uri: world.uri.replace('127.0.0.1', 'localhost') };
  const report = await restore(world, order(world, { clean: true }));
  assert.deepEqual(ending(report), ['Failed', 'TargetIsSource']);
  const allowed = await restore(world, order(world, { clean: true, allowSource: true }));
  assert.deepEqual(ending(allowed), ['Succeeded', undefined], String(allowed.message));
});

test('a folder of several backups wants to know whose sets are meant', async (t) => {
  const made = await restoreWorld(t);
  if (!made) return;
  const { world, uri } = made;
  const directory = { path: await temporaryDirectory(t) };
  await backUp(world, world.backup({ destination: { directory } }));
  const source = { directory: { ...directory, claimName: 'sets' } };
  const { query } = await testPostgres(t);
  assert.deepEqual(ending(await restore(world, order(world, { source }))), ['Succeeded', undefined]);
  await backUp(world, world.backup({ destination: { directory } }, { name: 'blog' }));
  const asked = await restore(world, order(world, { source }));
  assert.equal(asked.reason, 'InvalidSpec');
  assert.match(asked.message ?? '', /write one of these with spec\.source\.from: .*shop\/blog \(/);
  await query('DROP SCHEMA public CASCADE; CREATE SCHEMA public', uri);
  const chosen = await restore(world, order(world, { source: { ...source, from: 'shop/blog' } }));
  assert.deepEqual(ending(chosen), ['Succeeded', undefined], String(chosen.message));
});

test('an encrypted set opens with the identity in the Secret, and not without', async (t) => {
  const made = await restoreWorld(t);
  if (!made) return;
  const { world } = made;
  const [own, other] = [await testKey(t), await testKey(t)];
  const backup = world.backup({ encryption: { recipients: [own.recipient] } });
  await backUp(world, backup);
  world.secrets.key = { 'key.txt': own.identity };
  world.secrets.wrong = { 'key.txt': other.identity };
  const identity = (name: string) => ({ identitySecretRef: { name, key: 'key.txt' } });
  for (const [spec, reason] of [
    [{}, 'IdentityMissing'],
    [identity('wrong'), 'IdentityMismatch'],
    [identity('gone'), 'SecretNotFound'],
    [identity('key'), undefined],
  ] as const) {
    const report = await restore(world, order(world, spec, backup));
    assert.equal(report.reason, reason, String(report.message));
  }
  const identities = { own: own.identity, other: other.identity };
  assert.deepEqual(leaks({ log: world.log.join('') }, identities), []);
});

const wrong: [title: string, spec: Partial<RestoreSpecInput>, reason: string, message: RegExp][] = [
  [
    'a set that is not there',
    { set: 'backup_1999' },
    'InvalidSpec',
    /^There is no set backup_1999; the nearest: /,
  ],
  [
    'a target that says too little',
    { target: { host: '127.0.0.1' } },
    'InvalidSpec',
    /^spec\.target does not tell name, user of the database: set spec\.target\.name, spec\.target\.user\.$/,
  ],
  [
    'a Secret that is not there',
    { target: { secretRef: { name: 'gone' } } },
    'SecretNotFound',
    /Secret gone/,
  ],
  [
    'a database that is not there',
    { target: { secretRef: { name: 'copy' }, name: 'nowhere' } },
    'DatabaseNotFound',
    /nowhere/,
  ],
  ['a table that the set lacks', { tables: ['nothing'] }, 'InvalidSpec', /has no table nothing/],
];
for (const [title, spec, reason, message] of wrong) {
  test(`${title} is ${reason}`, async (t) => {
    const made = await restoreWorld(t);
    if (!made) return;
    await backUp(made.world);
    const report = await restore(made.world, order(made.world, spec));
    assert.deepEqual(ending(report), ['Failed', reason], String(report.message));
    assert.match(report.message ?? '', message);
  });
}

test('a timeout and a stop leave the target as it was, and say so', async (t) => {
  const made = await restoreWorld(t);
  if (!made) return;
  const { world, uri } = made;
  await backUp(world);
  const { query } = await testPostgres(t);
  await query('CREATE TABLE a (id int); INSERT INTO a VALUES (7)', uri);
  // A lock that another session holds keeps it at its work.
  await using holder = await connect(uriTarget(uri, 'uri'), new AbortController().signal);
  await holder.client.query('BEGIN; LOCK TABLE a IN ACCESS SHARE MODE');
  const nothing = /: all of it was one transaction\.$/;
  const cleaned = order(world, { clean: true });
  const short = { ...cleaned, spec: { ...cleaned.spec, timeoutSeconds: 1 } };
  const late = await restore(world, short);
  assert.deepEqual(ending(late), ['Failed', 'DeadlineExceeded']);
  assert.match(late.message ?? '', /spec\.timeoutSeconds \(1 s\)/);
  assert.match(late.message ?? '', nothing);
  const stop = new AbortController();
  world.log.length = 0;
  const running = restore(world, cleaned, stop.signal);
  await eventually(() => assert.match(world.log.join(''), /the target is cleaned/));
  stop.abort(new BackupError('Interrupted', 'The runner was told to stop.'));
  const stopped = await running;
  assert.deepEqual(ending(stopped), ['Failed', 'Interrupted']);
  assert.match(stopped.message ?? '', nothing);
  assert.deepEqual(await query('SELECT id FROM a', uri), [{ id: 7 }]);
});

test('a pod of purpose restore answers with its report, also for a resource that is none', async (t) => {
  const made = await restoreWorld(t);
  if (!made) return;
  const { world } = made;
  await backUp(world);
  const pod = (resource: object | string) =>
    runPod(t, 'restore', {
      resource: typeof resource === 'string' ? resource : JSON.stringify(resource),
      secrets: world.secrets,
      environment: world.environment,
    });
  const good = await pod(order(world));
  assert.deepEqual([good.status, restoreReport.parse(good.answer).rows], [0, 51], good.log);
  const again = await pod(order(world));
  assert.deepEqual([again.status, restoreReport.parse(again.answer).reason], [2, 'TargetNotEmpty']);
  const { backup, ...without } = order(world);
  for (const resource of ['{}', without]) {
    const { status, answer } = await pod(resource);
    assert.deepEqual([status, restoreReport.parse(answer).reason], [2, 'InvalidSpec']);
  }
});
