import assert from 'node:assert/strict';
import { test } from 'node:test';
import { pino } from 'pino';
import { Controller, type ControllerOptions, type Reconcile } from './controller.ts';
import { ApiError } from './kubernetesClient.ts';
import { ManualClock } from './manualClockFixture.ts';
import { runtimeMetrics } from './metrics.ts';

function running(reconcile: Reconcile, options: Partial<ControllerOptions> = {}) {
  const clock = new ManualClock();
  const metrics = runtimeMetrics();
  const lines: Record<string, unknown>[] = [];
  const logger = pino({}, { write: (line) => lines.push(JSON.parse(line)) });
  const settings = { name: 'things', workers: 2, random: () => 1, clock, metrics, logger, ...options };
  const controller = new Controller({ ...settings, reconcile });
  const stop = new AbortController();
  const ended = controller.run(stop.signal);
  const results = async () => {
    const { values = [] } =
      (await metrics.registry.getSingleMetric('controller_runtime_reconcile_total')?.get()) ?? {};
    return Object.fromEntries(values.map(({ labels, value }) => [labels.result, value]));
  };
  return { clock, metrics, lines, controller, queue: controller.queue, stop, ended, results };
}

function messageOf(line: Record<string, unknown> | undefined): string | undefined {
  return (line?.err as Error | undefined)?.message;
}

test('a key is reconciled when it is added, and again when it asked for that', async () => {
  const seen: string[] = [];
  const { clock, queue, results } = running(async (key) => {
    seen.push(key);
    return seen.length === 1 ? 60_000 : undefined;
  });
  queue.add('ns/a');
  await clock.advance(59_999);
  assert.deepEqual(seen, ['ns/a']);
  await clock.advance(1);
  assert.deepEqual(seen, ['ns/a', 'ns/a']);
  await clock.advance(3_600_000);
  assert.equal(seen.length, 2);
  assert.deepEqual(await results(), { success: 1, requeue_after: 1, error: 0 });
});

test('no more than so many at a time', async () => {
  const open = new Map<string, () => void>();
  const { clock, queue } = running(
    (key) => new Promise((resolve) => open.set(key, () => resolve(undefined))),
  );
  for (const key of ['a', 'b', 'c']) queue.add(key);
  await clock.advance(0);
  assert.deepEqual([...open.keys()], ['a', 'b']);
  open.get('b')?.();
  await clock.advance(0);
  assert.deepEqual([...open.keys()], ['a', 'b', 'c']);
});

test('a failure is one line of the log and a growing wait; a conflict is no error', async () => {
  let failure: Error | undefined = new Error('No luck.');
  const { clock, lines, queue, results } = running(async () => {
    if (failure) throw failure;
    return undefined;
  });
  queue.add('ns/a');
  await clock.advance(3_500);
  assert.deepEqual(
    lines.map(({ level, key, waitMs }) => [level, key, waitMs]),
    [
      [50, 'ns/a', 1000],
      [50, 'ns/a', 2000],
      [50, 'ns/a', 4000],
    ],
  );
  assert.equal(messageOf(lines[0]), 'No luck.');
  failure = new ApiError('PUT x', { status: 409, reason: 'Conflict' });
  await clock.advance(4_000);
  assert.equal(lines[3]?.level, 30);
  failure = undefined;
  await clock.advance(8_000);
  assert.deepEqual(await results(), { success: 1, requeue_after: 0, error: 4 });
  assert.equal(lines.length, 4);
});

test('a reconciliation that takes too long is aborted and counts as failed', async () => {
  const { clock, lines, queue } = running(
    (_, signal) => new Promise((__, reject) => signal.addEventListener('abort', () => reject(signal.reason))),
    { timeoutMs: 30_000 },
  );
  queue.add('ns/a');
  await clock.advance(30_000);
  assert.equal(messageOf(lines[0]), 'Not done within 30 s.');
});

test('drained, it finishes what is under way and begins nothing new', async () => {
  const seen: string[] = [];
  const hold = Promise.withResolvers<undefined>();
  const { clock, controller, queue, ended } = running(
    (key) => {
      seen.push(key);
      return hold.promise;
    },
    { workers: 1 },
  );
  queue.add('a');
  queue.add('b');
  await clock.advance(0);
  controller.drain();
  let isOver = false;
  const over = ended.then(() => {
    isOver = true;
  });
  await clock.advance(0);
  assert.equal(isOver, false);
  hold.resolve(undefined);
  await over;
  assert.deepEqual(seen, ['a']);
});

test('stopped, what is under way is aborted, and that is no failure', async () => {
  const { clock, queue, stop, ended, lines, results } = running(
    (_, signal) => new Promise((__, reject) => signal.addEventListener('abort', () => reject(signal.reason))),
  );
  queue.add('a');
  queue.add('b');
  queue.add('c');
  await clock.advance(0);
  stop.abort(new Error('Leadership lost.'));
  await ended;
  assert.deepEqual(lines, []);
  assert.deepEqual(await results(), { success: 0, requeue_after: 0, error: 0 });
  assert.equal(clock.pending, 0);
});
