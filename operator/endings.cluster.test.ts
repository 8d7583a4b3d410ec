import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { dbbackupImage } from '../sandbox/kubernetes/node/dbbackupImage.ts';
import { testCluster } from '../sandbox/kubernetes/testCluster.ts';
import { type OperatorWorld, operatorWorld, startOperator } from './operatorFixture.ts';
import { conditionOf } from './reconcile/conditions.ts';
import type { Run } from './reconcile/kinds.ts';
import { imageThat } from './runnerStandInFixture.ts';

// Runs that end without a word of their runner. The process node breaks them as a kubelet would.

const forEver = 'setInterval(() => {}, 1000)';

/** A run of `image`, and what its record says once it has failed and somebody was told. */
async function failedRun(
  world: OperatorWorld,
  name: string,
  image: string,
  spec: object,
  during: () => Promise<void>,
): Promise<Run> {
  const { runner, ...rest } = spec as { runner?: object };
  await world.applyBackup(name, { retries: 0, ...rest, runner: { image, ...runner } });
  await world.until(() => world.kubectl('get', 'cronjob', name));
  await world.kubectl('create', 'job', `--from=cronjob/${name}`, `${name}-1`);
  await during();
  return world.until(async () => {
    const run = await world.run(`${name}-1`);
    assert.equal(run.status?.phase, 'Failed', JSON.stringify(run.status));
    return run;
  });
}

async function podOf(world: OperatorWorld, job: string, state: 'running' | 'waiting'): Promise<string> {
  return world.until(async () => {
    const [pod] = await world.podsOf(job);
    assert.ok(pod?.status?.containerStatuses?.[0]?.state[state], JSON.stringify(pod?.status));
    return pod.metadata.name;
  });
}

async function world(t: TestContext) {
  const cluster = await testCluster(t);
  if (!cluster) return undefined;
  const made = await operatorWorld(t, cluster, 'CREATE TABLE items AS SELECT 1 AS id');
  made.node.addImage('forever:1', imageThat(made, forEver));
  await startOperator(t, cluster, made.namespace, {
    args: ['--stuck-pod-seconds', '1', '--max-checks', '20'],
  });
  return made;
}

const memoryHog = 'const kept = []; setInterval(() => kept.push(Buffer.alloc(32 << 20, 1)), 20)';

test('every ending without a report has its reason, and somebody is told', async (t) => {
  const made = await world(t);
  if (!made) return;
  const { node, namespace, kubectl } = made;
  node.addImage('hog:1', imageThat(made, memoryHog));
  node.addImage('crash:1', imageThat(made, 'process.exit(3)'));
  node.addImage('liar:1', imageThat(made, 'process.exit(0)'));
  const nothing = async () => {};
  const cases: [
    name: string,
    reason: string,
    image: string,
    spec: object,
    during: (job: string) => Promise<void>,
  ][] = [
    ['memory', 'OutOfMemory', 'hog:1', { runner: { resources: { limits: { memory: '256Mi' } } } }, nothing],
    ['crash', 'ReportMissing', 'crash:1', {}, nothing],
    ['liar', 'ReportMissing', 'liar:1', {}, nothing],
    ['noimage', 'ImagePullFailed', 'nowhere:1', {}, nothing],
    ['badname', 'ImagePullFailed', 'Upper/Case:1', {}, nothing],
    [
      'nosecret',
      'SecretNotFound',
      'forever:1',
      { runner: { env: [{ name: 'A', valueFrom: { secretKeyRef: { name: 'gone', key: 'a' } } }] } },
      nothing,
    ],
    [
      'poddeleted',
      'PodDeleted',
      'forever:1',
      {},
      async (job) =>
        void (await kubectl('delete', 'pod', await podOf(made, job, 'running'), '--grace-period=1')),
    ],
    [
      'jobdeleted',
      'JobDeleted',
      'forever:1',
      {},
      async (job) => {
        await podOf(made, job, 'running');
        await kubectl('delete', 'job', job, '--wait=false');
      },
    ],
    [
      'deadline',
      'DeadlineExceeded',
      'forever:1',
      {},
      async (job) => {
        await podOf(made, job, 'running');
        await kubectl('patch', 'job', job, '--type=merge', '-p', '{"spec":{"activeDeadlineSeconds":1}}');
      },
    ],
  ];
  for (const [name, reason, image, spec, during] of cases) {
    await t.test(`${name}: ${reason}`, async () => {
      const run = await failedRun(made, name, image, spec, () => during(`${name}-1`));
      assert.equal(run.status?.reason, reason, JSON.stringify(run.status));
      assert.ok(run.status?.message && run.status.hint);
      // Whole seconds, as Kubernetes writes them, and the time of the polling included.
      const seconds = (Date.now() - Date.parse(run.status.completionTime ?? '')) / 1000;
      t.diagnostic(`${reason} stood on the record ${seconds.toFixed(1)} s after the Job's end`);
      assert.equal(run.status?.trigger, 'Manual');
    });
  }
  await t.test(
    'an evicted pod is said while it is replaced, and the run that succeeds after all is one mail',
    async () => {
      node.addImage('evicted:1', imageThat(made, forEver));
      await made.applyBackup('evicted', { retries: 0, runner: { image: 'evicted:1' } });
      await made.until(() => kubectl('get', 'cronjob', 'evicted'));
      await kubectl('create', 'job', '--from=cronjob/evicted', 'evicted-1');
      const pod = await podOf(made, 'evicted-1', 'running');
      const seen = made.until(async () => {
        const { status } = await made.run('evicted-1');
        assert.equal(status?.reason, 'Evicted', JSON.stringify(status));
        assert.equal(status?.phase, 'Running');
      });
      node.addImage('evicted:1', dbbackupImage({ DBBACKUP_GOOGLE_URL: made.google.url }));
      await node.evict(namespace, pod);
      await seen;
      await made.until(async () => {
        const { status } = await made.run('evicted-1');
        assert.deepEqual([status?.phase, status?.reason], ['Succeeded', undefined], JSON.stringify(status));
      });
      const mail = await made.mailbox.waitForMessage(({ subject }) => subject.includes('/evicted '));
      assert.match(mail.subject, /✓/);
      assert.equal(made.mailbox.messages().filter(({ subject }) => subject.includes('/evicted ')).length, 1);
    },
  );
  await t.test('one mail for each, by a notify Job', async () => {
    for (const [name] of cases) {
      await made.until(async () => {
        const { status } = await made.run(`${name}-1`);
        assert.equal(conditionOf(status?.conditions, 'Notified')?.reason, 'MailSent', JSON.stringify(status));
      });
    }
    const subjects = made.mailbox.messages().map(({ subject }) => subject);
    for (const [name, reason] of cases) {
      const mails = subjects.filter((subject) => subject.includes(`/${name} `));
      assert.deepEqual(mails.length, 1, `${name}: ${subjects.join('; ')}`);
      assert.match(mails[0] ?? '', new RegExp(reason));
    }
  });
});
