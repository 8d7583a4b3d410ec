import assert from 'node:assert/strict';
import { test } from 'node:test';
import { testCluster } from '../sandbox/kubernetes/testCluster.ts';
import { operatorWorld, startOperator } from './operatorFixture.ts';
import { conditionOf } from './reconcile/conditions.ts';
import type { CronJob } from './reconcile/kinds.ts';

interface Template {
  spec: {
    template: {
      spec: {
        containers: { name: string; image: string; env: { name: string }[] }[];
        nodeSelector?: Record<string, string>;
      };
    };
  };
}
const podOf = ({ spec }: CronJob) => (spec.jobTemplate as Template).spec.template.spec;

test('what stands under the name of a CronJob is what the backup says, or is left alone', async (t) => {
  const cluster = await testCluster(t);
  if (!cluster) return;
  const world = await operatorWorld(t, cluster, 'CREATE TABLE items AS SELECT 1 AS id');
  const { kubectl } = world;
  await startOperator(t, cluster, world.namespace);
  const cronJob = async (name: string) =>
    JSON.parse(await kubectl('get', 'cronjob', name, '-o', 'json')) as CronJob;
  const ready = (name: string) =>
    world.until(async () => {
      const found = conditionOf((await world.backup(name)).status?.conditions, 'Ready');
      assert.ok(found);
      return found;
    });

  await t.test('with a schedule it runs by it, without one it is there and suspended', async () => {
    await world.applyBackup('timed', { schedule: '0 2 * * *', timeZone: 'Europe/Berlin' });
    await world.applyBackup('idle');
    const [timed, idle] = await Promise.all(
      ['timed', 'idle'].map((name) => world.until(() => cronJob(name))),
    );
    assert.deepEqual(
      [timed?.spec.schedule, timed?.spec.timeZone, timed?.spec.suspend],
      ['0 2 * * *', 'Europe/Berlin', false],
    );
    assert.equal(idle?.spec.suspend, true);
    assert.match(
      await world.until(async () => {
        const next = (await world.backup('timed')).status?.nextScheduleTime;
        assert.ok(next);
        return next;
      }),
      /^\d{4}-\d\d-\d\d 02:00 \+0[12]:00$/,
    );
  });

  await t.test(
    'changes by hand are put back: values, foreign containers, variables, node selectors, and what was removed',
    async () => {
      const before = await world.until(() => cronJob('timed'));
      const changes = [
        '[{"op":"replace","path":"/spec/schedule","value":"0 3 * * *"}]',
        '[{"op":"add","path":"/spec/jobTemplate/spec/template/spec/containers/-","value":{"name":"foreign","image":"busybox"}}]',
        '[{"op":"add","path":"/spec/jobTemplate/spec/template/spec/containers/0/env/-","value":{"name":"FOREIGN","value":"1"}}]',
        '[{"op":"add","path":"/spec/jobTemplate/spec/template/spec/nodeSelector/foreign","value":"yes"}]',
        '[{"op":"remove","path":"/spec/jobTemplate/spec/template/spec/containers/0/env/0"}]',
        '[{"op":"replace","path":"/spec/suspend","value":true}]',
        '[{"op":"add","path":"/spec/jobTemplate/spec/ttlSecondsAfterFinished","value":1}]',
      ];
      for (const change of changes) {
        await kubectl('patch', 'cronjob', 'timed', '--type=json', '-p', change);
        await world.until(async () => assert.deepEqual((await cronJob('timed')).spec, before.spec, change));
      }
      const events = await world.events('timed');
      assert.ok(
        events.some((event) => event.startsWith('Warning CronJobRestored')),
        events.join('\n'),
      );
      const { metadata } = JSON.parse(
        await kubectl('get', 'cronjob', 'timed', '-o', 'json', '--show-managed-fields'),
      );
      const holders = (
        metadata as { managedFields: { manager: string; operation: string; fieldsV1: object }[] }
      ).managedFields
        .filter(({ fieldsV1 }) => 'f:spec' in fieldsV1)
        .map(({ manager, operation }) => `${manager} ${operation}`);
      assert.deepEqual(holders, ['database-backup-operator Apply']);
      await kubectl('delete', 'cronjob', 'timed', '--cascade=foreground');
      await world.until(async () => assert.deepEqual((await cronJob('timed')).spec, before.spec));
    },
  );

  await t.test('what a spec no longer has goes from the CronJob, too', async () => {
    const env = [{ name: 'NO_PROXY', value: 'example.com' }];
    await world.applyBackup('idle', { runner: { env } });
    await world.until(async () =>
      assert.ok(podOf(await cronJob('idle')).containers[0]?.env.some(({ name }) => name === 'NO_PROXY')),
    );
    await world.applyBackup('idle');
    await world.until(async () =>
      assert.ok(!podOf(await cronJob('idle')).containers[0]?.env.some(({ name }) => name === 'NO_PROXY')),
    );
  });

  await t.test('quantities that Kubernetes writes another way cause no writes', async () => {
    await world.applyBackup('idle', { runner: { resources: { limits: { cpu: '0.5', memory: '1024Mi' } } } });
    await world.until(async () =>
      assert.equal(
        conditionOf((await world.backup('idle')).status?.conditions, 'Ready')?.observedGeneration,
        (await world.backup('idle')).metadata.generation,
      ),
    );
    const { resourceVersion } = (await cronJob('idle')).metadata;
    await kubectl('annotate', 'databasebackup', 'idle', 'example.com/looked=1');
    await kubectl('annotate', 'databasebackup', 'idle', 'dbbackup.dev/check-now=1');
    await world.until(async () =>
      assert.equal((await world.backup('idle')).status?.lastCheck?.checkNow, '1'),
    );
    assert.equal((await cronJob('idle')).metadata.resourceVersion, resourceVersion);
  });

  await t.test('a foreign CronJob of the name is never taken', async () => {
    await kubectl('create', 'cronjob', 'foreign', '--image=busybox', '--schedule=0 5 * * *', '--', 'true');
    const before = await cronJob('foreign');
    await world.applyBackup('foreign', { schedule: '0 2 * * *' });
    const condition = await ready('foreign');
    assert.deepEqual([condition.status, condition.reason], ['False', 'NameTaken'], condition.message);
    const after = await cronJob('foreign');
    assert.deepEqual([after.spec, after.metadata.ownerReferences], [before.spec, undefined]);
    await kubectl('delete', 'cronjob', 'foreign');
    await world.until(async () => assert.ok((await cronJob('foreign')).metadata.ownerReferences));
  });

  await t.test('an invalid spec says its sentence, and the last valid CronJob stays', async () => {
    const before = await cronJob('timed');
    await world.applyBackup('timed', { schedule: '0 2 31 2 *', timeZone: 'Europe/Berlin' });
    await world.until(async () => {
      const condition = conditionOf((await world.backup('timed')).status?.conditions, 'Ready');
      assert.deepEqual([condition?.status, condition?.reason], ['False', 'InvalidSpec']);
      assert.match(condition?.message ?? '', /never fires/);
    });
    assert.equal((await cronJob('timed')).metadata.resourceVersion, before.metadata.resourceVersion);
  });

  await t.test(
    'a quota that leaves no room for the CronJob is told, and over soon after it went',
    async () => {
      await world.apply({
        ...{ apiVersion: 'v1', kind: 'ResourceQuota', metadata: { name: 'none' } },
        spec: { hard: { 'count/cronjobs.batch': '0' } },
      });
      await world.until(async () =>
        assert.match(await kubectl('get', 'quota', 'none', '-o', 'jsonpath={.status.hard}'), /cronjobs/),
      );
      await world.applyBackup('crowded');
      const condition = await ready('crowded');
      assert.deepEqual([condition.status, condition.reason], ['False', 'PodRefused'], condition.message);
      assert.match(condition.message, /^CronJob crowded cannot be made: a quota or a policy/);
      await kubectl('delete', 'quota', 'none');
      await world.until(async () => assert.ok(await cronJob('crowded')));
    },
  );

  await t.test('a spec that makes a CronJob which Kubernetes refuses names the field', async () => {
    await world.applyBackup('refused', { runner: { resources: { limits: { nonsense: 1 } } } });
    await world.until(async () => {
      const condition = conditionOf((await world.backup('refused')).status?.conditions, 'Ready');
      assert.deepEqual(
        [condition?.status, condition?.reason],
        ['False', 'InvalidSpec'],
        condition?.message ?? 'no condition',
      );
      assert.match(condition?.message ?? '', /nonsense/);
    });
    await world.applyBackup('refused');
    await world.until(async () => assert.ok(await cronJob('refused')));
  });
});
