import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { checkReport, firstFailure } from '../crds/checkReport.ts';
import { noticeReport } from '../crds/notice.ts';
import { restoreReport } from '../crds/restoreReport.ts';
import { runReport } from '../crds/runReport.ts';
import { runPod, silentServer, startPod } from '../runner/podFixture.ts';
import { temporaryDirectory } from '../sandbox/testing.ts';

/** Runs a file by Node to its end. */
function node(...args: string[]): Promise<{ status: number; stdout: string; stderr: string }> {
  return new Promise((resolve) => {
    const child = execFile(process.execPath, args, (_, stdout, stderr) =>
      resolve({ status: child.exitCode ?? -1, stdout, stderr }),
    );
  });
}

async function build(t: TestContext): Promise<string> {
  const directory = await temporaryDirectory(t);
  const built = await node(join(import.meta.dirname, 'build.ts'), directory);
  assert.deepEqual([built.status, built.stderr], [0, '']);
  return join(directory, 'dbbackup.cjs');
}

test('what is built is the program: its command line, its operator and its pods, which understand each other', async (t) => {
  const program = await build(t);
  // Every pod reads it: what one of them needs is a file of its own (scripts/build.ts).
  assert.ok((await stat(program)).size < 10_000);
  const help = await node(program, '--help');
  assert.deepEqual([help.status, help.stderr], [0, '']);
  assert.match(help.stdout, /^Usage: dbbackup COMMAND/m);
  const refused = await node(program, 'run');
  assert.equal(refused.status, 2);
  assert.match(refused.stderr, /^dbbackup: Name the YAML of the backup/);
  assert.equal((await node(program, 'operator', '--help')).status, 0);
  assert.equal((await node(program, 'runner', 'rnu')).status, 2);

  // A stop comes in one of the files and is answered by another.
  const { port, connected } = await silentServer(t);
  const spec = {
    database: { secretRef: { name: 'db' } },
    destination: { directory: { path: await temporaryDirectory(t) } },
    encryption: { recipients: ['age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p'] },
  };
  const pod = {
    ...{ program, resource: { spec } },
    secrets: { db: { uri: `postgresql://ann:pw@127.0.0.1:${port}/shop` } },
  };
  const run = await startPod(t, 'run', pod);
  await connected;
  run.stop();
  assert.equal(runReport.parse((await run.ended).answer).reason, 'Interrupted');
  const check = await runPod(t, 'check', { ...pod, secrets: {} });
  const found = checkReport.parse(check.answer);
  assert.equal(firstFailure(found)?.reason, 'SecretNotFound');
  assert.equal(found.probes.find(({ name }) => name === 'encryption')?.ok, true);
  const sync = {
    kind: 'SheetSync',
    spec: {
      database: spec.database,
      spreadsheet: {
        googleSheets: { spreadsheetID: '1AbCdEfGhIjKl', credentialsSecretRef: { name: 'drive-oauth' } },
      },
      sheets: [{ name: 'Orders', table: 'public.orders' }],
    },
  };
  for (const word of ['check', 'sync']) {
    const ended = await runPod(t, word, { ...pod, resource: sync, secrets: {} });
    assert.match(JSON.stringify(ended.answer), /"reason":"SecretNotFound"/);
  }
  const order = {
    kind: 'DatabaseRestore',
    spec: { source: spec.destination, set: 'latest', target: spec.database },
  };
  const restore = await runPod(t, 'restore', { ...pod, resource: order, secrets: {} });
  assert.equal(restoreReport.parse(restore.answer).reason, 'SecretNotFound');
  const notify = await runPod(t, 'notify', pod);
  assert.match(noticeReport.parse(notify.answer).message ?? '', /DBBACKUP_NOTICE/);
});
