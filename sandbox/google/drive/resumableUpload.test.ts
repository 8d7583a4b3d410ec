import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { readdir, stat } from 'node:fs/promises';
import { request as httpRequest } from 'node:http';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { eventually } from '../../testing.ts';
import { testDrive } from '../testDrive.ts';
import { granule } from './contentWriter.ts';

const content = randomBytes(4 * granule + 10);
const total = content.length;
const part = (first: number, last: number) => content.subarray(first, last + 1);

/** A session for `content`, its length told or not. */
async function session(t: TestContext, options: { known?: boolean; scope?: string; now?: () => Date } = {}) {
  const drive = await testDrive(t, options);
  const length = options.known ? { 'X-Upload-Content-Length': String(total) } : {};
  const uri = await drive.startUpload(
    { name: 'a.bin', parents: [drive.fake.folderID] },
    length,
    '&fields=size,md5Checksum',
  );
  const chunk = (first: number, last: number, of: number | '*' = '*') =>
    drive.put(uri, `bytes ${first}-${last}/${of}`, part(first, last));
  const status = (of: number | '*' = '*') => drive.put(uri, `bytes */${of}`);
  return { ...drive, uri, chunk, status };
}

async function bytesOnDisk(directory: string): Promise<number> {
  const sizes = (await readdir(directory)).map(async (name) => (await stat(join(directory, name))).size);
  return (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0);
}

const md5Checksum = createHash('md5').update(content).digest('hex');
const complete = { size: String(total), md5Checksum };

test('a session with nothing stored answers 308 without Range, later with what is stored', async (t) => {
  const { chunk, status } = await session(t);
  const empty = await status();
  assert.deepEqual([empty.status, empty.headers.get('range')], [308, null]);
  await chunk(0, granule - 1);
  const one = await status();
  assert.deepEqual([one.status, one.headers.get('range')], [308, `bytes=0-${granule - 1}`]);
});

test('an unknown total is told with the last chunk, or by an empty request after it', async (t) => {
  const first = await session(t);
  await first.chunk(0, 4 * granule - 1);
  assert.deepEqual((await first.chunk(4 * granule, total - 1, total)).json, complete);
  assert.deepEqual((await first.status(total)).json, complete);

  const second = await session(t);
  await second.chunk(0, 2 * granule - 1);
  const done = await second.status(2 * granule);
  assert.deepEqual([done.status, done.json.size], [200, String(2 * granule)]);
  const empty = await session(t);
  assert.equal((await empty.status(0)).json.size, '0');
});

test('the whole content may come in one request', async (t) => {
  const { put, uri } = await session(t);
  assert.deepEqual((await put(uri, undefined, content)).json, complete);
  const ranged = await session(t, { known: true });
  assert.deepEqual((await ranged.chunk(0, total - 1, total)).json, complete);
});

test('bytes that are stored already are passed over', async (t) => {
  const { chunk } = await session(t);
  await chunk(0, 2 * granule - 1);
  const again = await chunk(granule, 3 * granule - 1);
  assert.equal(again.headers.get('range'), `bytes=0-${3 * granule - 1}`);
  assert.deepEqual((await chunk(2 * granule, total - 1, total)).json, complete);
});

test('a chunk that is no multiple of 256 KiB is refused unless it is the last', async (t) => {
  const { chunk, status } = await session(t);
  for (const length of [1, granule - 1, granule + 1]) {
    const answer = await chunk(0, length - 1);
    assert.equal(answer.status, 400);
    assert.match(answer.body.toString(), /equal or greater than 262144/);
  }
  assert.equal((await status()).headers.get('range'), null);
});

test('a gap is refused, and the upload can go on', async (t) => {
  const { chunk } = await session(t);
  await chunk(0, granule - 1);
  const gap = await chunk(2 * granule, 3 * granule - 1);
  assert.equal(gap.status, 503);
  assert.match(
    gap.body.toString(),
    /upload offset is 524288 byte\(s\), which exceeds already uploaded size of 262144/,
  );
  assert.equal((await chunk(granule, 2 * granule - 1)).status, 308);
});

test('a Content-Range that is malformed or contradicts the body or the total is refused', async (t) => {
  const { put, uri, status } = await session(t, { known: true });
  const bytes = part(0, granule - 1);
  const ranges = [
    `bytes 0-${granule - 1}`,
    `bytes=0-${granule - 1}/${total}`,
    `bytes ${granule - 1}-0/${total}`,
    `bytes 0-${granule - 1}/${granule - 1}`,
    `bytes 0-${granule - 1}/${total + 1}`,
    `bytes 0-${granule - 2}/${total}`,
    `bytes 0-${2 * granule - 1}/${total}`,
    `bytes -${granule - 1}/${total}`,
    `0-${granule - 1}/${total}`,
    `bytes 0-${total + granule - 1}/*`,
  ];
  for (const range of ranges) {
    const answer = await put(uri, range, bytes);
    assert.equal(answer.status, 400, range);
  }
  assert.equal((await put(uri, undefined, bytes)).status, 400);
  assert.equal((await status(total)).headers.get('range'), null);
});

test('a session URI needs no token, but refuses a bad one', async (t) => {
  const { request, uri, fake } = await session(t);
  const headers = { 'Content-Range': `bytes 0-${granule - 1}/*` };
  const body = part(0, granule - 1);
  assert.equal((await request('PUT', uri, { token: null, headers, body })).status, 308);
  assert.equal((await request('PUT', uri, { token: 'ya29.nonsense', headers, body })).status, 401);
  fake.expireAccessTokens();
  assert.equal((await request('PUT', uri, { headers, body })).status, 401);
});

test('a session that is unknown, a week old or cancelled is gone', async (t) => {
  let now = new Date('2026-01-01T00:00:00Z');
  const { fake, request, put, startUpload, uri, chunk, status } = await session(t, { now: () => now });
  assert.equal((await put(`${fake.url}/upload/drive/v3/files?upload_id=nothing`, 'bytes */*')).status, 404);
  await chunk(0, granule - 1);
  assert.equal((await request('DELETE', uri)).status, 499);
  assert.equal((await status()).status, 404);
  const old = await startUpload({ name: 'b' });
  now = new Date('2026-01-08T00:00:01Z');
  assert.equal(
    (await request('PUT', old, { token: null, headers: { 'Content-Range': 'bytes */*' } })).status,
    404,
  );
  assert.equal(fake.files().length, 1);
});

test('a full account refuses at the start where the length is known, else when it is full', async (t) => {
  const { fake, request, startUpload, chunk, status } = await session(t);
  fake.account.storageLimit = 3 * granule;
  fake.account.usedElsewhere = granule;
  const path = '/upload/drive/v3/files?uploadType=resumable';
  const early = await request('POST', path, {
    body: {},
    headers: { 'X-Upload-Content-Length': String(2 * granule + 1) },
  });
  assert.deepEqual([early.status, early.json.error.errors[0].reason], [403, 'storageQuotaExceeded']);
  await startUpload({}, { 'X-Upload-Content-Length': String(2 * granule) });
  assert.equal((await chunk(0, 2 * granule - 1)).status, 308);
  const late = await chunk(2 * granule, 3 * granule - 1);
  assert.deepEqual([late.status, late.json.error.errors[0].reason], [403, 'storageQuotaExceeded']);
  assert.equal((await status()).headers.get('range'), `bytes=0-${2 * granule - 1}`);
});

test('of a chunk that breaks off whole granules stay', async (t) => {
  const { uri, fake, token, status, chunk } = await session(t, { known: true });
  const headers = {
    Authorization: `Bearer ${token}`,
    'Content-Range': `bytes 0-${total - 1}/${total}`,
    'Content-Length': total,
  };
  const broken = httpRequest(uri, { method: 'PUT', headers });
  broken.on('error', () => undefined);
  broken.write(part(0, 2 * granule + 1000));
  await eventually(async () => assert.equal(await bytesOnDisk(fake.directory), 2 * granule));
  broken.destroy();
  assert.equal((await status(total)).headers.get('range'), `bytes=0-${2 * granule - 1}`);
  assert.deepEqual((await chunk(2 * granule, total - 1, total)).json, complete);
});

test('a body without a length is taken up to what its range or the session allows', async (t) => {
  const { uri, token, put } = await session(t, { known: true });
  const stream = (headers: Record<string, string>, bytes: Buffer) =>
    fetch(uri, {
      method: 'PUT',
      headers: { Authorization: `Bearer ${token}`, ...headers },
      body: ReadableStream.from([bytes]),
      duplex: 'half',
    });
  const long = await stream({ 'Content-Range': `bytes 0-${granule - 1}/${total}` }, part(0, 2 * granule - 1));
  assert.equal(long.status, 400);
  const status = await put(uri, `bytes */${total}`);
  assert.equal(status.headers.get('range'), `bytes=0-${granule - 1}`);
  assert.equal((await stream({}, Buffer.concat([content, content]))).status, 400);
  const whole = await stream({}, content);
  assert.deepEqual(await whole.json(), complete);
});

test('a client that goes away within its metadata leaves no trace', async (t) => {
  const { fake, token } = await testDrive(t);
  const path = `${fake.url}/upload/drive/v3/files?uploadType=resumable`;
  const headers = {
    Authorization: `Bearer ${token}`,
    'Content-Type': 'application/json',
    'Content-Length': 100,
  };
  const broken = httpRequest(path, { method: 'POST', headers });
  broken.on('error', () => undefined);
  await new Promise<void>((resolve) => {
    broken.write('{"name"', () => resolve());
  });
  broken.destroy();
  // Whether the fake saw the request at all is up to the network; an error of its own would fail this test.
  assert.equal((await fetch(fake.url)).status, 200);
  assert.deepEqual(await readdir(fake.directory), []);
});

test('two requests to one session at a time are worked on one after the other', async (t) => {
  const { uri, put, status } = await session(t, { known: true });
  const whole = `bytes 0-${4 * granule - 1}/${total}`;
  const answers = await Promise.all([
    put(uri, whole, part(0, 4 * granule - 1)),
    put(uri, whole, part(0, 4 * granule - 1)),
  ]);
  for (const answer of answers) assert.equal(answer.headers.get('range'), `bytes=0-${4 * granule - 1}`);
  const end = await put(uri, `bytes ${4 * granule}-${total - 1}/${total}`, part(4 * granule, total - 1));
  assert.deepEqual(end.json, complete);
  assert.equal((await status(total)).status, 200);
});
