import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { pino } from 'pino';
import { testCluster, testNamespace } from '../../sandbox/kubernetes/testCluster.ts';
import { eventually } from '../../sandbox/testing.ts';
import { systemClock } from './clock.ts';
import { type Event, events } from './event.ts';
import { EventRecorder } from './eventRecorder.ts';
import { kubernetesClient } from './httpClient.ts';
import { Informer } from './informer.ts';
import { ApiError } from './kubernetesClient.ts';
import type { KubernetesObject } from './kubernetesObject.ts';
import { LeaderElector } from './leaderElection.ts';
import { type Lease, leases } from './lease.ts';
import { runtimeMetrics } from './metrics.ts';

const configMaps = { apiVersion: 'v1', kind: 'ConfigMap', plural: 'configmaps' };
const cronJobs = { apiVersion: 'batch/v1', kind: 'CronJob', plural: 'cronjobs' };
const logger = pino({ level: 'silent' });
const signal = AbortSignal.timeout(300_000);

type ConfigMap = KubernetesObject & { readonly data?: Readonly<Record<string, string>> };

async function connected(t: TestContext) {
  const cluster = await testCluster(t);
  if (!cluster) return undefined;
  const namespace = await testNamespace(t, cluster);
  const client = kubernetesClient(cluster.adminConfig, { fieldManager: 'tester', userAgent: 'tester' });
  t.after(() => client.close());
  const named = (name: string, data?: Record<string, string>): ConfigMap => ({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name, namespace, labels: { test: 'yes' } },
    ...(data && { data }),
  });
  return { client, namespace, named };
}

test('writes of every kind, and refusals with their fields', async (t) => {
  const world = await connected(t);
  if (!world) return;
  const { client, namespace, named } = world;
  const created = await client.create(configMaps, named('a', { x: '1' }), signal);
  await assert.rejects(client.create(configMaps, named('a'), signal), {
    status: 409,
    reason: 'AlreadyExists',
  });
  await client.replace(configMaps, { ...created, data: { x: '2' } }, signal);
  await assert.rejects(client.replace(configMaps, created, signal), { status: 409, reason: 'Conflict' });
  assert.deepEqual(
    (await client.patch<ConfigMap>(configMaps, namespace, 'a', { data: { y: '3' } }, {}, signal)).data,
    { x: '2', y: '3' },
  );
  const mine = { ...named('a'), data: { x: '9' } };
  const applied = await client.apply(configMaps, named('b', { x: '1' }), { force: false }, signal);
  assert.equal(applied.metadata.managedFields?.[0]?.manager, 'tester');
  await assert.rejects(client.apply(configMaps, mine, { force: false }, signal), {
    status: 409,
    fields: ['data.x'],
  });
  await client.apply(configMaps, mine, { force: true }, signal);
  await assert.rejects(client.delete(configMaps, namespace, 'a', { uid: 'another' }, signal), {
    status: 409,
  });
  const { uid } = created.metadata;
  assert.equal(
    await client.delete(configMaps, namespace, 'a', { uid, propagationPolicy: 'Background' }, signal),
    true,
  );
  assert.equal(await client.delete(configMaps, namespace, 'a', {}, signal), false);
  assert.equal(await client.get(configMaps, namespace, 'a', signal), undefined);
  const bad = {
    apiVersion: 'batch/v1',
    kind: 'CronJob',
    metadata: { name: 'c', namespace },
    spec: { timeZone: 'Nowhere' },
  };
  const error = await client.create(cronJobs, bad, signal).catch((thrown) => thrown);
  assert.ok(error instanceof ApiError);
  assert.equal(error.reason, 'Invalid');
  assert.ok(error.fields.includes('spec.timeZone') && error.fields.includes('spec.schedule'), error.message);
});

test('an informer lists in pages, follows the watch, and knows our own writes at once', async (t) => {
  const world = await connected(t);
  if (!world) return;
  const { client, namespace, named } = world;
  for (let i = 0; i < 7; i += 1) await client.create(configMaps, named(`c${i}`), signal);
  const labelSelector = 'test=yes';
  const informer = new Informer<ConfigMap>({
    ...{ client, resource: configMaps, namespaces: [namespace], labelSelector, pageSize: 3, logger },
  });
  const { store } = informer;
  const stop = new AbortController();
  const running = informer.run(stop.signal);
  t.after(async () => {
    stop.abort();
    await running;
  });
  await eventually(() => assert.ok(informer.hasSynced));
  assert.equal(store.size, 7);
  assert.ok(
    store.list().every(({ metadata, kind }) => metadata.managedFields === undefined && kind === 'ConfigMap'),
  );
  const key = (name: string) => `${namespace}/${name}`;
  for (let round = 0; round < 20; round += 1) {
    const written = await client.create(configMaps, named('own', { round: `${round}` }), signal);
    store.remember(written);
    assert.equal(store.get(key('own'))?.data?.round, `${round}`);
    await client.delete(configMaps, namespace, 'own', {}, signal);
    store.forget(written);
    assert.equal(store.get(key('own')), undefined);
  }
  await client.create(configMaps, named('last'), signal);
  await client.delete(configMaps, namespace, 'c3', {}, signal);
  await eventually(() => {
    const names = store.list().map(({ metadata }) => metadata.name);
    assert.deepEqual(names.sort(), ['c0', 'c1', 'c2', 'c4', 'c5', 'c6', 'last']);
  });
});

test('the API server accepts our events, with series, long notes and names', async (t) => {
  const world = await connected(t);
  if (!world) return;
  const { client, namespace, named } = world;
  const metrics = runtimeMetrics();
  const reporter = { controller: 'dbbackup.dev/operator', instance: 'x'.repeat(200) };
  const recorder = new EventRecorder({ client, logger, metrics, clock: systemClock, ...reporter });
  const text = {
    type: 'Warning',
    reason: 'FolderNotFound',
    action: 'Check',
    note: 'я'.repeat(1000),
  } as const;
  const object = await client.create(configMaps, named(`${'long.'.repeat(50)}x`), signal);
  for (let i = 0; i < 3; i += 1) recorder.record(object, text);
  recorder.record(object, { ...text, type: 'Normal', reason: 'Checked', note: 'Fine.' });
  const { namespace: _, ...metadata } = object.metadata;
  recorder.record({ ...object, kind: 'Node', metadata }, text);
  await recorder.flush(signal);
  const { items } = await client.list<Event>(events, { namespace }, signal);
  const ours = items.filter(({ reportingController }) => reportingController === 'dbbackup.dev/operator');
  assert.deepEqual(ours.map(({ reason, series }) => [reason, series?.count]).sort(), [
    ['Checked', undefined],
    ['FolderNotFound', 3],
  ]);
  const dropped = await metrics.registry.getSingleMetric('event_recorder_dropped_total')?.get();
  assert.ok(dropped?.values.every(({ value }) => value === 0));
});

test('of two processes one leads; when it is done the other one does', async (t) => {
  const world = await connected(t);
  if (!world) return;
  const { client, namespace } = world;
  const times = { leaseDurationMs: 60_000, renewDeadlineMs: 40_000, retryPeriodMs: 100 };
  const leading: string[] = [];
  const start = (identity: string) => {
    const options = {
      client,
      namespace,
      name: 'lease',
      identity,
      logger,
      metrics: runtimeMetrics(),
      ...times,
    };
    const done = Promise.withResolvers<void>();
    const lead = async () => {
      leading.push(identity);
      await done.promise;
    };
    return { done, result: new LeaderElector(options).run(lead, signal) };
  };
  const first = start('a');
  await eventually(() => assert.deepEqual(leading, ['a']));
  const renewTime = async () =>
    (await client.get<Lease>(leases, namespace, 'lease', signal))?.spec?.renewTime;
  const before = await renewTime();
  await eventually(async () => assert.notEqual(await renewTime(), before));
  await client.delete(leases, namespace, 'lease', {}, signal);
  await eventually(async () => assert.notEqual(await renewTime(), undefined));
  const second = start('b');
  first.done.resolve();
  assert.equal(await first.result, 'released');
  await eventually(() => assert.deepEqual(leading, ['a', 'b']));
  second.done.resolve();
  assert.equal(await second.result, 'released');
  const lease = await client.get<Lease>(leases, namespace, 'lease', signal);
  assert.deepEqual([lease?.spec?.holderIdentity, lease?.spec?.leaseTransitions], ['', 1]);
});
