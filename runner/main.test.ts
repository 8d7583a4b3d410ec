import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { runReport } from '../crds/runReport.ts';
import { startMailbox } from '../sandbox/smtp/startMailbox.ts';
import { temporaryDirectory, testDatabase } from '../sandbox/testing.ts';

const main = join(import.meta.dirname, 'main.ts');

/** A pod's view: secrets as files, the resource in the environment, a termination log. */
async function pod(t: TestContext, uri: string, email?: object) {
  const directory = await temporaryDirectory(t);
  const folder = join(directory, 'backups');
  const secrets = join(directory, 'secrets');
  const terminationLog = join(directory, 'termination-log');
  await mkdir(folder);
  await mkdir(join(secrets, 'db'), { recursive: true });
  await writeFile(join(secrets, 'db', 'uri'), uri);
  const resource = {
    apiVersion: 'dbbackup.dev/v1alpha1',
    kind: 'DatabaseBackup',
    metadata: { name: 'shop', namespace: 'shop', uid: '7d5b7a0e-1' },
    spec: {
      database: { secretRef: { name: 'db' } },
      destination: { directory: { path: folder } },
      formats: ['csv'],
      ...(email ? { notification: { email } } : {}),
    },
  };
  const run = async () => {
    const child = spawn(process.execPath, [main], {
      stdio: ['ignore', 'pipe', 'inherit'],
      env: {
        PATH: process.env.PATH,
        DBBACKUP_RESOURCE: JSON.stringify(resource),
        DBBACKUP_SECRETS: secrets,
        DBBACKUP_TERMINATION_LOG: terminationLog,
      },
    });
    let log = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      log += text;
    });
    const [status] = (await once(child, 'close')) as [number];
    const report = runReport.parse(JSON.parse(await readFile(terminationLog, 'utf8')));
    return { status, log, report };
  };
  return { folder, run };
}

test('answers with its report in the termination message and with exit status 0', async (t) => {
  const uri = await testDatabase(t, 'CREATE TABLE items AS SELECT 1 AS id');
  const { folder, run } = await pod(t, uri);
  const { status, log, report } = await run();
  assert.equal(status, 0, log);
  assert.equal(report.result, 'Succeeded');
  const names = (await readdir(folder)).filter((name) => !name.startsWith('.')).sort();
  assert.deepEqual(names, report.files.map(({ name }) => name).sort());
  for (const line of log.trim().split('\n')) JSON.parse(line);
});

test('a permanent failure mails itself and ends with 2; a transient one leaves the mail to the operator and ends with 1', async (t) => {
  await using mailbox = await startMailbox();
  const { host, port } = mailbox;
  const email = { to: ['ops@example.com'], smtp: { host, port, tls: 'Off' } };
  const uri = new URL(await testDatabase(t));

  const unreachable = new URL(uri);
  unreachable.port = '1';
  const transient = await (await pod(t, unreachable.href, email)).run();
  assert.deepEqual([transient.status, transient.report.reason], [1, 'DatabaseUnreachable']);
  assert.deepEqual(transient.report.email, { result: 'NotWanted' });

  const permanent = await (await pod(t, uri.href, email)).run();
  assert.deepEqual([permanent.status, permanent.report.reason], [2, 'NoTablesMatch']);
  assert.deepEqual(permanent.report.email, { result: 'Sent' });
  assert.deepEqual(
    mailbox.messages().map(({ subject }) => /NoTablesMatch/.test(subject)),
    [true],
  );
});
