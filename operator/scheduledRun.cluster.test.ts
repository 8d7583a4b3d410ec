import assert from 'node:assert/strict';
import { test } from 'node:test';
import { testCluster } from '../sandbox/kubernetes/testCluster.ts';
import { operatorWorld, startOperator } from './operatorFixture.ts';
import { conditionOf } from './reconcile/conditions.ts';
import { assertRunInDrive } from './runInDriveFixture.ts';

const tables = `
  CREATE TABLE customers AS SELECT g AS id, 'customer ' || g AS name FROM generate_series(1, 1200) g;
  CREATE TABLE orders AS SELECT g AS id, g % 7 AS customer FROM generate_series(1, 3456) g;`;

test('a run that the CronJob starts on the minute ends in Drive, in the mail, on its record and on the backup, all telling the same', async (t) => {
  const cluster = await testCluster(t);
  if (!cluster) return;
  const world = await operatorWorld(t, cluster, tables);
  const { google, mailbox } = world;
  const operator = await startOperator(t, cluster, world.namespace);
  await world.applyBackup('shop', {
    schedule: '* * * * *',
    timeZone: 'Europe/Berlin',
    formats: ['csv', 'xlsx', 'json', 'sql'],
  });
  const record = await world.until(async () => {
    const found = (await world.runs('shop')).find(
      ({ status }) => status?.trigger === 'Schedule' && status.phase === 'Succeeded',
    );
    assert.ok(found, JSON.stringify(await world.runs()));
    return found;
  });
  // No further run while we compare.
  await world.kubectl('patch', 'databasebackup', 'shop', '--type=merge', '-p', '{"spec":{"suspend":true}}');
  const { status } = record;
  assert.ok(status);

  const uid = (await world.backup('shop')).metadata.uid ?? '';
  const written = await assertRunInDrive(google, uid, status);
  assert.deepEqual([status.rows, written.rows], [4656, 4656]);
  assert.deepEqual(
    google
      .files()
      .filter(({ name, trashed }) => !trashed && name.startsWith(`${status.set}.`))
      .map(({ name }) => name.slice(String(status.set).length))
      .sort(),
    ['.csv.zip', '.json', '.manifest.json', '.sql.gz', '.xlsx'],
  );
  assert.deepEqual(written.tables.map((table) => [table.name, table.rows]).sort(), [
    ['customers', 1200],
    ['orders', 3456],
  ]);

  const job = JSON.parse(await world.kubectl('get', 'job', record.metadata.name, '-o', 'json'));
  assert.equal(status.jobUID, job.metadata.uid);
  assert.deepEqual(
    [status.startTime, status.completionTime],
    [job.status.startTime, job.status.completionTime],
  );
  assert.deepEqual([status.attempts, status.consecutiveFailures, status.reason], [1, 0, undefined]);
  await world.until(async () => {
    const { spec } = JSON.parse(await world.kubectl('get', 'job', record.metadata.name, '-o', 'json'));
    assert.equal(spec.ttlSecondsAfterFinished, 3600);
  });

  const mail = await mailbox.waitForMessage(({ subject }) => /team|shop/.test(subject));
  assert.match(mail.subject, /✓ .*shop backup: 4,656 rows/);
  assert.equal(conditionOf(status.conditions, 'Notified')?.reason, 'MailSent');

  const backup = await world.until(async () => {
    const found = await world.backup('shop');
    assert.equal(found.status?.lastRun?.name, record.metadata.name, JSON.stringify(found.status));
    assert.equal(conditionOf(found.status?.conditions, 'ScheduleMissed')?.reason, 'NotScheduled');
    return found;
  });
  const { conditions, jobUID, observedGeneration, ...result } = status;
  const { name, ...shown } = backup.status?.lastRun ?? {};
  assert.deepEqual(shown, result);
  assert.equal(backup.status?.lastSuccessTime, status.completionTime);
  const scheduled = job.metadata.annotations['batch.kubernetes.io/cronjob-scheduled-timestamp'];
  assert.equal(Date.parse(backup.status?.lastScheduleTime ?? ''), Date.parse(scheduled));
  assert.equal(conditionOf(backup.status?.conditions, 'LastRunSucceeded')?.status, 'True');
  assert.deepEqual(
    operator.lines.filter(({ level }) => level >= 50),
    [],
  );

  const { text } = await operator.page('/metrics');
  const labels = `namespace="${world.namespace}",name="shop"`;
  assert.match(text, new RegExp(`dbbackup_last_run_rows{${labels}} 4656`));
  assert.match(text, new RegExp(`dbbackup_consecutive_failures{${labels}} 0`));
  await world.kubectl('delete', 'databasebackup', 'shop');
  await world.until(async () => {
    const page = await operator.page('/metrics');
    assert.ok(!page.text.includes('name="shop"'));
  });
  // Deleting a backup takes its objects along and leaves its files.
  await world.until(async () => {
    assert.equal(await world.kubectl('get', 'cronjob,job,databasebackuprun,pod', '-o', 'name'), '');
  });
  await assertRunInDrive(google, uid, status);
});
