import assert from 'node:assert/strict';
import { test } from 'node:test';
import { pino } from 'pino';
import { Controller } from './controller.ts';
import { serveHealth } from './health.ts';
import { contactCheck, syncedCheck, workersCheck } from './healthChecks.ts';
import { ManualClock } from './manualClockFixture.ts';
import { countRequests, runtimeMetrics } from './metrics.ts';
import { serveMetrics } from './serveMetrics.ts';

const anywhere = { host: '127.0.0.1', port: 0 };

async function read(port: number, path: string, method = 'GET'): Promise<[number, string]> {
  const answer = await fetch(`http://127.0.0.1:${port}${path}`, { method });
  return [answer.status, await answer.text()];
}

test('ready once every kind is listed and as long as the API server is heard', async () => {
  const clock = new ManualClock();
  const informers = [
    { name: 'jobs', hasSynced: false },
    { name: 'pods', hasSynced: true },
  ];
  const client = { lastContact: undefined as number | undefined };
  const readyz = [syncedCheck(informers), contactCheck(client, clock)];
  await using server = await serveHealth({ healthz: [], readyz }, anywhere);
  const problems =
    '[-]synced: Not listed yet: jobs.\n[-]api-server: It has not answered yet.\nreadyz check failed\n';
  assert.deepEqual(await read(server.port, '/readyz'), [503, problems]);
  for (const informer of informers) informer.hasSynced = true;
  client.lastContact = 0;
  assert.deepEqual(await read(server.port, '/readyz'), [
    200,
    '[+]synced ok\n[+]api-server ok\nreadyz check passed\n',
  ]);
  await clock.advance(151_000);
  assert.match((await read(server.port, '/readyz'))[1], /\[-\]api-server: Nothing came from it for 151 s\./);
  assert.deepEqual(await read(server.port, '/healthz'), [200, 'healthz check passed\n']);
});

test('not healthy while a worker does not heed its deadline', async () => {
  const clock = new ManualClock();
  const hold = Promise.withResolvers<undefined>();
  const controller = new Controller({
    ...{ name: 'things', workers: 1, timeoutMs: 60_000, clock, metrics: runtimeMetrics() },
    logger: pino({ level: 'silent' }),
    reconcile: () => hold.promise,
  });
  const check = workersCheck(controller, clock);
  const stop = new AbortController();
  const ended = controller.run(stop.signal);
  controller.queue.add('ns/a');
  await clock.advance(89_000);
  assert.equal(check.check(), undefined);
  await clock.advance(2_000);
  assert.equal(check.check(), 'ns/a is worked on for 91 s.');
  hold.resolve(undefined);
  await clock.advance(0);
  assert.equal(check.check(), undefined);
  stop.abort();
  await ended;
});

test('a check that throws fails, and other paths and methods are refused', async () => {
  const check = () => {
    throw new Error('secret');
  };
  await using server = await serveHealth({ healthz: [{ name: 'odd', check }], readyz: [] }, anywhere);
  assert.deepEqual(await read(server.port, '/healthz?verbose'), [
    503,
    '[-]odd: The check itself failed.\nhealthz check failed\n',
  ]);
  assert.equal((await read(server.port, '/'))[0], 404);
  assert.equal((await read(server.port, '/constructor'))[0], 404);
  assert.equal((await read(server.port, '/healthz', 'POST'))[0], 405);
});

test('metrics have the names of controller-runtime, in a registry of their own', async () => {
  const metrics = runtimeMetrics();
  runtimeMetrics();
  countRequests(metrics)({ method: 'GET' }, 200);
  countRequests(metrics)({ method: 'GET' }, 0);
  await using server = await serveMetrics(metrics.registry, anywhere);
  const [status, text] = await read(server.port, '/metrics');
  assert.equal(status, 200);
  assert.match(text, /^rest_client_requests_total\{method="GET",code="200"\} 1$/m);
  assert.match(text, /^rest_client_requests_total\{method="GET",code="<error>"\} 1$/m);
  assert.match(text, /^process_resident_memory_bytes \d{7,}$/m);
  assert.match(text, /^process_cpu_seconds_total 0?\.?\d+/m);
  for (const name of [
    'controller_runtime_reconcile_total',
    'workqueue_depth',
    'leader_election_master_status',
  ]) {
    assert.match(text, new RegExp(`^# TYPE ${name} `, 'm'));
  }
});
