import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import type { Fault } from '../../sandbox/google/faults.ts';
import { alteringServer, type PassingAnswer } from './alteringServer.ts';
import { driveFixture } from './driveFixture.ts';

const content = randomBytes(700_000);

test('all pages of a listing are read', async (t) => {
  const { drive, store, signal } = await driveFixture(t, { pageSize: 2 });
  const stored = [];
  for (let i = 0; i < 5; i += 1) stored.push(await store(`${i}.csv`, Buffer.from(`${i}`)));
  const byName = (a: { name: string }, b: { name: string }) => a.name.localeCompare(b.name);
  assert.deepEqual((await drive.list(signal)).sort(byName), stored);
});

for (const page of [1, 2]) {
  for (const [name, effect] of [
    ['a 503', { effect: 'error', status: 503 }],
    ['a rate limit', { effect: 'error', status: 403, reason: 'userRateLimitExceeded' }],
    ['a dropped connection', { effect: 'drop', when: 'mid' }],
    ['a 401', { effect: 'error', status: 401 }],
  ] as const) {
    test(`a listing survives ${name} on page ${page}`, async (t) => {
      const { fake, drive, store, signal } = await driveFixture(t, { pageSize: 2 });
      for (let i = 0; i < 3; i += 1) await store(`${i}.csv`, Buffer.from(`${i}`));
      const fault = fake.faults.add({ operation: 'list', page, ...effect } as Fault);
      assert.equal((await drive.list(signal)).length, 3);
      assert.equal(fault.hits, 1);
    });
  }

  test(`a listing throws when page ${page} fails for good`, async (t) => {
    const { fake, drive, store, failing, signal } = await driveFixture(t, { pageSize: 2 });
    for (let i = 0; i < 3; i += 1) await store(`${i}.csv`, Buffer.from(`${i}`));
    fake.faults.add({ operation: 'list', page, count: 10_000, effect: 'error', status: 500 });
    await failing('UploadFailed', () => drive.list(signal));
  });

  test(`a listing that is incomplete on page ${page} throws`, async (t) => {
    const { fake, drive, store, failing, signal } = await driveFixture(t, { pageSize: 2 });
    for (let i = 0; i < 3; i += 1) await store(`${i}.csv`, Buffer.from(`${i}`));
    fake.faults.add({ operation: 'list', page, effect: 'incompleteSearch' });
    const error = await failing('UploadFailed', () => drive.list(signal));
    assert.match(error.message, /incomplete/);
  });
}

test('a listing whose page token repeats throws', async (t) => {
  const { fake, open, failing, signal } = await driveFixture(t);
  const rootURL = await alteringServer(t, fake.url, ({ url }, answer) => {
    if (!url.startsWith('/drive/v3/files?')) return;
    answer.status = 200;
    answer.body = Buffer.from('{"files":[],"nextPageToken":"again"}');
  });
  const drive = await open({ rootURL });
  assert.match((await failing('UploadFailed', () => drive.list(signal))).message, /circle/);
});

test('a listing without its list throws', async (t) => {
  const { fake, open, failing, signal } = await driveFixture(t);
  const rootURL = await alteringServer(t, fake.url, ({ url }, answer) => {
    if (url.startsWith('/drive/v3/files?')) answer.body = Buffer.from('{}');
  });
  const drive = await open({ rootURL });
  await failing('UploadFailed', () => drive.list(signal));
});

test('an answer that is no JSON is an error with a name', async (t) => {
  const { fake, open, failing, signal } = await driveFixture(t);
  const rootURL = await alteringServer(t, fake.url, ({ url }, answer) => {
    if (url.startsWith('/drive/v3/files?'))
      answer.body = Buffer.from('<html>Log in to the hotel network</html>');
  });
  const drive = await open({ rootURL });
  await failing('UploadFailed', () => drive.list(signal));
});

test('a download goes on where it broke off', async (t) => {
  const { fake, drive, store, signal } = await driveFixture(t);
  const { id } = await store('a.bin', content);
  const drops = [100_000, 0, 250_000].map((afterBytes) =>
    fake.faults.add({ operation: 'download', effect: 'drop', when: 'mid', afterBytes }),
  );
  const busy = fake.faults.add({ operation: 'download', effect: 'error', status: 503 });
  const parts: Uint8Array[] = [];
  for await (const part of drive.read(id, signal)) parts.push(part);
  assert.ok(Buffer.concat(parts).equals(content));
  for (const { hits } of [...drops, busy]) assert.equal(hits, 1);
});

for (const [name, alter] of [
  ['fewer bytes than the file has', (body: Buffer) => body.subarray(1)],
  ['more bytes than the file has', (body: Buffer) => Buffer.concat([body, Buffer.from('x')])],
] as const) {
  test(`a download of ${name} is never taken for whole`, async (t) => {
    const { fake, open, store, failing, signal } = await driveFixture(t);
    const { id } = await store('a.bin', content);
    const rootURL = await alteringServer(t, fake.url, ({ url }, answer) => {
      if (url.includes('alt=media')) answer.body = alter(answer.body);
    });
    const drive = await open({ rootURL });
    await failing('ChecksumMismatch', () => Array.fromAsync(drive.read(id, signal)));
  });
}

for (const [name, alter] of [
  ['from the beginning', (answer: PassingAnswer) => (answer.status = 200)],
  ['elsewhere', (answer: PassingAnswer) => answer.headers.set('content-range', 'bytes 99-699999/700000')],
] as const) {
  test(`a server that goes on ${name} is not taken for the rest`, async (t) => {
    const { fake, open, store, failing, signal } = await driveFixture(t);
    const { id } = await store('a.bin', content);
    let asked = 0;
    const rootURL = await alteringServer(t, fake.url, ({ url }, answer) => {
      if (!url.includes('alt=media')) return;
      asked += 1;
      if (asked === 1) answer.cutAfter = 100;
      else alter(answer);
    });
    const drive = await open({ rootURL });
    const error = await failing('UploadFailed', () => Array.fromAsync(drive.read(id, signal)));
    assert.match(error.message, /go on with a\.bin/);
    assert.equal(asked, 2);
  });
}

test('a reader that is told to stop gets the reason', async (t) => {
  const { fake, drive, store, signal } = await driveFixture(t);
  const { id } = await store('a.bin', content);
  fake.faults.add({ operation: 'download', effect: 'slow', bytesPerSecond: 100_000 });
  const run = new AbortController();
  const reason = new Error('Told to stop.');
  await assert.rejects(
    async () => {
      for await (const part of drive.read(id, AbortSignal.any([run.signal, signal]))) {
        assert.ok(part.length > 0);
        run.abort(reason);
      }
    },
    (error) => error === reason,
  );
});
