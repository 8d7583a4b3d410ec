import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { request } from 'node:http';
import type { Socket } from 'node:net';
import { type TestContext, test } from 'node:test';
import { connect } from 'node:tls';
import { requireProgram, temporaryDirectory } from '../testing.ts';
import { startInterceptingProxy } from './interceptingProxy.ts';
import { testDrive } from './testDrive.ts';

async function proxyFor(t: TestContext) {
  const { fake, token } = await testDrive(t);
  const proxy = await startInterceptingProxy({ target: fake.url, directory: await temporaryDirectory(t) });
  t.after(() => proxy.stop());
  return { fake, token, proxy };
}

function tunnel(proxyURL: string, host: string): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const asked = request(proxyURL, { method: 'CONNECT', path: `${host}:443` });
    asked
      .once('connect', (_, socket) => resolve(socket))
      .once('error', reject)
      .end();
  });
}

function get(socket: Socket, host: string, path: string, token: string, ca?: string): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = '';
    const secure = connect({ socket, servername: host, ...(ca === undefined ? {} : { ca }) }, () => {
      secure.write(
        `GET ${path} HTTP/1.1\r\nHost: ${host}\r\nAuthorization: Bearer ${token}\r\nConnection: close\r\n\r\n`,
      );
    });
    secure.on('data', (bytes) => {
      text += bytes;
    });
    secure.once('end', () => resolve(text)).once('error', reject);
  });
}

test("a client that trusts the throw-away authority reaches the fake under Google's names", async (t) => {
  if (!requireProgram(t, 'openssl', 'apt-get install openssl')) return;
  const { fake, token, proxy } = await proxyFor(t);
  const ca = await readFile(proxy.caFile, 'utf8');
  for (const host of ['www.googleapis.com', 'oauth2.googleapis.com', 'accounts.google.com']) {
    const answer = await get(await tunnel(proxy.url, host), host, '/drive/v3/about?fields=user', token, ca);
    assert.match(answer, /^HTTP\/1\.1 200 /);
    assert.ok(answer.includes(fake.account.email));
    assert.ok(proxy.tunnels.includes(`${host}:443`));
  }
});

test('a client that does not trust it, or asks for another name, is not fooled', async (t) => {
  if (!requireProgram(t, 'openssl', 'apt-get install openssl')) return;
  const { token, proxy } = await proxyFor(t);
  const google = 'www.googleapis.com';
  await assert.rejects(get(await tunnel(proxy.url, google), google, '/', token), /certificate/);
  const ca = await readFile(proxy.caFile, 'utf8');
  await assert.rejects(
    get(await tunnel(proxy.url, 'example.com'), 'example.com', '/', token, ca),
    /altnames/,
  );
});

test('plain requests are refused, and stopping ends open tunnels', async (t) => {
  if (!requireProgram(t, 'openssl', 'apt-get install openssl')) return;
  const { proxy } = await proxyFor(t);
  assert.equal((await fetch(proxy.url)).status, 501);
  const socket = await tunnel(proxy.url, 'www.googleapis.com');
  const closed = new Promise((resolve) => socket.once('close', resolve));
  socket.on('error', () => undefined).resume();
  await proxy.stop();
  await closed;
  await assert.rejects(fetch(proxy.url));
});
