import assert from 'node:assert/strict';
import { EventEmitter, once } from 'node:events';
import { createServer, get, type IncomingMessage } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { test } from 'node:test';
import { ReceivedMemory } from './receivedMemory.ts';

const body = Buffer.alloc(4 * 1024 * 1024, 'every byte arrives as it was sent, ');

for (const framing of ['a known length', 'chunks']) {
  test(`a body of ${framing} arrives whole while the memory behind it is given back`, async (t) => {
    const server = createServer((_, response) => {
      if (framing === 'a known length') response.setHeader('Content-Length', body.length);
      // Small ones too: several of them come in one read.
      for (let at = 0, size = 7; at < body.length; at += size, size = (size * 31) % 40_009) {
        response.write(body.subarray(at, at + size));
      }
      response.end();
    });
    server.listen(0, '127.0.0.1');
    t.after(() => server.close());
    await once(server, 'listening');
    const [answer] = (await once(get({ port: (server.address() as AddressInfo).port }), 'response')) as [
      IncomingMessage,
    ];
    const reads: Buffer[] = [];
    answer.socket.on('data', (bytes: Buffer) => reads.push(bytes));
    const parts: Buffer[] = [];
    using received = new ReceivedMemory(answer.socket);
    for await (const part of answer as AsyncIterable<Buffer>) {
      received.passed(part);
      parts.push(Buffer.from(part));
    }
    assert.ok(Buffer.concat(parts).equals(body));
    const large = reads.filter(({ buffer }) => buffer.byteLength > 16 * 1024);
    assert.ok(
      reads.length > 10 && large.length < reads.length / 2,
      `${large.length} of ${reads.length} are left`,
    );
  });
}

test('memory that the parser hands on is never given back', () => {
  const socket = new EventEmitter();
  using received = new ReceivedMemory(socket as Socket);
  const reads = Array.from({ length: 10 }, () => Buffer.from(new ArrayBuffer(64 * 1024)));
  for (const read of reads) {
    socket.emit('data', read);
    received.passed(read.subarray(0, 30_000));
    received.passed(read.subarray(30_000));
  }
  assert.deepEqual(new Set(reads.map(({ length }) => length)), new Set([64 * 1024]));
});
