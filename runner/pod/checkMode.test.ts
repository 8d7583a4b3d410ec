import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { BackupSpecInput } from '../../crds/backupSpec.ts';
import { checkReport, firstFailure } from '../../crds/checkReport.ts';
import { type FailureReason, reasonFacts } from '../../crds/failureReason.ts';
import type { SyncSpecInput } from '../../crds/sheetSync.ts';
import { type RunWorld, runWorld } from '../../sandbox/runWorld.ts';
import {
  type EndedPod,
  faultyEnvironment,
  type PodOptions,
  runPod,
  silentServer,
  startPod,
} from '../podFixture.ts';

const items = 'CREATE TABLE items AS SELECT 1 AS id';

/** What a check pod of the world's backup gets. */
function podOf(world: RunWorld, spec: Partial<BackupSpecInput> = {}): PodOptions {
  const { secrets, environment } = world;
  return { resource: { spec: world.backup({ formats: ['csv'], ...spec }).spec }, secrets, environment };
}

function reportOf({ answer, log }: EndedPod) {
  const report = checkReport.parse(answer);
  assert.ok(log.includes('"report"'), log);
  return { ...report, failure: firstFailure(report) };
}

test('a check that finds everything passes with exit status 0, sends no mail and leaves no file', async (t) => {
  const world = await runWorld(t, items);
  const ended = await runPod(t, 'check', podOf(world));
  assert.equal(ended.status, 0, ended.log);
  const { result, failure, probes } = reportOf(ended);
  assert.deepEqual([result, failure], ['Passed', undefined]);
  assert.deepEqual(
    probes.filter(({ warning }) => !warning).map(({ name }) => name),
    [
      ...['spec', 'secrets', 'database', 'same server', 'pg_dump', 'tables'],
      ...['google login', 'folder', 'write', 'room', 'clock', 'email'],
    ],
  );
  assert.deepEqual(world.names(), []);
  assert.deepEqual(world.mailbox.messages(), []);
  assert.deepEqual(world.google.bugs, []);
});

/** What a check pod of a sync gets. */
function syncPodOf(world: RunWorld, spec: Partial<SyncSpecInput> = {}): PodOptions {
  const { secrets, environment, mailbox, google } = world;
  const smtp = { host: mailbox.host, port: mailbox.port, tls: 'Off' as const };
  const credentialsSecretRef = { name: 'drive-oauth' };
  const whole: SyncSpecInput = {
    database: { secretRef: { name: 'db' } },
    spreadsheet: { googleSheets: { spreadsheetID: google.createSpreadsheet('Shop'), credentialsSecretRef } },
    sheets: [{ name: 'Items', table: 'public.items' }],
    notification: { email: { to: ['ops@example.com'], smtp } },
    ...spec,
  };
  const resource = { kind: 'SheetSync', spec: whole };
  return { resource, secrets, environment };
}

test('a check of a sync tries its Secrets, database, queries, spreadsheet and mail server, and writes nothing', async (t) => {
  const world = await runWorld(t, items);
  const ended = await runPod(t, 'check', syncPodOf(world));
  assert.equal(ended.status, 0, ended.log);
  const { result, probes } = reportOf(ended);
  assert.deepEqual(
    [result, ...probes.map(({ name, ok, warning }) => `${name}${ok && !warning ? '' : '?'}`)],
    [...['Passed', 'spec', 'secrets', 'database', 'queries'], ...['google login', 'spreadsheet', 'email']],
  );
  assert.deepEqual(world.mailbox.messages(), []);
  assert.ok(world.google.requests.every(({ method, path }) => method === 'GET' || !path.startsWith('/v4/')));
  assert.deepEqual(world.google.bugs, []);
});

test('a check of a sync fails by its first failure: a query, a relay that is down or lacks its Secret', async (t) => {
  const world = await runWorld(t, items);
  const email = (smtp: object) => ({
    notification: { email: { to: ['ops@example.com'], smtp: { host: '127.0.0.1', port: 1, ...smtp } } },
  });
  const credentialsSecretRef = { name: 'relay' };
  for (const [spec, name, reason] of [
    [{ sheets: [{ name: 'Items', query: 'SELECT nothing' }] }, 'queries', 'InvalidQuery'],
    [email({ tls: 'Off' }), 'email', 'MailFailed'],
    [email({ tls: 'Required', credentialsSecretRef }), 'secrets', 'SecretNotFound'],
  ] as const) {
    const ended = await runPod(t, 'check', syncPodOf(world, spec as Partial<SyncSpecInput>));
    const { failure, probes } = reportOf(ended);
    assert.deepEqual([failure?.name, failure?.reason], [name, reason], ended.log);
    assert.equal(ended.status, reasonFacts(reason).kind === 'Transient' ? 1 : 2);
    assert.ok(probes.some((each) => each.name === 'spreadsheet' && each.ok));
  }
});

test('a resource of another kind, or of none, is the failure of the probe spec', async (t) => {
  for (const [resource, message] of [
    [
      '{"kind":"DatabaseRestore"}',
      /is of kind DatabaseRestore: it must be a DatabaseBackup or a SheetSync\.$/,
    ],
    ['{"kind":"constructor"}', /is of kind constructor: it must be/],
    ['[]', /DBBACKUP_RESOURCE has no kind: it must be/],
  ] as const) {
    const ended = await runPod(t, 'check', { resource });
    const { failure } = reportOf(ended);
    assert.deepEqual([ended.status, failure?.name, failure?.reason], [2, 'spec', 'InvalidSpec']);
    assert.match(failure?.message ?? '', message);
  }
});

interface Spoilt {
  readonly what: string;
  /** Gives fields of the spec, or changes the world. */
  readonly spoil: (world: RunWorld) => Partial<BackupSpecInput>;
  readonly name: string;
  readonly reason: FailureReason;
}

const failures: Spoilt[] = [
  {
    what: 'a Secret that is missing',
    spoil(world) {
      delete world.secrets['drive-oauth'];
      return {};
    },
    ...{ name: 'secrets', reason: 'SecretNotFound' },
  },
  {
    what: 'a key that is missing',
    spoil(world) {
      world.secrets['drive-oauth'] = { 'other.json': '{}' };
      return {};
    },
    ...{ name: 'secrets', reason: 'SecretNotFound' },
  },
  {
    what: 'a database that is down',
    spoil(world) {
      world.secrets.db = { uri: 'postgresql://ann:pw@127.0.0.1:1/shop' };
      return {};
    },
    ...{ name: 'database', reason: 'DatabaseUnreachable' },
  },
  {
    what: 'a token that is dead',
    spoil(world) {
      world.google.revokeRefreshTokens();
      return {};
    },
    ...{ name: 'google login', reason: 'TokenExpired' },
  },
  {
    what: 'a wrong folder',
    spoil() {
      const credentialsSecretRef = { name: 'drive-oauth' };
      return { destination: { googleDrive: { folderID: '1AbCdEfGhIjKlMnOpQrStUv', credentialsSecretRef } } };
    },
    ...{ name: 'folder', reason: 'FolderNotFound' },
  },
  {
    what: 'a relay that is down',
    spoil() {
      const smtp = { host: '127.0.0.1', port: 1, tls: 'Off' as const };
      return { notification: { email: { to: ['ops@example.com'], smtp } } };
    },
    ...{ name: 'email', reason: 'MailFailed' },
  },
];
for (const { what, spoil, name, reason } of failures) {
  test(`${what} fails the check by probe, reason and hint: ${name}, ${reason}`, async (t) => {
    const world = await runWorld(t, items);
    const ended = await runPod(t, 'check', podOf(world, spoil(world)));
    const { result, failure } = reportOf(ended);
    assert.equal(result, 'Failed');
    assert.deepEqual([failure?.name, failure?.reason], [name, reason], ended.log);
    assert.equal(failure?.hint, reasonFacts(reason).hint);
    assert.match(failure?.message ?? '', /^\S.{10,}\.$/);
    assert.equal(ended.status, reasonFacts(reason).kind === 'Transient' ? 1 : 2);
  });
}

test('a check that is stopped says so before all that it found, and ends with 1', async (t) => {
  const world = await runWorld(t, items);
  const { port, connected } = await silentServer(t);
  world.secrets.db = { uri: `postgresql://ann:pw@127.0.0.1:${port}/shop` };
  const started = await startPod(t, 'check', podOf(world));
  await connected;
  started.stop();
  const ended = await started.ended;
  const { result, failure, probes } = reportOf(ended);
  assert.deepEqual(
    [ended.status, result, failure?.name, failure?.reason],
    [1, 'Failed', 'check', 'Interrupted'],
  );
  assert.equal(failure?.message, 'The runner was stopped by SIGTERM before the check was complete.');
  assert.ok(probes.some(({ name, ok }) => name === 'spec' && ok));
});

test('a spec that cannot be used is the failure of the probe spec, with exit status 2', async (t) => {
  const ended = await runPod(t, 'check', { resource: { spec: { fromats: ['csv'] } } });
  const { failure } = reportOf(ended);
  assert.deepEqual([ended.status, failure?.name, failure?.reason], [2, 'spec', 'InvalidSpec']);
  assert.match(failure?.message ?? '', /did you mean formats\?/);
});

test('an exception that nobody caught fails the check as Internal', async (t) => {
  const world = await runWorld(t, items);
  const pod = podOf(world);
  const environment = { ...pod.environment, ...(await faultyEnvironment(t, 'exception', 'canary-4711')) };
  const ended = await runPod(t, 'check', { ...pod, environment });
  const { failure } = reportOf(ended);
  assert.deepEqual([ended.status, failure?.name, failure?.reason], [1, 'check', 'Internal']);
  assert.doesNotMatch(ended.log, /canary-4711/);
});
