import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { ManualClock } from './manualClockFixture.ts';
import { runtimeMetrics } from './metrics.ts';
import { WorkQueue } from './workQueue.ts';

function queueOf(random = () => 1) {
  const clock = new ManualClock();
  const metrics = runtimeMetrics();
  const queue = new WorkQueue({ name: 'q', clock, metrics, random });
  const value = async (name: string) =>
    (await metrics.registry.getSingleMetric(name)?.get())?.values[0]?.value;
  return { clock, queue, value };
}

test('a key waits once, keys come in the order they were added', async () => {
  const { queue, value } = queueOf();
  for (const key of ['a', 'b', 'a', 'c', 'b']) queue.add(key);
  assert.equal(await value('workqueue_depth'), 3);
  assert.equal(await value('workqueue_adds_total'), 3);
  assert.deepEqual([await queue.next(), await queue.next(), await queue.next()], ['a', 'b', 'c']);
  assert.equal(await value('workqueue_depth'), 0);
});

test('a key that is added while it is worked on comes again afterwards, once, and to one worker at a time', async () => {
  const { queue } = queueOf();
  queue.add('a');
  assert.equal(await queue.next(), 'a');
  const other = queue.next();
  queue.add('a');
  queue.add('a');
  queue.add('b');
  assert.equal(await other, 'b');
  queue.done('a');
  assert.equal(queue.depth, 1);
  assert.equal(await queue.next(), 'a');
  queue.done('a');
  assert.equal(queue.depth, 0);
});

test('of several later wishes the earliest is kept', async () => {
  const { queue, clock } = queueOf();
  queue.addAfter('a', 5_000);
  queue.addAfter('a', 2_000);
  queue.addAfter('a', 9_000);
  await clock.advance(1_999);
  assert.equal(queue.depth, 0);
  await clock.advance(1);
  assert.equal(queue.depth, 1);
  await queue.next();
  queue.done('a');
  await clock.advance(10_000);
  assert.equal(queue.depth, 0);
});

test('waits after failures double up to five minutes, until the key is fine', async () => {
  const { queue, clock, value } = queueOf();
  const waits = Array.from({ length: 11 }, () => queue.addRateLimited('a') / 1000);
  assert.deepEqual(waits, [1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300]);
  assert.equal(queue.addRateLimited('b'), 1000);
  queue.forget('a');
  assert.equal(queue.addRateLimited('a'), 1000);
  await clock.advance(1000);
  assert.equal(queue.depth, 2);
  assert.equal(await value('workqueue_retries_total'), 13);
  assert.equal(queueOf(() => 0).queue.addRateLimited('a'), 500);
});

test('shut down, it hands out nothing, wakes who waits, and what is under way may end', async () => {
  const { queue, clock } = queueOf();
  queue.add('a');
  await queue.next();
  const waiting = queue.next();
  queue.add('a');
  queue.addAfter('b', 1000);
  queue.shutDown();
  assert.equal(await waiting, undefined);
  queue.add('c');
  queue.done('a');
  await clock.advance(2000);
  assert.equal(await queue.next(), undefined);
  assert.equal(clock.pending, 0);
});

test('who is longest at work is known', async () => {
  const { queue, clock } = queueOf();
  assert.equal(queue.longestAtWork, undefined);
  for (const key of ['a', 'b']) {
    queue.add(key);
    await queue.next();
    await clock.advance(1000);
  }
  assert.deepEqual(queue.longestAtWork, { key: 'a', since: 0 });
  queue.done('a');
  assert.deepEqual(queue.longestAtWork, { key: 'b', since: 1000 });
});

test('no key is ever with two workers, none is lost, whatever the order of calls', async () => {
  const calls = fc.array(
    fc.record({ act: fc.constantFrom('add', 'next', 'next', 'done'), key: fc.constantFrom('a', 'b', 'c') }),
    { maxLength: 80, size: 'max' },
  );
  await fc.assert(
    fc.asyncProperty(calls, async (sequence) => {
      const { queue } = queueOf();
      const atWork = new Set<string>();
      const owed = new Set<string>();
      const take = async () => {
        const key = await queue.next();
        assert.ok(key !== undefined && !atWork.has(key));
        assert.ok(owed.delete(key));
        atWork.add(key);
      };
      for (const { act, key } of sequence) {
        if (act === 'add') {
          queue.add(key);
          owed.add(key);
        } else if (act === 'next' && queue.depth > 0) await take();
        else if (act === 'done' && atWork.delete(key)) queue.done(key);
      }
      for (const key of atWork) queue.done(key);
      atWork.clear();
      while (queue.depth > 0) await take();
      assert.deepEqual([...owed], []);
    }),
  );
});
