import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir, stat } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import type { BackupSpecInput } from '../crds/backupSpec.ts';
import { BackupError } from '../crds/failureReason.ts';
import { type RunReport, runReport } from '../crds/runReport.ts';
import { backupYaml } from '../sandbox/backupYaml.ts';
import type { Fault } from '../sandbox/google/faults.ts';
import { findProgram } from '../sandbox/postgres/findProgram.ts';
import { type RunWorld, runWorld } from '../sandbox/runWorld.ts';
import { eventually, testPostgres } from '../sandbox/testing.ts';
import { backupJob } from './backupJob.ts';
import { exitStatus } from './exitStatus.ts';
import type { RunProgress } from './progress.ts';

const small = `CREATE TABLE items (id int, name text);
  INSERT INTO items SELECT i, 'item ' || i FROM generate_series(1, 500) i;`;
// More than the two chunks that an upload holds: it sends while the export goes on.
const large = `CREATE TABLE items (id int, name text);
  INSERT INTO items SELECT i, repeat(md5(i::text), 100) FROM generate_series(1, 8000) i;`;
// Far above what it takes, and what a stopped runner has in all.
const mostTime = 20_000;

interface Started {
  readonly report: Promise<RunReport>;
  readonly stop: () => void;
  readonly progress: RunProgress;
}

function start(world: RunWorld, spec: Partial<BackupSpecInput> = {}, timeoutSeconds?: number): Started {
  const backup = world.backup({ compression: 'None', ...spec });
  const services = world.services();
  const controller = new AbortController();
  // Shorter than the schema lets a person choose.
  const timed = { ...backup, spec: { ...backup.spec, timeoutSeconds: timeoutSeconds ?? 3600 } };
  const report = backupJob({ backup: timed, mailTransientFailures: true }, services, controller.signal);
  const stop = () => controller.abort(new BackupError('Interrupted', 'The runner was told to stop.'));
  return { report, stop, progress: services.progress };
}

/** The report of a run that ended within the time for it, without a trace but the mail. */
async function ended(
  t: TestContext,
  world: RunWorld,
  started: Started,
  before: readonly string[],
): Promise<RunReport> {
  const since = performance.now();
  const report = await started.report;
  assert.ok(performance.now() - since < mostTime);
  assert.equal(report.result, 'Failed');
  assert.equal(exitStatus(report), 1);
  assert.deepEqual([report.files, report.retention, report.warnings], [[], undefined, []]);
  assert.deepEqual(world.names(), before);
  assert.equal(report.email?.result, 'Sent');
  await world.mailbox.waitForMessage(({ text }) => text.includes(String(report.reason)));
  // Neither an upload nor a connection, ours or pg_dump's, stays open.
  await eventually(async () => {
    const whole = world.google.files().filter(({ content }) => content !== undefined);
    // A session whose address never reached us cannot be cancelled, but it has no bytes either.
    const stored = await Promise.all(
      (await readdir(world.google.directory)).map((name) => stat(join(world.google.directory, name))),
    );
    assert.equal(stored.filter(({ size }) => size > 0).length, whole.length);
    const left = await (await testPostgres(t)).query<{ n: number }>(
      `SELECT count(*)::int AS n FROM pg_stat_activity WHERE datname = '${new URL(world.uri).pathname.slice(1)}'`,
    );
    assert.equal(left[0]?.n, 0);
  });
  assert.deepEqual(world.google.bugs, []);
  return report;
}

const hang = (fault: Omit<Fault, 'effect'>): Fault => ({ ...fault, effect: 'hang', count: 99 }) as Fault;

/** Where a run is when it is stopped: the fault that holds it there. */
const positions: {
  at: string;
  faults: Fault[];
  sql?: string;
  spec?: Partial<BackupSpecInput>;
  pgDump?: true;
  /** Tried with the deadline too. */
  late?: true;
}[] = [
  { at: 'the token is fetched', faults: [hang({ operation: 'tokenRefresh' })] },
  { at: 'the free room is asked for', faults: [hang({ operation: 'about' })], late: true },
  { at: 'the folder is listed', faults: [hang({ operation: 'list' })] },
  { at: 'the upload of a format starts', faults: [hang({ operation: 'uploadStart', name: /json$/ })] },
  { at: 'the export sends chunks', sql: large, faults: [hang({ operation: 'uploadChunk', name: /json$/ })] },
  {
    at: 'pg_dump writes into a slow upload',
    sql: large,
    spec: { formats: ['sql', 'csv'] },
    faults: [hang({ operation: 'uploadChunk', name: /sql$/ })],
    pgDump: true,
  },
  { at: 'a file is finished and another not', faults: [hang({ operation: 'uploadChunk', name: /csv$/ })] },
  {
    at: 'a file is stored and its answer lost',
    faults: [
      { operation: 'uploadChunk', effect: 'drop', when: 'after', name: /csv$/ },
      hang({ operation: 'uploadStatus' }),
    ],
  },
  { at: 'the files are confirmed', faults: [hang({ operation: 'get', name: /csv$/ })] },
  { at: 'the manifest starts', faults: [hang({ operation: 'uploadStart', name: /manifest/ })] },
  { at: 'the manifest is sent', faults: [hang({ operation: 'uploadChunk', name: /manifest/ })], late: true },
  {
    at: 'the manifest is stored and its answer lost',
    faults: [
      { operation: 'uploadChunk', effect: 'drop', when: 'after', name: /manifest/ },
      hang({ operation: 'uploadStatus' }),
    ],
  },
];

for (const { at, faults, sql, spec, pgDump, late } of positions) {
  for (const how of ['told to stop', 'past its deadline'] as const) {
    if (how === 'past its deadline' && !late) continue;
    test(`leaves nothing and prunes nothing when it is ${how} while ${at}`, async (t) => {
      if (pgDump && !findProgram('pg_dump')) {
        t.skip('pg_dump is not installed: apt-get install postgresql-client');
        return;
      }
      const world = await runWorld(t, sql ?? small);
      world.environment.DBBACKUP_PG_DUMP = findProgram('pg_dump')?.path;
      const good = await world.run(
        world.backup({ formats: ['csv'], retention: { maxCount: 1, minKeep: 1 } }),
      );
      assert.equal(good.result, 'Succeeded', String(good.message));
      const before = world.names();
      const added = faults.map((fault) => world.google.faults.add(fault));
      const spec1 = { retention: { maxCount: 1, minKeep: 1 }, ...spec };
      const stopped = how === 'told to stop';
      const run = start(world, spec1, stopped ? undefined : 3);
      const reached = () => assert.ok((added.at(-1)?.hits ?? 0) > 0);
      if (stopped) {
        await Promise.race([eventually(reached), run.report]);
        run.stop();
      }
      const report = await ended(t, world, run, before);
      assert.equal(report.reason, stopped ? 'Interrupted' : 'DeadlineExceeded');
      if (stopped) reached();
    });
  }
}

test('stops before it begins, while a database does not answer, and while it waits for a lock', async (t) => {
  const world = await runWorld(t, small);
  const early = start(world);
  early.stop();
  assert.equal((await ended(t, world, early, [])).reason, 'Interrupted');

  const silent = createServer(() => {}).listen(0, '127.0.0.1');
  await once(silent, 'listening');
  t.after(() => silent.close());
  const connected = once(silent, 'connection');
  const { uri } = world;
  world.secrets.db = { uri: `postgresql://ann:pw@127.0.0.1:${(silent.address() as AddressInfo).port}/shop` };
  const connecting = start(world);
  await connected;
  connecting.stop();
  assert.equal((await ended(t, world, connecting, [])).reason, 'Interrupted');
  world.secrets.db = { uri };

  const migration = new pg.Client({ connectionString: uri });
  await migration.connect();
  await migration.query('BEGIN; LOCK TABLE items IN ACCESS EXCLUSIVE MODE');
  const waiting = start(world);
  await eventually(() => assert.equal(waiting.progress.stage, 'snapshot'));
  waiting.stop();
  const report = await waiting.report;
  await migration.end();
  assert.deepEqual([report.reason, world.names()], ['Interrupted', []]);
});

test('with Google and the relay out of reach it ends in time and names what stayed; a later run removes that', async (t) => {
  const world = await runWorld(t, small);
  let offset = 0;
  world.googleNow = () => new Date(Date.now() + offset);
  const silent = createServer(() => {}).listen(0, '127.0.0.1');
  await once(silent, 'listening');
  t.after(() => silent.close());
  const { port } = silent.address() as AddressInfo;
  const email = { to: ['ops@example.com'], smtp: { host: '127.0.0.1', port, tls: 'Off' as const } };
  const manifest = world.google.faults.add(hang({ operation: 'uploadChunk', name: /manifest/ }));
  const run = start(world, { formats: ['csv'], notification: { email } });
  await Promise.race([eventually(() => assert.equal(manifest.hits, 1)), run.report]);
  const sockets: { destroy(): unknown }[] = [];
  silent.on('connection', (socket) => sockets.push(socket));
  for (const operation of ['uploadCancel', 'delete', 'get', 'update'] as const) {
    world.google.faults.add(hang({ operation }));
  }
  const before = world.names();
  const since = performance.now();
  run.stop();
  const report = await run.report;
  assert.ok(performance.now() - since < mostTime);
  for (const socket of sockets) socket.destroy();
  assert.deepEqual([report.result, report.reason, report.email?.result], ['Failed', 'Interrupted', 'Failed']);
  assert.ok(before.some((name) => name.endsWith('.csv')));
  assert.deepEqual(world.names(), before);
  const said = report.warnings.find((warning) => warning.startsWith('Files of the unfinished set'));
  for (const name of before) assert.ok(said?.includes(name), String(said));

  world.google.faults.clear();
  const backup = world.backup({ formats: ['csv'] });
  const soon = await world.run(backup);
  assert.deepEqual(soon.retention?.removed, []);
  offset = 3 * 3_600_000;
  world.clock = { ...world.clock, now: world.googleNow };
  const later = await world.run(backup);
  assert.deepEqual(later.retention?.removed, [
    { set: report.set ?? '', why: 'unfinished, and its run is over' },
  ]);
  for (const name of before) assert.ok(!world.names().includes(name));
});

test('the program answers SIGTERM with a report, exit status 1 and an empty folder', async (t) => {
  const world = await runWorld(t, small);
  const yaml = backupYaml({
    postgres: { uri: world.uri },
    google: { folderID: world.google.folderID, credentials: world.google.credentials },
    smtp: { host: world.mailbox.host, port: world.mailbox.port },
    spec: { formats: ['csv', 'json'] },
  });
  const fault = world.google.faults.add(hang({ operation: 'uploadChunk', name: /json$/ }));
  const program = fileURLToPath(new URL('../cli/dbbackup.mjs', import.meta.url));
  const child = spawn(process.execPath, [program, 'run', '-f', '-', '-o', 'json'], {
    stdio: ['pipe', 'pipe', 'inherit'],
    env: { ...process.env, DBBACKUP_GOOGLE_URL: world.google.url },
  });
  t.after(() => child.kill('SIGKILL'));
  const output: Buffer[] = [];
  child.stdout.on('data', (part: Buffer) => output.push(part));
  const exit = once(child, 'close');
  child.stdin.end(yaml);
  await Promise.race([eventually(() => assert.equal(fault.hits, 1)), exit]);
  child.kill('SIGTERM');
  assert.deepEqual(await exit, [1, null]);
  const report = runReport.parse(JSON.parse(Buffer.concat(output).toString()));
  assert.deepEqual([report.result, report.reason, report.warnings], ['Failed', 'Interrupted', []]);
  assert.match(report.message ?? '', /SIGTERM/);
  assert.deepEqual(world.names(), []);
  await world.mailbox.waitForMessage(({ text }) => /Interrupted/.test(text));
});
