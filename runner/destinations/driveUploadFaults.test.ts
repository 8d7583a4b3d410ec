import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { test } from 'node:test';
import type { AddedFault, Fault } from '../../sandbox/google/faults.ts';
import { driveFixture } from './driveFixture.ts';
import { newFile } from './fileBuilder.ts';
import { storeFile } from './storeFile.ts';

const mib = 1024 * 1024;
// Three chunks and a bit: first, middle and last ones differ.
const content = randomBytes(3 * mib + 100_000);
const hash = createHash('sha256').update(content).digest('hex');

interface Case {
  readonly name: string;
  readonly faults: readonly Fault[];
}

// Everything that a later request can make good.
const survived: readonly Case[] = [
  {
    name: 'a 308 with less than was sent',
    faults: [{ operation: 'uploadChunk', effect: 'storeLess', bytes: 262_144 }],
  },
  {
    name: 'a 308 without Range: nothing stored',
    faults: [{ operation: 'uploadChunk', effect: 'storeLess', bytes: 0 }],
  },
  {
    name: 'a 308 with less than was sent for a middle chunk',
    faults: [{ operation: 'uploadChunk', nth: 2, effect: 'storeLess', bytes: 524_288 }],
  },
  {
    name: 'a 308 for the last chunk',
    faults: [{ operation: 'uploadChunk', nth: 4, effect: 'storeLess', bytes: 0 }],
  },
  ...[1, 2, 4].flatMap((nth): Case[] => [
    {
      name: `a connection dropped before chunk ${nth}`,
      faults: [{ operation: 'uploadChunk', nth, effect: 'drop', when: 'before' }],
    },
    {
      name: `a connection dropped within chunk ${nth}`,
      faults: [{ operation: 'uploadChunk', nth, effect: 'drop', when: 'mid', afterBytes: 60_000 }],
    },
    {
      name: `a connection dropped after chunk ${nth}`,
      faults: [{ operation: 'uploadChunk', nth, effect: 'drop', when: 'after' }],
    },
    {
      name: `a 503 for chunk ${nth}`,
      faults: [{ operation: 'uploadChunk', nth, effect: 'error', status: 503 }],
    },
    {
      name: `a 500 within chunk ${nth}`,
      faults: [{ operation: 'uploadChunk', nth, effect: 'error', status: 500, afterBytes: 50_000 }],
    },
    {
      name: `a 401 for chunk ${nth}`,
      faults: [{ operation: 'uploadChunk', nth, effect: 'error', status: 401 }],
    },
    {
      name: `a 429 for chunk ${nth}`,
      faults: [{ operation: 'uploadChunk', nth, effect: 'error', status: 429, retryAfter: 7 }],
    },
    ...['rateLimitExceeded', 'userRateLimitExceeded'].map(
      (reason): Case => ({
        name: `a 403 ${reason} for chunk ${nth}`,
        faults: [{ operation: 'uploadChunk', nth, effect: 'error', status: 403, reason }],
      }),
    ),
  ]),
  ...(['before', 'mid', 'after'] as const).map(
    (when): Case => ({
      name: `a connection dropped ${when} the start`,
      faults: [{ operation: 'uploadStart', effect: 'drop', when }],
    }),
  ),
  {
    name: 'a 503 at the start',
    faults: [{ operation: 'uploadStart', count: 3, effect: 'error', status: 503 }],
  },
  { name: 'a 401 at the start', faults: [{ operation: 'uploadStart', effect: 'error', status: 401 }] },
  {
    name: 'a status query that fails, too',
    faults: [
      { operation: 'uploadChunk', nth: 2, effect: 'error', status: 503 },
      { operation: 'uploadStatus', count: 2, effect: 'error', status: 502 },
    ],
  },
  {
    name: 'a session that is gone at the first chunk (404)',
    faults: [{ operation: 'uploadChunk', effect: 'sessionGone', status: 404 }],
  },
  {
    name: 'a session that is gone at the first chunk (410)',
    faults: [{ operation: 'uploadChunk', effect: 'sessionGone', status: 410 }],
  },
  {
    name: 'many faults in a row',
    faults: [1, 2, 3, 4, 5, 6].map(
      (nth): Fault => ({ operation: 'uploadChunk', nth, effect: 'error', status: 503, afterBytes: 300_000 }),
    ),
  },
  {
    name: 'IDs that come late',
    faults: [{ operation: 'generateIds', count: 2, effect: 'error', status: 503 }],
  },
  {
    name: 'a token that comes late',
    faults: [{ operation: 'tokenRefresh', count: 2, effect: 'error', status: 503 }],
  },
];

for (const { name, faults } of survived) {
  test(`an upload survives ${name}`, async (t) => {
    const { fake, drive, store, signal } = await driveFixture(t);
    const added = faults.map((fault) => fake.faults.add(fault));
    const stored = await store('a.bin', content);
    assert.deepEqual([stored.bytes, stored.sha256], [content.length, hash]);
    assert.deepEqual(await drive.list(signal), [stored]);
    struck(added);
  });
}

test('an upload waits as long as Retry-After says', async (t) => {
  const { fake, store, clock } = await driveFixture(t);
  fake.faults.add({ operation: 'uploadChunk', nth: 2, effect: 'error', status: 429, retryAfter: 97 });
  await store('a.bin', content);
  assert.ok(clock.sleeps.includes(97_000), `slept ${clock.sleeps}`);
});

test('an expired access token is replaced in the middle of an upload', async (t) => {
  const { fake, drive, signal } = await driveFixture(t);
  const upload = await drive.create(newFile('a.bin'), signal);
  await upload.write(content.subarray(0, 2 * mib));
  fake.expireAccessTokens();
  await upload.write(content.subarray(2 * mib));
  assert.equal((await upload.finish()).sha256, hash);
  assert.equal(fake.requests.filter(({ operation }) => operation === 'tokenRefresh').length, 2);
});

test('a file whose last answer was lost with its session is found by its ID, not stored twice', async (t) => {
  const { fake, drive, store, signal } = await driveFixture(t);
  const small = content.subarray(0, 1000);
  const lost = fake.faults.add({ operation: 'uploadChunk', effect: 'drop', when: 'after' });
  const gone = fake.faults.add({ operation: 'uploadStatus', effect: 'error', status: 404 });
  const stored = await store('a.bin', small);
  struck([lost, gone]);
  assert.deepEqual(await drive.list(signal), [stored]);
});

test('a session that is gone late fails the upload and leaves nothing', async (t) => {
  const { fake, store, failing } = await driveFixture(t);
  const gone = fake.faults.add({ operation: 'uploadChunk', nth: 4, effect: 'sessionGone', status: 410 });
  const error = await failing('UploadFailed', () => store('a.bin', content));
  assert.match(error.message, /session.*a\.bin/);
  struck([gone]);
  nothingLeft(fake);
});

test('a staged file starts again when its session is gone late', async (t) => {
  const { fake, drive, signal } = await driveFixture(t);
  const gone = fake.faults.add({ operation: 'uploadChunk', nth: 4, effect: 'sessionGone', status: 404 });
  let opened = 0;
  const source = {
    bytes: content.length,
    async *open() {
      opened += 1;
      yield content;
    },
  };
  const stored = await storeFile(drive, source, newFile('staged.bin'), signal);
  assert.deepEqual([stored.sha256, opened], [hash, 2]);
  assert.deepEqual(await drive.list(signal), [stored]);
  struck([gone]);
});

test('sessions that vanish without end fail the upload', async (t) => {
  const { fake, store, failing } = await driveFixture(t);
  fake.faults.add({ operation: 'uploadChunk', count: 1000, effect: 'sessionGone', status: 404 });
  await failing('UploadFailed', () => store('a.bin', content));
  nothingLeft(fake);
});

test('a session that vanishes after each bit of progress is not opened for ever', async (t) => {
  const { fake, store, failing } = await driveFixture(t);
  for (let nth = 2; nth <= 100; nth += 2) {
    fake.faults.add({ operation: 'uploadChunk', nth, effect: 'sessionGone', status: 404 });
  }
  await failing('UploadFailed', () => store('a.bin', content.subarray(0, 2 * mib)));
  assert.equal(fake.requests.filter(({ operation }) => operation === 'uploadStart').length, 6);
  nothingLeft(fake);
});

test('a file of whole chunks takes that many requests and no question', async (t) => {
  const { fake, store } = await driveFixture(t);
  await store('a.bin', content.subarray(0, 2 * mib));
  const chunks = fake.requests.filter(({ operation }) => operation === 'uploadChunk');
  assert.deepEqual(
    chunks.map(({ status }) => status),
    [308, 200],
  );
  assert.ok(!fake.requests.some(({ operation }) => operation === 'uploadStatus'));
});

test('a full Drive is told with its figures: at the start, in the middle and at the end', async (t) => {
  const { fake, drive, store, failing, signal } = await driveFixture(t);
  const old = await store('old.bin', Buffer.alloc(mib));
  await drive.remove(old.id, 'Trash', signal);
  fake.account.storageLimit = 5 * 1024 ** 3;
  const words = /5 GiB of 5 GiB used, 1 MiB of it in the bin\. Nothing old was deleted\./;

  fake.account.usedElsewhere = 5 * 1024 ** 3 - 2 * mib;
  const announced = () => drive.create(newFile('a.bin', { bytes: content.length }), signal);
  assert.match((await failing('QuotaExceeded', announced)).message, words);

  const upload = await drive.create(newFile('b.bin'), signal);
  const error = await failing('QuotaExceeded', async () => {
    for (;;) await upload.write(content);
  });
  await upload.abort();
  assert.match(error.message, words);

  fake.account.usedElsewhere = 5 * 1024 ** 3 - mib - 100;
  assert.match(
    (await failing('QuotaExceeded', () => store('c.bin', content.subarray(0, 1000)))).message,
    words,
  );
  nothingLeft(fake, 'old.bin');
});

test('the limit of a day is not waited for', async (t) => {
  const { fake, store, failing, clock } = await driveFixture(t);
  const [operation, effect] = ['uploadChunk', 'error'] as const;
  fake.faults.add({ operation, effect, status: 403, reason: 'dailyLimitExceeded' });
  await failing('RateLimited', () => store('a.bin', content));
  assert.deepEqual(clock.sleeps, []);
  nothingLeft(fake);
});

test('what does not end within ten minutes of retries is given up', async (t) => {
  const { fake, store, failing, clock } = await driveFixture(t);
  fake.faults.add({ operation: 'uploadChunk', count: 10_000, effect: 'error', status: 503 });
  await failing('UploadFailed', () => store('a.bin', content));
  const slept = clock.sleeps.reduce((sum, ms) => sum + ms, 0);
  assert.ok(slept > 60_000 && slept <= 600_000, `slept ${slept} ms`);
  nothingLeft(fake);
});

test('the ten minutes begin anew with every byte that arrives', async (t) => {
  const { fake, store, clock } = await driveFixture(t);
  for (const nth of [1, 3, 5]) {
    fake.faults.add({ operation: 'uploadChunk', nth, effect: 'error', status: 429, retryAfter: 250 });
    fake.faults.add({ operation: 'uploadChunk', nth: nth + 1, effect: 'storeLess', bytes: 262_144 });
  }
  assert.equal((await store('a.bin', content)).sha256, hash);
  assert.equal(clock.sleeps.filter((ms) => ms === 250_000).length, 3);
});

test('too many requests for too long are RateLimited', async (t) => {
  const { fake, store, failing } = await driveFixture(t);
  fake.faults.add({ operation: 'uploadChunk', count: 10_000, effect: 'error', status: 429, retryAfter: 60 });
  await failing('RateLimited', () => store('a.bin', content));
  nothingLeft(fake);
});

for (const effect of ['wrongChecksum', 'wrongSize'] as const) {
  test(`${effect}: the damaged file is removed and named`, async (t) => {
    const { fake, store, failing } = await driveFixture(t);
    const fault = fake.faults.add({ operation: 'create', name: /a\.bin/, effect });
    const error = await failing('ChecksumMismatch', () => store('a.bin', content));
    assert.match(error.message, /a\.bin/);
    struck([fault]);
    nothingLeft(fake);
  });
}

test('a dead refresh token ends the upload at once', async (t) => {
  const { fake, drive, failing, clock, signal } = await driveFixture(t);
  const upload = await drive.create(newFile('a.bin'), signal);
  fake.revokeRefreshTokens();
  await failing('TokenExpired', async () => {
    await upload.write(content);
    await upload.finish();
  });
  assert.deepEqual(clock.sleeps, []);
});

function struck(faults: readonly AddedFault[]): void {
  for (const fault of faults) assert.ok(fault.hits > 0, 'a fault never struck');
}

function nothingLeft(fake: Awaited<ReturnType<typeof driveFixture>>['fake'], ...but: string[]): void {
  const names = fake
    .files()
    .filter(({ parent }) => parent === fake.folderID)
    .map(({ name }) => name);
  assert.deepEqual(names, but);
}
