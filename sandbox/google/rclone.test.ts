import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { promisify } from 'node:util';
import { requireProgram, temporaryDirectory } from '../testing.ts';
import type { FakeGoogle } from './fakeControls.ts';
import { startInterceptingProxy } from './interceptingProxy.ts';
import { testDrive } from './testDrive.ts';

const run = promisify(execFile);

/** rclone with the fake as its `drive:`; resolves to what it prints. */
async function rclone(t: TestContext, program: string, fake: FakeGoogle, directory: string) {
  const proxy = await startInterceptingProxy({ target: fake.url, directory: join(directory, 'proxy') });
  t.after(() => proxy.stop());
  const config = join(directory, 'rclone.conf');
  const token = {
    access_token: 'expired',
    token_type: 'Bearer',
    refresh_token: fake.credentials.refresh_token,
  };
  await writeFile(
    config,
    [
      '[drive]\ntype = drive\nscope = drive.file',
      `client_id = ${fake.credentials.client_id}`,
      `client_secret = ${fake.credentials.client_secret}`,
      `token_url = ${fake.url}/token`,
      `root_folder_id = ${fake.folderID}`,
      `token = ${JSON.stringify({ ...token, expiry: '2020-01-01T00:00:00Z' })}`,
      '',
    ].join('\n'),
  );
  const fixed = [
    '--config',
    config,
    '--ca-cert',
    proxy.caFile,
    '--retries',
    '1',
    '--drive-pacer-min-sleep',
    '1ms',
  ];
  const env = { ...process.env, HTTPS_PROXY: proxy.url, NO_PROXY: '', no_proxy: '' };
  const call = async (...args: string[]) => (await run(program, [...fixed, ...args], { env })).stdout;
  return { call, proxy };
}

test('rclone uploads, lists, checks and reads back a file of several chunks, past injected failures', async (t) => {
  const program = requireProgram(t, 'rclone', 'apt-get install rclone');
  const openssl = requireProgram(t, 'openssl', 'apt-get install openssl');
  if (!program || !openssl) return;
  const { fake } = await testDrive(t);
  const directory = await temporaryDirectory(t);
  const { call, proxy } = await rclone(t, program, fake, directory);
  const local = join(directory, 'local');
  await mkdir(local);
  const content = randomBytes(1_300_000);
  await writeFile(join(local, "several chunks, it's.bin"), content);
  await writeFile(join(local, 'small.csv'), 'a,b\r\n1,2\r\n');
  await writeFile(join(local, 'empty.txt'), '');
  const unavailable = fake.faults.add({ operation: 'uploadChunk', effect: 'error', status: 503, nth: 2 });
  // Not a short 308: rclone 1.60 does not read its Range.
  const lost = fake.faults.add({ operation: 'uploadChunk', effect: 'drop', when: 'after', nth: 4 });
  const limited = fake.faults.add({
    operation: 'list',
    effect: 'error',
    status: 403,
    reason: 'rateLimitExceeded',
  });

  const chunks = ['--drive-chunk-size', '256k', '--drive-upload-cutoff', '300k'];
  await call('copy', ...chunks, local, 'drive:');

  assert.deepEqual([unavailable.hits, lost.hits, limited.hits], [1, 1, 1]);
  assert.ok(proxy.tunnels.includes('www.googleapis.com:443'));
  const names = (await call('lsf', '--format', 'ps', 'drive:')).trim().split('\n').sort();
  assert.deepEqual(names, ['empty.txt;0', "several chunks, it's.bin;1300000", 'small.csv;10']);
  // Compares the MD5 of every file with what the fake reports.
  await call('check', local, 'drive:');
  const back = join(directory, 'back');
  await call('copy', 'drive:', back);
  assert.deepEqual(await readFile(join(back, "several chunks, it's.bin")), content);
  assert.equal(JSON.parse(await call('about', '--json', 'drive:')).used, 1_300_010);
  await call('deletefile', 'drive:small.csv');
  assert.equal(fake.files().find(({ name }) => name === 'small.csv')?.trashed, true);
});

test('rclone sees a wrong checksum', async (t) => {
  const program = requireProgram(t, 'rclone', 'apt-get install rclone');
  const openssl = requireProgram(t, 'openssl', 'apt-get install openssl');
  if (!program || !openssl) return;
  const { fake } = await testDrive(t);
  const directory = await temporaryDirectory(t);
  const { call } = await rclone(t, program, fake, directory);
  const local = join(directory, 'local');
  await mkdir(local);
  await writeFile(join(local, 'a.csv'), 'a\n1\n');
  fake.faults.add({ operation: 'create', effect: 'wrongChecksum' });
  await assert.rejects(call('copy', local, 'drive:'), /corrupted on transfer|hash differ/i);
});
