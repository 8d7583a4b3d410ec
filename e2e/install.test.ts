import assert from 'node:assert/strict';
import { test } from 'node:test';
import { conditionOf } from '../operator/reconcile/conditions.ts';
import { assertRunInDrive } from '../operator/runInDriveFixture.ts';
import { connectedClient } from '../runner/exporters/rowTesting.ts';
import { assertSameBytes, inOrder } from '../runner/sameBytesFixture.ts';
import { readSet, tableTexts } from '../runner/setFixture.ts';
import { createDemoData } from '../sandbox/demoData/createDemoData.ts';
import { backupWorld } from './backupWorld.ts';
import { helm, operatorLog, release, removeRelease } from './release.ts';
import { suiteCluster } from './suiteCluster.ts';

test('from helm install to a scheduled backup: Ready in a minute, files as the database, mail, kubectl get', async (t) => {
  const cluster = await suiteCluster(t);
  if (!cluster) return;
  const world = await backupWorld(t, cluster, '');
  await createDemoData(world.uri, { seed: 5, rows: 5_000 });
  await removeRelease(cluster);

  const began = Date.now();
  await helm(cluster, ['install', '--create-namespace']);
  await world.applyBackup('shop', {
    schedule: '* * * * *',
    timeZone: 'Europe/Berlin',
    formats: ['csv', 'xlsx', 'json', 'sql'],
  });
  const { metadata } = await world.ready('shop', 60);
  const readySeconds = (Date.now() - began) / 1000;
  t.diagnostic(`Ready ${readySeconds.toFixed(1)} s after helm install began`);
  assert.ok(readySeconds < 60);

  const name = await world.until(async () => {
    const found = (await world.runs('shop')).find(({ status }) => status?.trigger === 'Schedule');
    assert.ok(found);
    return found.metadata.name;
  }, 120);
  // No further run while we compare.
  await world.kubectl('patch', 'databasebackup', 'shop', '--type=merge', '-p', '{"spec":{"suspend":true}}');
  const { status } = await world.ended(name);
  assert.equal(status?.phase, 'Succeeded', JSON.stringify(status));

  const { tables } = await assertRunInDrive(world.google, metadata.uid ?? '', status);
  const set = await readSet(world, status.set);
  assertSameBytes(set, await tableTexts(await connectedClient(t, world.uri), tables), inOrder);
  assert.match(String(set.file('sql').content), /-- PostgreSQL database dump complete\n/);
  const mail = await world.mailbox.waitForMessage();
  assert.match(mail.subject, /✓ .*shop backup: [\d,]+ rows/);
  await world.until(async () => {
    const { conditions } = (await world.run(name)).status ?? {};
    assert.equal(conditionOf(conditions, 'Notified')?.reason, 'MailSent');
  });
  assert.equal(world.mailbox.messages().length, 1);

  await world.until(async () => {
    const [header = '', row = ''] = (await world.kubectl('get', 'databasebackups')).split('\n');
    assert.match(header, /^NAME +READY +SCHEDULE +LAST RESULT +LAST SUCCESS +SIZE +NEXT +AGE$/);
    assert.match(row, /^shop +True +\* \* \* \* \* +Succeeded +\S+ +[\d.]+ [KM]iB/);
  });
  const pods = JSON.parse(await world.kubectl('get', 'pods', '-o', 'json'));
  for (const { spec } of pods.items) assert.equal(spec.automountServiceAccountToken, false);
  await world.until(async () => {
    await cluster.runHelm(['test', release.name, '--namespace', release.namespace, '--logs']);
  });
  const log = (await operatorLog(cluster)).split('\n');
  assert.deepEqual(
    log.filter((line) => /"level":(50|60)/.test(line)),
    [],
  );
  // The admission of owner references learns of new kinds half a minute after everybody else: nobody hears of it.
  assert.doesNotMatch(log.join('\n'), /PodRefused/);
  assert.deepEqual(world.google.bugs, []);
});
