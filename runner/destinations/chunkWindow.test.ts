import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { ChunkWindow } from './chunkWindow.ts';

test('whatever is appended and acknowledged, every byte from the oldest on is the right one', () => {
  const step = fc.oneof(fc.record({ append: fc.nat(40) }), fc.record({ acknowledge: fc.nat(100) }));
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 32 }), fc.array(step, { maxLength: 60 }), (capacity, steps) => {
      const window = new ChunkWindow(capacity);
      const stream: number[] = [];
      for (const given of steps) {
        if ('append' in given) {
          const bytes = Uint8Array.from({ length: given.append }, (_, i) => (stream.length + i) % 251);
          const room = capacity - (window.written - window.acknowledged);
          const taken = window.append(bytes);
          assert.equal(taken, Math.min(room, bytes.length));
          stream.push(...bytes.subarray(0, taken));
        } else {
          const known = given.acknowledge >= window.oldest && given.acknowledge <= window.written;
          assert.equal(window.acknowledge(given.acknowledge), known);
          if (known) assert.equal(window.acknowledged, given.acknowledge);
        }
        assert.equal(window.written, stream.length);
        assert.ok(window.written - window.oldest <= capacity);
        assert.ok(window.oldest <= window.acknowledged && window.acknowledged <= window.written);
        const held = Buffer.concat(window.slices(window.oldest, window.written));
        assert.deepEqual([...held], stream.slice(window.oldest));
      }
    }),
  );
});

test('bytes that are gone or not there yet cannot be read', () => {
  const window = new ChunkWindow(4);
  window.append(Buffer.from('abcd'));
  window.acknowledge(2);
  window.append(Buffer.from('ef'));
  assert.throws(() => window.slices(1, 3), RangeError);
  assert.throws(() => window.slices(3, 7), RangeError);
  assert.equal(Buffer.concat(window.slices(2, 6)).toString(), 'cdef');
});
