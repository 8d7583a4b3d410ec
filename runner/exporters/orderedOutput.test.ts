import assert from 'node:assert/strict';
import { test } from 'node:test';
import { OrderedOutput } from './orderedOutput.ts';
import { CollectingSink } from './rowTesting.ts';

test('pieces are written in the order in which they were put, not in that in which they are ready', async () => {
  const sink = new CollectingSink();
  const output = new OrderedOutput(sink);
  const slow = Promise.withResolvers<Uint8Array>();
  output.put(slow.promise);
  output.put(Buffer.from('b'));
  output.put(() => Buffer.from(`c at ${output.position}`));
  output.put(Buffer.alloc(200_000, 'd'));
  output.put(Buffer.from('e'));
  slow.resolve(Buffer.from('a'));
  await output.finish();
  assert.equal(sink.text, `abc at 2${'d'.repeat(200_000)}e`);
});

test('small pieces are gathered into few writes', async () => {
  let writes = 0;
  let bytes = 0;
  const output = new OrderedOutput({
    async write(chunk) {
      writes++;
      bytes += chunk.length;
    },
  });
  for (let count = 0; count < 10_000; count++) output.put(Buffer.from('twelve bytes'));
  await output.finish();
  assert.equal(bytes, 120_000);
  assert.equal(writes, 2);
});

test('after an error nothing more is written, every piece is released, and every method throws that error', async () => {
  const full = new Error('no space left');
  let writes = 0;
  const output = new OrderedOutput({
    async write() {
      writes++;
      throw full;
    },
  });
  let released = 0;
  for (let count = 0; count < 10; count++) output.put(Buffer.alloc(100_000), () => released++);
  await assert.rejects(output.drained(), full);
  await assert.rejects(output.finish(), full);
  assert.throws(() => output.check(), full);
  while (released < 10) await new Promise((resolve) => setImmediate(resolve));
  assert.equal(writes, 1);
  assert.equal(output.outstanding, 0);
});

test('an error of a piece that is computed is the error of the output, and no unhandled rejection', async () => {
  const output = new OrderedOutput(new CollectingSink());
  const slow = Promise.withResolvers<Uint8Array>();
  output.put(slow.promise);
  output.put(Promise.reject(new Error('deflate failed')));
  await new Promise((resolve) => setImmediate(resolve));
  slow.resolve(Buffer.from('a'));
  await assert.rejects(output.finish(), /deflate failed/);
});

test('a chunk is released only when the sink has taken it', async () => {
  const taken = Promise.withResolvers<void>();
  let released = false;
  const output = new OrderedOutput({ write: () => taken.promise });
  output.put(Buffer.alloc(100_000), () => {
    released = true;
  });
  await new Promise((resolve) => setImmediate(resolve));
  assert.equal(released, false);
  taken.resolve();
  await output.finish();
  assert.equal(released, true);
});
