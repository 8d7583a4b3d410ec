import assert from 'node:assert/strict';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { type TestContext, test } from 'node:test';
import { eventually } from '../../sandbox/testing.ts';
import { HTTPTransport, NetworkError } from './httpTransport.ts';

const signal = AbortSignal.timeout(120_000);

async function served(t: TestContext, listener: RequestListener, idleMs?: number) {
  const server = createServer(listener);
  const sockets: Socket[] = [];
  server.on('connection', (socket) => sockets.push(socket));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const transport = new HTTPTransport({ idleMs });
  t.after(() => {
    transport[Symbol.dispose]();
    server.closeAllConnections();
    server.close();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`, sockets, transport };
}

function failsWith(code: string) {
  return (error: unknown) => error instanceof NetworkError && error.code === code;
}

test('requests in a row use one connection', async (t) => {
  const { url, sockets, transport } = await served(t, (request, response) => {
    request.resume().on('end', () => response.end('ok'));
  });
  for (let i = 0; i < 5; i += 1) {
    const answer = await transport.send({ method: 'PUT', url, body: [Buffer.alloc(100_000)], signal });
    assert.equal(answer.body.toString(), 'ok');
  }
  assert.equal(sockets.length, 1);
});

test('a body of several buffers arrives in order, with its length', async (t) => {
  const { url, transport } = await served(t, async (request, response) => {
    const parts = await request.toArray();
    response.end(`${request.headers['content-length']} ${Buffer.concat(parts)}`);
  });
  const body = ['one ', 'two ', 'three'].map((text) => Buffer.from(text));
  assert.equal(
    (await transport.send({ method: 'PUT', url, body, signal })).body.toString(),
    '13 one two three',
  );
  assert.equal((await transport.send({ method: 'PUT', url, body: [], signal })).body.toString(), '0 ');
});

test('an answer that comes before the body is read is an answer', async (t) => {
  const { url, transport } = await served(t, (_, response) => {
    response.writeHead(503).end('busy');
  });
  const body = [Buffer.alloc(64 * 1024 * 1024)];
  const answer = await transport.send({ method: 'PUT', url, body, signal });
  assert.deepEqual([answer.status, answer.body.toString()], [503, 'busy']);
  assert.equal((await transport.send({ method: 'GET', url, signal })).status, 503);
});

test('redirects are not followed, so no token goes elsewhere', async (t) => {
  let asked = 0;
  const { url, transport } = await served(t, (_, response) => {
    asked += 1;
    response.writeHead(302, { Location: '/elsewhere' }).end();
  });
  assert.equal((await transport.send({ method: 'GET', url, signal })).status, 302);
  assert.equal(asked, 1);
});

test('a connection on which nothing moves is closed: no answer, or half of one', async (t) => {
  const hanging = await served(t, () => {}, 100);
  await assert.rejects(
    hanging.transport.send({ method: 'GET', url: hanging.url, signal }),
    failsWith('ETIMEDOUT'),
  );
  const half = await served(
    t,
    (_, response) => response.writeHead(200, { 'Content-Length': 10 }).write('half'),
    100,
  );
  await assert.rejects(half.transport.send({ method: 'GET', url: half.url, signal }), NetworkError);
});

test('a server that is not there is ECONNREFUSED', async (t) => {
  const { url, transport } = await served(t, () => {});
  const port = Number(new URL(url).port);
  const other = createServer();
  await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
  const free = (other.address() as AddressInfo).port;
  await new Promise((resolve) => other.close(resolve));
  assert.notEqual(free, port);
  const gone = `http://127.0.0.1:${free}/`;
  await assert.rejects(transport.send({ method: 'GET', url: gone, signal }), failsWith('ECONNREFUSED'));
});

test('an abort ends the request with its reason, at any time', async (t) => {
  let asked = 0;
  const { url, transport } = await served(t, (request, response) => {
    asked += 1;
    if (request.url === '/half') response.writeHead(200).write('half');
  });
  const reason = new Error('Told to stop.');
  const isReason = (error: unknown) => error === reason;
  await assert.rejects(transport.send({ method: 'GET', url, signal: AbortSignal.abort(reason) }), isReason);
  for (const path of ['', 'half']) {
    const run = new AbortController();
    const before = asked;
    const sent = assert.rejects(
      transport.send({ method: 'GET', url: url + path, signal: run.signal }),
      isReason,
    );
    await eventually(() => assert.equal(asked, before + 1));
    run.abort(reason);
    await sent;
  }
});

test('an answer that never ends is cut', async (t) => {
  const { url, transport } = await served(t, (_, response) => {
    response.on('error', () => {});
    const more = () => {
      while (response.write(Buffer.alloc(1024 * 1024)));
      response.once('drain', more);
    };
    more();
  });
  await assert.rejects(transport.send({ method: 'GET', url, signal }), failsWith('ERR_ANSWER_TOO_LONG'));
});
