import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { BackupSpecInput } from '../../crds/backupSpec.ts';
import { BackupError } from '../../crds/failureReason.ts';
import { type RunWorld, runWorld } from '../../sandbox/runWorld.ts';
import { hurriedClock } from '../failureFixture.ts';
import { silentServer } from '../podFixture.ts';
import { backupChecks } from './backupChecks.ts';
import type { Check } from './check.ts';
import { checkStatus } from './checkStatus.ts';

const items = 'CREATE TABLE items AS SELECT 1 AS id';
const hang = { effect: 'hang', count: 99 } as const;

/** All checks of a world. `seconds` may be shorter than the schema lets a person choose. */
async function check(
  world: RunWorld,
  spec: Partial<BackupSpecInput> = {},
  { seconds = 3600, stop = new AbortController().signal } = {},
): Promise<Check[]> {
  const backup = world.backup({ formats: ['csv'], ...spec });
  const timed = { ...backup, spec: { ...backup.spec, timeoutSeconds: seconds } };
  return Array.fromAsync(backupChecks(timed, world.services(), stop));
}

const mark = ({ ok, warning, notChecked }: Check) => (notChecked ? '–' : warning ? '⚠' : ok ? '✓' : '✗');
const marks = (checks: readonly Check[]) => checks.map((each) => `${mark(each)} ${each.name}`);
const failures = (checks: readonly Check[]) =>
  checks.filter(({ ok, notChecked }) => !ok && !notChecked).map(({ name, reason }) => [name, reason]);

test('a database, a Google and a relay that are silent have failed when the time is over, each by its own reason', async (t) => {
  const world = await runWorld(t, items);
  const [database, relay] = [await silentServer(t), await silentServer(t)];
  world.secrets.db = { uri: `postgresql://ann:pw@127.0.0.1:${database.port}/shop` };
  world.google.faults.add({ operation: 'tokenRefresh', ...hang });
  const smtp = { host: '127.0.0.1', port: relay.port, tls: 'Off' as const };
  const notification = { email: { to: ['ops@example.com'], smtp } };
  const checks = await check(world, { notification }, { seconds: 1 });
  assert.deepEqual(marks(checks), [
    ...['✓ spec', '✓ secrets', '✗ database', '– same server', '– pg_dump', '– tables'],
    ...['✗ google login', '– folder', '– write', '– room', '– clock', '✗ email'],
  ]);
  assert.deepEqual(failures(checks), [
    ['database', 'DatabaseUnreachable'],
    ['google login', 'UploadFailed'],
    ['email', 'MailFailed'],
  ]);
  for (const { message } of checks.filter((each) => mark(each) === '✗')) {
    assert.equal(message, 'No answer within the 1 s that a check has.');
  }
  assert.equal(checkStatus(checks), 1);
});

test('what was found before the time was over is told all the same', async (t) => {
  const world = await runWorld(t, items);
  world.google.faults.add({ operation: 'uploadStart', ...hang });
  const checks = await check(world, {}, { seconds: 10 });
  assert.deepEqual(marks(checks).slice(-6), [
    ...['✓ google login', '✓ folder', '✗ write', '– room', '✓ clock', '✓ email'],
  ]);
  assert.deepEqual(failures(checks), [['write', 'UploadFailed']]);
  assert.deepEqual(world.names(), []);
});

test('a Google that is in trouble for long is told with its answer', async (t) => {
  const world = await runWorld(t, items);
  world.clock = hurriedClock();
  world.google.faults.add({ operation: 'list', count: 1_000, effect: 'error', status: 503 });
  const checks = await check(world);
  assert.deepEqual(failures(checks), [['room', 'UploadFailed']]);
  assert.match(checks.find(({ name }) => name === 'room')?.message ?? '', /503/);
});

test('ends at once with the reason of a stop, wherever it is', async (t) => {
  const world = await runWorld(t, items);
  const database = await silentServer(t);
  world.secrets.db = { uri: `postgresql://ann:pw@127.0.0.1:${database.port}/shop` };
  world.google.faults.add({ operation: 'tokenRefresh', ...hang });
  const stop = new AbortController();
  const checking = check(world, {}, { stop: stop.signal });
  database.connected.then(() => stop.abort(new BackupError('Interrupted', 'stopped')));
  await assert.rejects(checking, { reason: 'Interrupted' });
});

test('a bug in a probe is Internal, and what it says stays in the log', async (t) => {
  const world = await runWorld(t, items);
  const services = world.services();
  const read = () => Promise.reject(new TypeError('canary-4711'));
  const checks = await Array.fromAsync(
    backupChecks(world.backup(), { ...services, secrets: { read } }, new AbortController().signal),
  );
  assert.deepEqual(failures(checks)[0], ['secrets', 'Internal']);
  assert.ok(!JSON.stringify(checks).includes('canary-4711'));
  assert.match(world.log.join(''), /TypeError.*backupChecks\.test\.ts/);
});
