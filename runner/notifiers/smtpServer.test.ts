import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import { type TestContext, test } from 'node:test';
import { getCACertificates } from 'node:tls';
import { Worker } from 'node:worker_threads';
import { openSocket, smtpOptions, smtpPort, smtpTimeouts } from './smtpServer.ts';

test('each way of TLS has its usual port, and the port of the spec comes first', () => {
  const ports = (['Off', 'Opportunistic', 'Required', 'Implicit'] as const).map((tls) =>
    smtpPort({ host: 'mail.example', port: undefined, tls }),
  );
  assert.deepEqual(ports, [25, 25, 587, 465]);
  assert.equal(smtpPort({ host: 'mail.example', port: 2525, tls: 'Implicit' }), 2525);
});

test('a CA of the spec is trusted beside the well-known ones', () => {
  const settings = { host: 'mail.example', port: undefined, tls: 'Required' } as const;
  const { tls } = smtpOptions(settings, { ca: 'our CA' }, smtpTimeouts);
  assert.deepEqual(tls?.ca, [...getCACertificates('default'), 'our CA']);
});

test('a host that does not answer is given up in time', {
  skip: process.platform !== 'linux' && 'fills the queue of a listening socket as Linux keeps it',
}, async (t) => {
  const port = await fullPort(t);
  await assert.rejects(
    openSocket({ host: '127.0.0.1', port, tls: 'Off' }, 200, new AbortController().signal),
    {
      code: 'ETIMEDOUT',
      timeoutType: 'CONNECT_TIMEOUT',
    },
  );
});

test('stops while it connects', {
  skip: process.platform !== 'linux' && 'fills the queue of a listening socket as Linux keeps it',
  timeout: 60_000,
}, async (t) => {
  const port = await fullPort(t);
  const stop = new AbortController();
  const opening = openSocket({ host: '127.0.0.1', port, tls: 'Off' }, 600_000, stop.signal);
  stop.abort();
  await assert.rejects(opening, { name: 'AbortError' });
});

/** A port where connecting hangs: the thread that listens sleeps, and its queue is full. */
async function fullPort(t: TestContext): Promise<number> {
  const worker = new Worker(
    `const { parentPort } = require('node:worker_threads');
     const server = require('node:net').createServer();
     server.listen({ port: 0, host: '127.0.0.1', backlog: 1 }, () => {
       parentPort.postMessage(server.address().port);
       setImmediate(() => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0));
     });`,
    { eval: true },
  );
  t.after(() => worker.terminate());
  const [port] = (await once(worker, 'message')) as [number];
  const sockets = Array.from({ length: 16 }, () => connect(port, '127.0.0.1').on('error', () => undefined));
  t.after(() => {
    for (const socket of sockets) socket.destroy();
  });
  await once(sockets[0] as (typeof sockets)[number], 'connect');
  return port;
}
