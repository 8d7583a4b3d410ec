import assert from 'node:assert/strict';
import { mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import type { BackupSpecInput } from '../crds/backupSpec.ts';
import { type RunReport, runReport } from '../crds/runReport.ts';
import { startMailbox } from '../sandbox/smtp/startMailbox.ts';
import { temporaryDirectory, testDatabase } from '../sandbox/testing.ts';
import { main } from './main.ts';
import {
  type EndedPod,
  faultyEnvironment,
  type PodOptions,
  runPod,
  silentServer,
  startPod,
} from './podFixture.ts';

const items = 'CREATE TABLE items AS SELECT 1 AS id';

/** A pod that backs the database of a URI up into a folder of its own. */
async function pod(t: TestContext, uri: string, spec: Partial<BackupSpecInput> = {}) {
  const folder = join(await temporaryDirectory(t), 'backups');
  await mkdir(folder);
  const options: PodOptions = {
    secrets: { db: { uri } },
    resource: {
      spec: {
        database: { secretRef: { name: 'db' } },
        destination: { directory: { path: folder } },
        formats: ['csv'],
        ...spec,
      },
    },
    environment: { PATH: process.env.PATH },
  };
  return { folder, options };
}

const reportOf = ({ answer }: EndedPod): RunReport => runReport.parse(answer);
const files = async (folder: string) =>
  (await readdir(folder)).filter((name) => !name.startsWith('.')).sort();
const email = ({ host, port }: { host: string; port: number }) => ({
  email: { to: ['ops@example.com'], smtp: { host, port, tls: 'Off' as const } },
});

test('answers with its report in the termination message and with exit status 0', async (t) => {
  const { folder, options } = await pod(t, await testDatabase(t, items));
  const ended = await runPod(t, 'run', options);
  assert.equal(ended.status, 0, ended.log);
  const report = reportOf(ended);
  assert.equal(report.result, 'Succeeded');
  assert.deepEqual(await files(folder), report.files.map(({ name }) => name).sort());
});

test('a permanent failure mails itself and ends with 2; a transient one leaves the mail to the operator and ends with 1', async (t) => {
  await using mailbox = await startMailbox();
  const notification = email(mailbox);
  const uri = new URL(await testDatabase(t));

  const unreachable = new URL(uri);
  unreachable.port = '1';
  const transient = await runPod(t, 'run', (await pod(t, unreachable.href, { notification })).options);
  assert.deepEqual([transient.status, reportOf(transient).reason], [1, 'DatabaseUnreachable']);
  assert.deepEqual(reportOf(transient).email, { result: 'NotWanted' });

  const permanent = await runPod(t, 'run', (await pod(t, uri.href, { notification })).options);
  assert.deepEqual([permanent.status, reportOf(permanent).reason], [2, 'NoTablesMatch']);
  assert.deepEqual(reportOf(permanent).email, { result: 'Sent' });
  assert.deepEqual(
    mailbox.messages().map(({ subject }) => /NoTablesMatch/.test(subject)),
    [true],
  );
});

test('a permanent failure that the relay does not take says so, and stays what it is', async (t) => {
  await using mailbox = await startMailbox({ refuseAll: true });
  const { options } = await pod(t, await testDatabase(t), { notification: email(mailbox) });
  const ended = await runPod(t, 'run', options);
  assert.deepEqual([ended.status, reportOf(ended).reason], [2, 'NoTablesMatch']);
  assert.equal(reportOf(ended).email?.result, 'Failed');
  assert.match(reportOf(ended).email?.message ?? '', /refused the sender \(550/);
});

test('the mail names the next run of a schedule that is alive, and none of a suspended one', async (t) => {
  await using mailbox = await startMailbox();
  const uri = await testDatabase(t, items);
  const scheduled = { schedule: '0 2 * * *', notification: email(mailbox) };
  for (const suspend of [false, true]) {
    const { options } = await pod(t, uri, { ...scheduled, suspend });
    assert.equal((await runPod(t, 'run', options)).status, 0);
  }
  const [alive, suspended] = mailbox.messages();
  assert.match(alive?.text ?? '', /^Next run: +\w{3}, \d+ \w{3} \d{4}, 02:00:00$/m);
  assert.doesNotMatch(suspended?.text ?? '', /Next run/);
});

for (const [what, resource, message] of [
  ['missing', undefined, /^The environment variable DBBACKUP_RESOURCE is wrong: /],
  ['no JSON', '{"spec":', /^The environment variable DBBACKUP_RESOURCE is not JSON\.$/],
  ['no object', 'null', /^DBBACKUP_RESOURCE: apiVersion /],
  ['misspelt', { spec: { fromats: ['csv'] } }, /spec\.fromats is not a field; did you mean formats\?/],
] as const) {
  test(`a resource that is ${what} is told in the termination message and ends with 2`, async (t) => {
    const ended = await runPod(t, 'run', { resource });
    assert.equal(ended.status, 2);
    const report = reportOf(ended);
    assert.deepEqual([report.result, report.reason], ['Failed', 'InvalidSpec']);
    assert.match(report.message ?? '', message);
    // Nobody has been told.
    assert.equal(report.email, undefined);
    assert.match(ended.log, /InvalidSpec/);
  });
}

for (const how of ['exception', 'rejection'] as const) {
  test(`an ${how} that nobody caught is a report, exit status 1 and a stack without its words`, async (t) => {
    const { options } = await pod(t, await testDatabase(t, items));
    const fault = await faultyEnvironment(t, how, 'canary-4711');
    const ended = await runPod(t, 'run', { ...options, environment: { ...options.environment, ...fault } });
    assert.equal(ended.status, 1);
    assert.deepEqual([reportOf(ended).result, reportOf(ended).reason], ['Failed', 'Internal']);
    assert.match(reportOf(ended).message ?? '', /^An unexpected TypeError on .*; the log has its stack\.$/);
    assert.match(ended.log, /TypeError.*fault\.mjs/);
    assert.doesNotMatch(ended.log, /canary-4711/);
  });
}

test('a pod that is stopped answers Interrupted with exit status 1', async (t) => {
  const { port, connected } = await silentServer(t);
  const { folder, options } = await pod(t, `postgresql://ann:pw@127.0.0.1:${port}/shop`);
  const started = await startPod(t, 'run', options);
  await connected;
  started.stop();
  const ended = await started.ended;
  assert.deepEqual([ended.status, reportOf(ended).reason], [1, 'Interrupted']);
  assert.equal(reportOf(ended).message, 'The runner was stopped by SIGTERM before the backup was complete.');
  assert.deepEqual(reportOf(ended).email, { result: 'NotWanted' });
  assert.deepEqual(await files(folder), []);
});

test('any other word is refused with a sentence and exit status 2', async (t) => {
  const written: string[] = [];
  t.mock.method(process.stderr, 'write', (text: string) => written.push(text) > 0);
  const before = process.listenerCount('SIGTERM');
  for (const args of [[], ['rnu'], ['run', 'check'], ['constructor']]) {
    assert.equal(await main(args), 2);
    assert.match(
      written.pop() ?? '',
      /^dbbackup runner takes one of the words run, check, notify(, \w+)*, and not "/,
    );
  }
  assert.equal(process.listenerCount('SIGTERM'), before);
});
