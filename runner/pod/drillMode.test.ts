import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import type { BackupSpecInput } from '../../crds/backupSpec.ts';
import { drillReport } from '../../crds/drillReport.ts';
import { findProgram } from '../../sandbox/postgres/findProgram.ts';
import { type RunWorld, runWorld } from '../../sandbox/runWorld.ts';
import { requireProgram, testPostgres } from '../../sandbox/testing.ts';
import { secretsOf } from '../failureFixture.ts';
import { leaks } from '../leaks.ts';
import { type EndedPod, type PodOptions, runPod, silentServer, startPod } from '../podFixture.ts';

const items = "CREATE TABLE items AS SELECT n AS id, 'item ' || n AS name FROM generate_series(1, 500) n";
const target = { secretRef: { name: 'db' } };

/** A world with a set of its backup in the folder; undefined: skipped. */
async function drillWorld(t: TestContext, sql = items): Promise<RunWorld | undefined> {
  const install = 'apt-get install postgresql-client';
  if (requireProgram(t, 'pg_dump', install) === undefined) return undefined;
  const world = await runWorld(t, sql);
  const { status, log } = await runPod(t, 'run', podOf(world));
  assert.equal(status, 0, log);
  return world;
}

function podOf(world: RunWorld, drill?: BackupSpecInput['drill']): PodOptions {
  const { secrets, environment } = world;
  const { spec } = world.backup({ formats: ['csv', 'sql'], ...(drill && { drill }) });
  const programs = {
    DBBACKUP_PG_DUMP: findProgram('pg_dump')?.path,
    DBBACKUP_PSQL: findProgram('psql')?.path,
  };
  return { resource: { spec }, secrets, environment: { ...programs, ...environment } };
}

function reportOf({ answer, log }: EndedPod) {
  assert.ok(log.includes('"report"'), log);
  return drillReport.parse(answer);
}

/** The scratch database of a drill whose report names it, if it is still there. */
async function leftOf(t: TestContext, { target: place = '' }: { target?: string | undefined }) {
  const { query } = await testPostgres(t);
  return query(`SELECT FROM pg_database WHERE datname = '${place.split('/').at(-1)}'`);
}

test('a drill that finds what was backed up ends with 0, and tells no secret', async (t) => {
  const world = await drillWorld(t);
  if (!world) return;
  const assertions = [{ name: 'all items', query: 'SELECT count(*) FROM items', expect: 500 }];
  const ended = await runPod(t, 'drill', podOf(world, { target, assertions }));
  assert.equal(ended.status, 0, ended.log);
  const report = reportOf(ended);
  assert.deepEqual(
    [report.result, report.format, report.rows, report.tables, report.comparedTables],
    ['Succeeded', 'sql', 500, 1, 1],
  );
  assert.deepEqual(report.assertions, [{ name: 'all items', held: true }]);
  assert.deepEqual(await leftOf(t, report), []);
  const texts = { log: ended.log, answer: JSON.stringify(ended.answer) };
  assert.deepEqual(leaks(texts, secretsOf(world)), []);
  assert.deepEqual(world.google.bugs, []);
});

test('a missing Secret and a failed assertion are told with exit status 2, a dead server with 1', async (t) => {
  const world = await drillWorld(t);
  if (!world) return;
  const nowhere = { uri: 'postgresql://ann:pw@127.0.0.1:1/x' };
  const missing = { secretRef: { name: 'missing' } };
  const wrong = [{ query: 'SELECT name FROM items WHERE id = 7', expect: 'item 8' }];
  const cases = [
    [{ target: missing }, 2, 'SecretNotFound', /Secret missing does not exist/],
    [{ target: { secretRef: { name: 'nowhere' } } }, 1, 'DatabaseUnreachable', /127\.0\.0\.1:1/],
    [{ target, assertions: wrong }, 2, 'AssertionFailed', /^Of 1 assertion one does not hold: 1\.$/],
  ] as const;
  for (const [drill, status, reason, message] of cases) {
    const pod = podOf(world, drill as unknown as BackupSpecInput['drill']);
    const ended = await runPod(t, 'drill', { ...pod, secrets: { ...pod.secrets, nowhere } });
    const report = reportOf(ended);
    assert.deepEqual([ended.status, report.result, report.reason], [status, 'Failed', reason], ended.log);
    assert.match(report.message ?? '', message);
    assert.doesNotMatch(ended.log, /item 7/);
    if (report.target) assert.deepEqual(await leftOf(t, report), []);
  }
});

test('a drill that is stopped drops its database and says so', async (t) => {
  const world = await drillWorld(t);
  if (!world) return;
  const slow = [{ query: 'SELECT pg_sleep(300)' }];
  const started = await startPod(t, 'drill', podOf(world, { target, assertions: slow }));
  const { query } = await testPostgres(t);
  // Its assertion runs.
  for (let running = 0; running === 0; ) {
    const rows = await query(
      "SELECT FROM pg_stat_activity WHERE query = 'SELECT pg_sleep(300)' AND datname ~ '^dbbackup_drill_7d5b7a0e'",
    );
    running = rows.length;
  }
  started.stop();
  const stopped = await started.ended;
  const report = reportOf(stopped);
  assert.deepEqual([stopped.status, report.reason], [1, 'Interrupted'], stopped.log);
  assert.equal(report.message, 'The runner was stopped by SIGTERM before the drill was complete.');
  assert.deepEqual(await leftOf(t, report), []);
});

test('before its first backup a drill has nothing to restore, and a silent server does not keep a stopped one', async (t) => {
  const world = await runWorld(t, items);
  const none = await runPod(t, 'drill', podOf(world, { target }));
  assert.deepEqual([none.status, reportOf(none).reason], [2, 'NoGoodSet']);
  const withSet = await drillWorld(t);
  if (!withSet) return;
  const { port, connected } = await silentServer(t);
  const silent = { uri: `postgresql://ann:pw@127.0.0.1:${port}/x` };
  const pod = podOf(withSet, { target: { secretRef: { name: 'silent' } } });
  const started = await startPod(t, 'drill', { ...pod, secrets: { ...pod.secrets, silent } });
  await connected;
  started.stop();
  const ended = await started.ended;
  assert.deepEqual([ended.status, reportOf(ended).reason], [1, 'Interrupted']);
});
