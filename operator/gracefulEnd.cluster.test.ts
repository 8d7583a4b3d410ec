import assert from 'node:assert/strict';
import { test } from 'node:test';
import { apiVersion } from '../crds/databaseBackup.ts';
import { applyCrds } from '../sandbox/kubernetes/applyCrds.ts';
import { testNode } from '../sandbox/kubernetes/node/testNode.ts';
import { testCluster } from '../sandbox/kubernetes/testCluster.ts';
import { eventually } from '../sandbox/testing.ts';
import { plainSpec } from './bareWorldFixture.ts';
import { applyRights, image, startOperator } from './operatorFixture.ts';
import { imageWhoseRuns } from './runnerStandInFixture.ts';

const polite = `
  process.on('SIGTERM', () => { console.log('tidied up'); process.exit(1); });
  setInterval(() => {}, 1000); console.log('at work');`;

test('a run whose backup or whose record is deleted ends with SIGTERM and in its own time', async (t) => {
  const cluster = await testCluster(t);
  if (!cluster) return;
  await applyCrds(cluster);
  const world = await testNode(t, cluster, { images: { [image]: imageWhoseRuns(polite) } });
  const { namespace, node, kubectl } = world;
  await applyRights(cluster, namespace);
  await startOperator(t, cluster, namespace);
  const names = async (...kinds: string[]) =>
    (await kubectl('get', kinds.join(), '-o', 'name')).split('\n').filter(Boolean);

  for (const [what, deleted] of [
    ['its record', (name: string) => ['databasebackuprun', `${name}-1`]],
    ['its backup', (name: string) => ['databasebackup', name]],
  ] as const) {
    await t.test(`${what} is deleted`, async () => {
      const name = what.slice('its '.length);
      const runner = {
        nodeSelector: { 'kubernetes.io/hostname': node.name },
        tolerations: [{ key: 'dbbackup.dev/test-node', operator: 'Exists' }],
      };
      const spec = { ...plainSpec, runner };
      await world.apply({ apiVersion, kind: 'DatabaseBackup', metadata: { name }, spec });
      await eventually(() => kubectl('get', 'cronjob', name));
      await kubectl('create', 'job', `--from=cronjob/${name}`, `${name}-1`);
      const pod = await eventually(async () => {
        const [found] = await world.podsOf(`${name}-1`);
        assert.ok(found);
        assert.match(await node.logs(namespace, found.metadata.name), /at work/);
        return found.metadata.name;
      });
      await eventually(async () => {
        const phase = ['get', 'databasebackuprun', `${name}-1`, '-o', 'jsonpath={.status.phase}'];
        assert.equal(await kubectl(...phase), 'Running');
      });
      await kubectl('delete', ...deleted(name), '--wait=false');
      await eventually(async () => {
        assert.equal(await world.pod(pod), undefined);
        assert.deepEqual(
          (await names('job', 'databasebackuprun')).filter((each) => each.endsWith(`/${name}-1`)),
          [],
        );
      });
      assert.match(await node.logs(namespace, pod), /tidied up/);
    });
  }
  await eventually(async () => {
    const left = await names('cronjob', 'job', 'databasebackuprun', 'databasebackup');
    assert.deepEqual(
      left.filter((each) => each.includes('/backup')),
      [],
    );
  });
});
