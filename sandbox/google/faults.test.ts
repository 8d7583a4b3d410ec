import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { eventually } from '../testing.ts';
import { granule } from './drive/contentWriter.ts';
import { type Fault, Faults } from './faults.ts';
import { testDrive } from './testDrive.ts';

const about = '/drive/v3/about?fields=user';

test('a fault strikes from its nth request on, as often as it was asked to', async (t) => {
  const { fake, request } = await testDrive(t);
  const fault = fake.faults.add({ operation: 'about', effect: 'error', status: 503, nth: 2, count: 2 });
  const seen: number[] = [];
  for (let round = 0; round < 4; round++) {
    seen.push((await request('GET', about)).status);
    await request('GET', '/drive/v3/files');
  }
  assert.deepEqual(seen, [200, 503, 503, 200]);
  assert.deepEqual([fault.hits, fake.faults.pending], [2, 0]);
});

test("errors come in Google's shape with their reason and Retry-After", async (t) => {
  const { fake, request } = await testDrive(t);
  const cases: [Partial<Fault> & { status: number; reason?: string; retryAfter?: number }, string, string][] =
    [
      [{ status: 429, retryAfter: 7 }, 'rateLimitExceeded', 'usageLimits'],
      [{ status: 403, reason: 'userRateLimitExceeded' }, 'userRateLimitExceeded', 'usageLimits'],
      [{ status: 403, reason: 'dailyLimitExceeded' }, 'dailyLimitExceeded', 'usageLimits'],
      [{ status: 500 }, 'internalError', 'global'],
      [{ status: 503 }, 'backendError', 'global'],
      [{ status: 401 }, 'authError', 'global'],
    ];
  for (const [effect, reason, domain] of cases) {
    fake.faults.add({ operation: 'about', effect: 'error', ...effect } as Fault);
    const answer = await request('GET', about);
    assert.equal(answer.status, effect.status);
    assert.deepEqual(
      [answer.json.error.errors[0].reason, answer.json.error.errors[0].domain],
      [reason, domain],
    );
    assert.equal(answer.headers.get('retry-after'), effect.retryAfter === undefined ? null : '7');
  }
});

test('a token refresh fails in the words of OAuth', async (t) => {
  const { fake } = await testDrive(t);
  fake.faults.add({ operation: 'tokenRefresh', effect: 'error', status: 500 });
  const { type: _, ...credentials } = fake.credentials;
  const refresh = () =>
    fetch(`${fake.url}/token`, {
      method: 'POST',
      body: new URLSearchParams({ ...credentials, grant_type: 'refresh_token' }),
    });
  const failed = await refresh();
  assert.deepEqual([failed.status, await failed.json()], [500, { error: 'internal_failure' }]);
  assert.equal((await refresh()).status, 200);
});

test('a connection dropped before does nothing, dropped after has done all, dropped within the answer too', async (t) => {
  const { fake, request } = await testDrive(t);
  const create = (name: string) => request('POST', '/drive/v3/files', { body: { name } });
  const names = () => fake.files().map(({ name }) => name);
  for (const when of ['before', 'mid', 'after'] as const) {
    fake.faults.add({ operation: 'create', effect: 'drop', when });
    await assert.rejects(create(when));
  }
  assert.deepEqual(names(), ['Database backups', 'mid', 'after']);
  assert.deepEqual(
    fake.requests.map(({ status }) => status),
    [0, 0, 0],
  );
});

test('a chunk cut off half-way leaves whole granules, and the same session goes on', async (t) => {
  const { fake, startUpload, put } = await testDrive(t);
  const content = Buffer.alloc(4 * granule + 5, 'x');
  const session = await startUpload({ name: 'a' });
  fake.faults.add({ operation: 'uploadChunk', effect: 'drop', when: 'mid', afterBytes: 2 * granule + 1 });
  await assert.rejects(put(session, `bytes 0-${4 * granule - 1}/*`, content.subarray(0, 4 * granule)));
  const status = await put(session, 'bytes */*');
  assert.equal(status.headers.get('range'), `bytes=0-${2 * granule - 1}`);
  const rest = await put(
    session,
    `bytes ${2 * granule}-${content.length - 1}/${content.length}`,
    content.subarray(2 * granule),
  );
  assert.equal(rest.status, 200);
  const sha256 = createHash('sha256').update(content).digest('hex');
  assert.equal(fake.files().find(({ name }) => name === 'a')?.content?.sha256, sha256);
});

test('a last chunk whose answer was lost is found complete', async (t) => {
  const { fake, startUpload, put } = await testDrive(t);
  const session = await startUpload({ name: 'a' });
  fake.faults.add({ operation: 'uploadChunk', effect: 'drop', when: 'after' });
  await assert.rejects(put(session, 'bytes 0-1/2', Buffer.from('ab')));
  assert.deepEqual((await put(session, 'bytes */2')).status, 200);
  assert.equal(fake.files().length, 2);
});

test('a 308 may tell of less than was sent, and an error may come within a chunk', async (t) => {
  const { fake, startUpload, put } = await testDrive(t);
  const chunk = Buffer.alloc(2 * granule, 'x');
  const session = await startUpload({ name: 'a' });
  fake.faults.add({ operation: 'uploadChunk', effect: 'storeLess', bytes: granule + 9 });
  const short = await put(session, `bytes 0-${2 * granule - 1}/*`, chunk);
  assert.deepEqual([short.status, short.headers.get('range')], [308, `bytes=0-${granule - 1}`]);
  fake.faults.add({
    operation: 'uploadChunk',
    effect: 'error',
    status: 403,
    reason: 'storageQuotaExceeded',
    afterBytes: granule + 9,
  });
  const full = await put(session, `bytes ${granule}-${3 * granule - 1}/*`, chunk);
  assert.deepEqual([full.status, full.json.error.errors[0].reason], [403, 'storageQuotaExceeded']);
  assert.equal((await put(session, 'bytes */*')).headers.get('range'), `bytes=0-${2 * granule - 1}`);
  fake.faults.add({ operation: 'uploadChunk', effect: 'storeLess', bytes: 0 });
  const last = await put(
    session,
    `bytes ${2 * granule}-${2 * granule + 1}/${2 * granule + 2}`,
    Buffer.from('ab'),
  );
  assert.equal(last.status, 308);
});

test('a session that goes stays gone', async (t) => {
  const { fake, startUpload, put } = await testDrive(t);
  for (const status of [404, 410] as const) {
    const session = await startUpload({ name: 'a' });
    fake.faults.add({ operation: 'uploadChunk', effect: 'sessionGone', status });
    assert.equal((await put(session, 'bytes 0-1/2', Buffer.from('ab'))).status, status);
    assert.equal((await put(session, 'bytes */2')).status, status);
  }
});

test('faults may be tied to the name of a file', async (t) => {
  const { fake, startUpload, put, upload } = await testDrive(t);
  const fault = fake.faults.add({ operation: 'uploadChunk', effect: 'error', status: 503, name: /\.xlsx$/ });
  const [csv, xlsx] = [await startUpload({ name: 'a.csv' }), await startUpload({ name: 'a.xlsx' })];
  assert.equal((await put(csv, undefined, Buffer.from('x'))).status, 200);
  assert.equal((await put(xlsx, undefined, Buffer.from('x'))).status, 503);
  assert.equal(fault.hits, 1);
  fake.faults.add({ operation: 'create', effect: 'error', status: 500, name: /^b$/ });
  assert.equal((await upload({ name: 'a' }, 'x')).status, 200);
  assert.equal((await upload({ name: 'b' }, 'x')).status, 500);
});

test('a file may be told with a wrong checksum or size, by every way to it', async (t) => {
  const { fake, request, upload } = await testDrive(t);
  fake.faults.add({ operation: 'create', effect: 'wrongChecksum', name: /sum/ });
  fake.faults.add({ operation: 'create', effect: 'wrongSize', name: /size/ });
  const right = createHash('sha256').update('x').digest('hex');
  const fields = 'size,sha256Checksum';
  const sum = (await upload({ name: 'sum' }, 'x', `id,${fields}`)).json;
  assert.notEqual(sum.sha256Checksum, right);
  assert.equal(sum.sha256Checksum.length, 64);
  const { id, ...told } = sum;
  assert.deepEqual((await request('GET', `/drive/v3/files/${id}?fields=${fields}`)).json, told);
  assert.deepEqual((await upload({ name: 'size' }, 'x', fields)).json, { size: '2', sha256Checksum: right });
  assert.deepEqual((await upload({ name: 'plain' }, 'x', fields)).json, { size: '1', sha256Checksum: right });
});

test('a listing may be incomplete, lag behind, or fail on its second page', async (t) => {
  const { fake, request, upload } = await testDrive(t);
  const list = (query = '') => request('GET', `/drive/v3/files?orderBy=name&pageSize=1${query}`);
  fake.faults.add({ operation: 'create', effect: 'listingLag', lists: 2 });
  await upload({ name: 'a' }, 'x');
  const first = [];
  for (let round = 0; round < 3; round++) first.push((await list()).json.files[0].name);
  assert.deepEqual(first, ['Database backups', 'Database backups', 'Database backups']);
  const names = (await request('GET', '/drive/v3/files')).json.files.map(
    (file: { name: string }) => file.name,
  );
  assert.deepEqual(names.sort(), ['Database backups', 'a']);
  fake.faults.add({ operation: 'list', effect: 'incompleteSearch' });
  assert.equal((await list()).json.incompleteSearch, true);
  fake.faults.add({ operation: 'list', page: 2, effect: 'error', status: 500 });
  const page = (await list()).json;
  assert.equal((await list(`&pageToken=${page.nextPageToken}`)).status, 500);
  assert.equal((await list(`&pageToken=${page.nextPageToken}`)).json.files[0].name, 'a');
});

test('a request may hang until the client gives up', async (t) => {
  const { fake, request } = await testDrive(t);
  const hang = fake.faults.add({ operation: 'about', effect: 'hang' });
  const controller = new AbortController();
  const asked = request('GET', about, { signal: controller.signal });
  await eventually(() => assert.equal(hang.hits, 1));
  assert.deepEqual(fake.requests, []);
  controller.abort();
  await assert.rejects(asked, { name: 'AbortError' });
  await eventually(() =>
    assert.deepEqual(
      fake.requests.map(({ status }) => status),
      [0],
    ),
  );
});

test('slow transfers take their time and can be given up', async (t) => {
  const { fake, request, upload, startUpload, put } = await testDrive(t);
  const { json } = await upload({ name: 'a' }, 'x'.repeat(50_000));
  fake.faults.add({ operation: 'download', effect: 'slow', bytesPerSecond: 500_000 });
  const started = performance.now();
  assert.equal((await request('GET', `/drive/v3/files/${json.id}?alt=media`)).body.length, 50_000);
  assert.ok(performance.now() - started >= 90);
  const slow = fake.faults.add({ operation: 'uploadChunk', effect: 'slow', bytesPerSecond: 1 });
  const session = await startUpload({ name: 'b' });
  const controller = new AbortController();
  const sent = request('PUT', session, { body: Buffer.alloc(1000), signal: controller.signal });
  await eventually(() => assert.equal(slow.hits, 1));
  controller.abort();
  await assert.rejects(sent, { name: 'AbortError' });
  assert.equal((await put(session, 'bytes */1000')).headers.get('range'), null);
});

test('a download may break off', async (t) => {
  const { fake, request, upload } = await testDrive(t);
  const { json } = await upload({ name: 'a' }, 'x'.repeat(50_000));
  fake.faults.add({ operation: 'download', effect: 'drop', when: 'mid', afterBytes: 10_000 });
  await assert.rejects(request('GET', `/drive/v3/files/${json.id}?alt=media`));
  assert.equal((await request('GET', `/drive/v3/files/${json.id}?alt=media`)).body.length, 50_000);
});

test('a fault that could never strike cannot be added', () => {
  const faults = new Faults();
  assert.throws(
    () => faults.add({ operation: 'list', effect: 'storeLess', bytes: 1 }),
    /does not exist for list/,
  );
  assert.throws(() => faults.add({ operation: 'uploadChunk', effect: 'wrongChecksum' }), /does not exist/);
  assert.throws(
    () => faults.add({ operation: 'get', effect: 'error', status: 500, afterBytes: 1 }),
    /uploadChunk only/,
  );
});
