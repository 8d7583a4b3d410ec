import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { promisify } from 'node:util';
import { startInterceptingProxy } from '../../sandbox/google/interceptingProxy.ts';
import { throwAwayCertificate } from '../../sandbox/google/throwAwayCertificate.ts';
import { requireProgram, temporaryDirectory } from '../../sandbox/testing.ts';
import { alteringServer } from './alteringServer.ts';
import { driveFixture } from './driveFixture.ts';
import type { GoogleDriveOptions } from './googleDrive.ts';

const run = promisify(execFile);

// A process of its own, since NODE_EXTRA_CA_CERTS is read once, at its start.
const script = `
const { openGoogleDrive } = await import(${JSON.stringify(import.meta.resolve('./googleDrive.ts'))});
const { parseGoogleCredentials } = await import(${JSON.stringify(import.meta.resolve('./googleCredentials.ts'))});
const { credentials, ...options } = JSON.parse(process.argv[1]);
const logger = { debug() {}, warn() {} };
try {
  await using drive = await openGoogleDrive({
    ...options, logger, credentials: parseGoogleCredentials(Buffer.from(credentials), 'The test'),
  });
  const signal = AbortSignal.timeout(60_000);
  await drive.probe(signal);
  const { usage } = await drive.inspect(signal);
  console.log(JSON.stringify({ usage }));
} catch (error) {
  console.log(JSON.stringify({ reason: error.reason, message: error.message, name: error.name }));
}`;

interface Outcome {
  readonly usage?: string;
  readonly reason?: string;
  readonly message?: string;
}

async function probe(
  options: Omit<GoogleDriveOptions, 'credentials' | 'logger'> & { credentials: string },
  env: Record<string, string> = {},
): Promise<Outcome> {
  const args = ['--input-type=module', '-e', script, JSON.stringify({ retries: once, ...options })];
  const { stdout } = await run(process.execPath, args, { env: { PATH: process.env.PATH ?? '', ...env } });
  return JSON.parse(stdout) as Outcome;
}

const once = { firstMs: 1, capMs: 1, limitMs: 0 };

async function withOpenSSL(t: TestContext): Promise<string | undefined> {
  const program = requireProgram(t, 'openssl', 'apt-get install openssl');
  return program && temporaryDirectory(t);
}

test('every call goes through the proxy to the hosts of Google, with a CA of NODE_EXTRA_CA_CERTS', async (t) => {
  const directory = await withOpenSSL(t);
  if (!directory) return;
  const { fake } = await driveFixture(t);
  // The fake names itself in session URIs; Google names the host that was asked.
  const named = await alteringServer(t, fake.url, (_, { headers }) => {
    const location = headers.get('location');
    if (location)
      headers.set('location', location.replace(new URL(location).origin, 'https://www.googleapis.com'));
  });
  await using proxy = await startInterceptingProxy({ target: named, directory });
  const options = {
    folderID: fake.folderID,
    credentials: JSON.stringify(fake.credentials),
    proxy: { httpsProxy: proxy.url },
  };
  const outcome = await probe(options, { NODE_EXTRA_CA_CERTS: proxy.caFile });
  assert.deepEqual(outcome, { usage: '0 B of 15 GiB used' });
  assert.deepEqual([...new Set(proxy.tunnels)].sort(), [
    'oauth2.googleapis.com:443',
    'www.googleapis.com:443',
  ]);
  assert.ok(fake.requests.some(({ operation }) => operation === 'uploadChunk'));

  const untrusted = await probe(options);
  assert.equal(untrusted.reason, 'UploadFailed');
  assert.match(
    untrusted.message ?? '',
    /certificate of oauth2\.googleapis\.com is not trusted.*NODE_EXTRA_CA_CERTS/,
  );
});

test('hosts of NO_PROXY are reached directly, others are not, and the environment alone decides nothing', async (t) => {
  const directory = await withOpenSSL(t);
  if (!directory) return;
  const { fake } = await driveFixture(t);
  const { key, certificate, caFile } = await throwAwayCertificate(directory, ['localhost']);
  const rootURL = await alteringServer(t, fake.url, () => {}, { key, cert: certificate });
  await using proxy = await startInterceptingProxy({ target: fake.url, directory: join(directory, 'proxy') });
  const options = { folderID: fake.folderID, credentials: JSON.stringify(fake.credentials), rootURL };
  const trust = { NODE_EXTRA_CA_CERTS: caFile };
  const direct = { usage: '0 B of 15 GiB used' };

  const bypassed = await probe(
    { ...options, proxy: { httpsProxy: proxy.url, noProxy: 'example.com,localhost' } },
    trust,
  );
  assert.deepEqual([bypassed, proxy.tunnels], [direct, []]);

  const fromEnvironment = await probe(options, { ...trust, HTTPS_PROXY: proxy.url });
  assert.deepEqual([fromEnvironment, proxy.tunnels], [direct, []]);

  // The proxy's certificate is for Google's hosts, so the tunnel is made and then refused.
  const proxied = await probe(
    { ...options, proxy: { httpsProxy: proxy.url, noProxy: 'example.com' } },
    trust,
  );
  assert.equal(proxied.reason, 'UploadFailed');
  assert.ok(proxy.tunnels.length > 0);
});

test('a proxy that refuses is named, its password is not', async (t) => {
  const { fake } = await driveFixture(t);
  const server = createServer();
  const given: unknown[] = [];
  server.on('connect', (request, socket) => {
    given.push(request.headers['proxy-authorization']);
    socket.end('HTTP/1.1 407 Proxy Authentication Required\r\n\r\n');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => server.close());
  const outcome = await probe({
    folderID: fake.folderID,
    credentials: JSON.stringify(fake.credentials),
    proxy: { httpsProxy: `http://ann:CANARY@127.0.0.1:${(server.address() as AddressInfo).port}` },
  });
  assert.equal(outcome.reason, 'UploadFailed');
  assert.match(outcome.message ?? '', /proxy of HTTPS_PROXY does not connect to oauth2\.googleapis\.com/);
  assert.ok(!JSON.stringify(outcome).includes('CANARY'));
  assert.deepEqual(given, [`Basic ${Buffer.from('ann:CANARY').toString('base64')}`]);
});
