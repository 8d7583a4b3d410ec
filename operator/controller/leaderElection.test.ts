import assert from 'node:assert/strict';
import { test } from 'node:test';
import { pino } from 'pino';
import { LeaderElector, LeadershipLostError } from './leaderElection.ts';
import { LeaseClient, LeaseServer } from './leaseClientFixture.ts';
import { ManualClock } from './manualClockFixture.ts';
import { runtimeMetrics } from './metrics.ts';

/** Processes that want to lead; `log` holds who began and ended to lead, with the second. */
function cluster(random = () => 0.5) {
  const clock = new ManualClock();
  const server = new LeaseServer();
  const log: string[] = [];
  const seconds = () => Math.round(clock.monotonic() / 100) / 10;
  const start = (identity: string) => {
    const way = new LeaseClient(server);
    const metrics = runtimeMetrics();
    const logger = pino({ level: 'silent' });
    const options = { namespace: 'ns', name: 'operator', identity, logger, clock, random, metrics };
    const elector = new LeaderElector({ ...options, client: way.client });
    const stop = new AbortController();
    const done = Promise.withResolvers<void>();
    const led = { lost: undefined as AbortSignal | undefined };
    const result = elector.run(async (lost) => {
      log.push(`${identity} leads at ${seconds()}`);
      led.lost = lost;
      lost.addEventListener('abort', () => log.push(`${identity} lost at ${seconds()}`));
      await done.promise;
    }, stop.signal);
    result.catch(() => {});
    const status = async () =>
      (await metrics.registry.getSingleMetric('leader_election_master_status')?.get())?.values[0]?.value;
    return { identity, way, elector, stop, done, result, led, status };
  };
  return { clock, server, log, start };
}

test('the first one leads and renews, the second waits', async () => {
  const { clock, server, log, start } = cluster();
  const first = start('a');
  await clock.advance(0);
  const second = start('b');
  await clock.advance(60_000);
  assert.deepEqual(log, ['a leads at 0']);
  assert.deepEqual([first.elector.isLeader, second.elector.isLeader], [true, false]);
  assert.deepEqual([await first.status(), await second.status()], [1, 0]);
  const { holderIdentity, leaseDurationSeconds, leaseTransitions, acquireTime, renewTime } =
    server.lease?.spec ?? {};
  assert.deepEqual([holderIdentity, leaseDurationSeconds, leaseTransitions], ['a', 15, 0]);
  assert.equal(acquireTime, '2026-01-01T00:00:00.000000Z');
  assert.equal(renewTime, '2026-01-01T00:01:00.000000Z');
  assert.equal(server.writes, 31);
});

test('done, the leader releases the Lease and the next one has it within seconds', async () => {
  const { clock, server, log, start } = cluster();
  const first = start('a');
  await clock.advance(0);
  start('b');
  await clock.advance(9_000);
  first.stop.abort();
  await clock.advance(4_000);
  // Still at work: the Lease stays.
  assert.equal(server.lease?.spec?.holderIdentity, 'a');
  first.done.resolve();
  assert.equal(await first.result, 'released');
  await clock.advance(3_000);
  assert.equal(log.length, 2);
  assert.match(log[1] ?? '', /^b leads at 1[345]/);
  assert.equal(server.lease?.spec?.leaseTransitions, 1);
});

test('a leader that dies is replaced after its lease, in less than 20 s whatever the jitter', async () => {
  for (const jitter of [0, 0.5, 1]) {
    const { clock, log, start } = cluster(() => jitter);
    const first = start('a');
    await clock.advance(0);
    start('b');
    await clock.advance(11_900);
    first.way.way = 'hangs';
    await clock.advance(20_000);
    const [, lost, next] = log;
    assert.equal(lost, 'a lost at 20');
    const at = Number(/^b leads at (.*)$/.exec(next ?? '')?.[1]);
    assert.ok(at > 25 && at < 11.9 + 20, `${at}`);
  }
});

test('a leader that cannot renew stops before anybody else begins, and its signal says why', async () => {
  for (const way of ['refuses', 'hangs', 'loses'] as const) {
    const { clock, log, start } = cluster();
    const first = start('a');
    await clock.advance(0);
    start('b');
    await clock.advance(5_000);
    first.way.way = way;
    await clock.advance(40_000);
    assert.match(log[1] ?? '', /^a lost/);
    assert.match(log[2] ?? '', /^b leads/);
    assert.ok(first.led.lost?.reason instanceof LeadershipLostError);
    assert.equal(await first.result, 'lost');
    assert.equal(await first.status(), 0);
  }
});

test('a short outage costs nothing', async () => {
  for (const way of ['refuses', 'hangs', 'loses'] as const) {
    const { clock, log, start } = cluster();
    const first = start('a');
    await clock.advance(0);
    start('b');
    await clock.advance(5_000);
    first.way.way = way;
    await clock.advance(7_000);
    first.way.way = 'open';
    await clock.advance(60_000);
    assert.deepEqual(log, ['a leads at 0']);
  }
});

test('a Lease that somebody deleted is made again, one that somebody took is lost', async () => {
  const { clock, server, log, start } = cluster();
  const first = start('a');
  await clock.advance(1_000);
  server.lease = undefined;
  await clock.advance(10_000);
  assert.equal(server.holder, 'a');
  server.take('z');
  await clock.advance(2_000);
  assert.equal(await first.result, 'lost');
  assert.deepEqual(log, ['a leads at 0', 'a lost at 12']);
});

test('wrong wall clocks and old Leases do no harm: what counts is how long we see no change', async () => {
  const { clock, server, log, start } = cluster();
  const renewTime = '2020-01-01T00:00:00.000000Z';
  server.create({
    apiVersion: 'coordination.k8s.io/v1',
    kind: 'Lease',
    metadata: { name: 'operator', namespace: 'ns' },
    spec: { holderIdentity: 'z', leaseDurationSeconds: 30, renewTime, leaseTransitions: 7 },
  } as unknown as NonNullable<typeof server.lease>);
  start('a');
  await clock.advance(29_000);
  assert.deepEqual(log, []);
  await clock.advance(3_000);
  assert.match(log[0] ?? '', /^a leads at 30/);
  assert.equal(server.lease?.spec?.leaseTransitions, 8);
});

test('one that starts again under its old identity leads at once', async () => {
  const { clock, log, start } = cluster();
  const first = start('a');
  await clock.advance(1_000);
  first.way.way = 'hangs';
  start('a');
  await clock.advance(1_000);
  assert.equal(log[1], 'a leads at 1');
});

test('stopped while it waits, it is over; what leading throws is thrown after the release', async () => {
  const { clock, server, start } = cluster();
  const first = start('a');
  await clock.advance(0);
  const second = start('b');
  await clock.advance(1_000);
  second.stop.abort();
  assert.equal(await second.result, 'released');
  first.done.reject(new Error('A bug.'));
  await assert.rejects(first.result, /A bug/);
  assert.equal(server.lease?.spec?.holderIdentity, '');
});
