import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { apiVersion } from '../../crds/databaseBackup.ts';
import { syncReport } from '../../crds/syncReport.ts';
import { runWorld } from '../../sandbox/runWorld.ts';
import { secretsOf } from '../failureFixture.ts';
import { leaks } from '../leaks.ts';
import { runPod, startPod } from '../podFixture.ts';

const items = "CREATE TABLE items AS SELECT n AS id, 'canary-' || n AS name FROM generate_series(1, 500) n";

async function syncPod(t: TestContext, sheet: object) {
  const world = await runWorld(t, items);
  const spreadsheetID = world.google.createSpreadsheet('Shop');
  const { host, port } = world.mailbox;
  const resource = JSON.stringify({
    ...{ apiVersion, kind: 'SheetSync', metadata: { name: 'shop', namespace: 'shop', uid: '7d5b7a0e-1' } },
    spec: {
      database: { secretRef: { name: 'db' } },
      spreadsheet: { googleSheets: { spreadsheetID, credentialsSecretRef: { name: 'drive-oauth' } } },
      sheets: [sheet],
      notification: { email: { to: ['ops@example.com'], smtp: { host, port, tls: 'Off' } } },
    },
  });
  const { secrets, environment } = world;
  return { world, spreadsheetID, pod: { resource, secrets, environment } };
}

test('a pod syncs, answers with a report and tells neither secret nor row', async (t) => {
  const { world, spreadsheetID, pod } = await syncPod(t, { name: 'Items', table: 'public.items' });
  const { status, log, answer } = await runPod(t, 'sync', pod);
  assert.equal(status, 0, log);
  const report = syncReport.parse(answer);
  assert.deepEqual(report.sheets, [{ name: 'Items', mode: 'Replace', rows: 500, columns: 2 }]);
  assert.equal(world.google.sheets(spreadsheetID).at(-1)?.values.length, 501);
  assert.deepEqual(
    leaks({ log, answer: JSON.stringify(answer) }, { ...secretsOf(world), row: 'canary-' }),
    [],
  );
});

test('a permanent failure ends the pod with 2 and its reason, a resource that is none too', async (t) => {
  const { world, pod } = await syncPod(t, { name: 'Items', query: 'DELETE FROM items RETURNING id' });
  const ended = await runPod(t, 'sync', pod);
  const { reason, email } = syncReport.parse(ended.answer);
  assert.deepEqual([ended.status, reason, email?.result], [2, 'InvalidQuery', 'Sent']);
  assert.deepEqual(
    world.mailbox.messages().map(({ subject }) => subject),
    ['✗ shop/shop sync failed: InvalidQuery'],
  );
  const bad = await runPod(t, 'sync', { ...pod, resource: '{"kind":"SheetSync"}' });
  assert.deepEqual([bad.status, syncReport.parse(bad.answer).reason], [2, 'InvalidSpec']);
});

test('a pod that is deleted says Interrupted, and the tab stays as it was', async (t) => {
  const { world, spreadsheetID, pod } = await syncPod(t, { name: 'Items', table: 'public.items' });
  world.google.faults.add({ operation: 'valuesUpdate', effect: 'hang', count: 9 });
  const started = await startPod(t, 'sync', pod);
  const { eventually } = await import('../../sandbox/testing.ts');
  await eventually(() => assert.equal(world.google.faults.pending, 8));
  started.stop();
  const ended = await started.ended;
  assert.deepEqual([ended.status, syncReport.parse(ended.answer).reason], [1, 'Interrupted'], ended.log);
  // Another attempt may follow, and the operator tells when none does.
  assert.deepEqual(world.mailbox.messages(), []);
  assert.deepEqual(
    world.google.sheets(spreadsheetID).map(({ title }) => title),
    ['Sheet1'],
  );
});
