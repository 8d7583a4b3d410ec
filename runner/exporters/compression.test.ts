import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { gunzipSync, zstdDecompressSync } from 'node:zlib';
import { requireProgram } from '../../sandbox/testing.ts';
import { chunkBytes } from './chunkPool.ts';
import { compressedSink } from './compressedSink.ts';
import type { Compression } from './compression.ts';
import { CollectingSink } from './rowTesting.ts';

const text = Buffer.from(
  Array.from({ length: 300_000 }, (_, index) => `row ${index * 7919}, some text\n`).join(''),
);
const inputs: [name: string, bytes: Buffer][] = [
  ['nothing', Buffer.alloc(0)],
  ['one byte', Buffer.from('x')],
  ['exactly one chunk', text.subarray(0, chunkBytes)],
  ['many chunks', text],
  ['what cannot be compressed', randomBytes(3 * chunkBytes + 17)],
];
const decompress: Record<Compression, (bytes: Buffer) => Buffer> = {
  None: (bytes) => bytes,
  Gzip: gunzipSync,
  Zstd: zstdDecompressSync,
};

async function compressed(compression: Compression, bytes: Buffer, piece: number): Promise<Buffer> {
  const sink = new CollectingSink();
  const target = compressedSink(compression, sink);
  for (let at = 0; at < bytes.length; at += piece) await target.write(bytes.subarray(at, at + piece));
  await target.end();
  return sink.bytes;
}

for (const compression of ['None', 'Gzip', 'Zstd'] as const) {
  test(`${compression}: what goes in comes back, whatever its size and the size of the pieces`, async () => {
    for (const [name, bytes] of inputs) {
      for (const piece of [10_007, 65_536, 3_000_000]) {
        const result = await compressed(compression, bytes, piece);
        assert.ok(decompress[compression](result).equals(bytes), `${name} in pieces of ${piece}`);
      }
    }
  });

  test(`${compression}: the same bytes give the same file, and the caller may reuse its buffer`, async () => {
    const sink = new CollectingSink();
    const target = compressedSink(compression, sink);
    const piece = Buffer.alloc(65_536);
    for (let at = 0; at < text.length; at += piece.length) {
      const length = text.copy(piece, 0, at);
      await target.write(piece.subarray(0, length));
      piece.fill(0);
    }
    await target.end();
    assert.ok(sink.bytes.equals(await compressed(compression, text, 1_000_000)));
  });

  test(`${compression}: an error of the sink is the error of write and end`, async () => {
    const full = new Error('no space left');
    const target = compressedSink(compression, { write: () => Promise.reject(full) });
    await assert.rejects(async () => {
      for (let count = 0; count < 100; count++) await target.write(text);
    }, full);
    await assert.rejects(target.end(), full);
  });

  test(`${compression}: a slow sink holds the source back, and writes never overlap`, async () => {
    let gate = Promise.withResolvers<void>();
    let writing = 0;
    const target = compressedSink(compression, {
      async write() {
        writing++;
        assert.equal(writing, 1);
        await gate.promise;
        writing--;
      },
    });
    let accepted = 0;
    const noise = randomBytes(chunkBytes);
    const source = (async () => {
      for (; accepted < 40; accepted++) await target.write(noise);
      await target.end();
    })();
    await new Promise((resolve) => setImmediate(resolve));
    const first = accepted;
    assert.ok(first < 10, `${first} chunks were taken`);
    gate.resolve();
    gate = Promise.withResolvers();
    gate.resolve();
    await source;
    assert.equal(accepted, 40);
  });
}

test('gzip reads what Gzip writes as one member, and the size in its end is right', async (t) => {
  const gzip = requireProgram(t, 'gzip', 'apt-get install gzip');
  if (gzip === undefined) return;
  const result = await compressed('Gzip', text, 65_536);
  assert.ok(execFileSync(gzip, ['-dc'], { input: result, maxBuffer: 2 ** 26 }).equals(text));
  assert.equal(result.readUInt32LE(result.length - 4), text.length);
  assert.ok(result.length < text.length / 3);
});
