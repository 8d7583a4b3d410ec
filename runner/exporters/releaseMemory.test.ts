import assert from 'node:assert/strict';
import { test } from 'node:test';
import { releaseMemory } from './releaseMemory.ts';

test('a buffer with memory of its own gives it back', () => {
  for (const size of [16_384, 65_536, 1_048_576]) {
    const bytes = Buffer.allocUnsafeSlow(size);
    releaseMemory(bytes);
    assert.equal(bytes.length, 0);
    assert.equal(bytes.buffer.byteLength, 0);
  }
});

test('a part of a large buffer gives back the whole', () => {
  const whole = Buffer.allocUnsafeSlow(300_000);
  releaseMemory(whole.subarray(0, 20_000));
  assert.equal(whole.length, 0);
});

test('buffers from the pool, small ones and nothing at all are left alone', () => {
  for (let count = 0; count < 20; count++) {
    const pooled = Buffer.allocUnsafe(20_000);
    releaseMemory(pooled);
    assert.equal(pooled.length, 20_000);
  }
  const constant = Uint8Array.of(3, 0);
  releaseMemory(constant);
  assert.deepEqual([...constant], [3, 0]);
  releaseMemory(undefined);
});
