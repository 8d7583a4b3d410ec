import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { BackupError } from '../../crds/failureReason.ts';
import { eventually } from '../../sandbox/testing.ts';
import { alteringServer } from './alteringServer.ts';
import { driveFixture } from './driveFixture.ts';
import { newFile } from './fileBuilder.ts';

const mib = 1024 * 1024;
const content = randomBytes(4 * mib);
const hash = createHash('sha256').update(content).digest('hex');

test('a session on another host gets no byte and no token', async (t) => {
  const { fake, open, failing, signal } = await driveFixture(t);
  const reached: string[] = [];
  const elsewhere = await alteringServer(t, fake.url, ({ method }) => reached.push(method));
  const rootURL = await alteringServer(t, fake.url, (_, { headers }) => {
    const location = headers.get('location');
    if (location)
      headers.set('location', new URL(location.slice(new URL(location).origin.length), elsewhere).href);
  });
  const drive = await open({ rootURL });
  const error = await failing('UploadFailed', () => drive.create(newFile('a.bin'), signal));
  assert.match(error.message, /another host/);
  assert.deepEqual(reached, []);
});

test('a session without an address is an error, not a crash', async (t) => {
  const { fake, open, failing, signal } = await driveFixture(t);
  const rootURL = await alteringServer(t, fake.url, (_, { headers }) => headers.delete('location'));
  const drive = await open({ rootURL });
  await failing('UploadFailed', () => drive.create(newFile('a.bin'), signal));
});

test('bytes that Google confirmed and lost are sent again while they are still here', async (t) => {
  const { fake, drive, signal } = await twoFacedDrive(t, (chunk) =>
    chunk === 2 ? 'bytes=0-262143' : undefined,
  );
  const upload = await drive.create(newFile('a.bin'), signal);
  await upload.write(content.subarray(0, 2 * mib));
  // The fake has taken two chunks by now and would refuse a gap, but takes bytes twice.
  assert.equal(
    (await upload.finish()).sha256,
    createHash('sha256')
      .update(content.subarray(0, 2 * mib))
      .digest('hex'),
  );
  assert.equal(fake.files().filter(({ name }) => name === 'a.bin').length, 1);
});

test('bytes that Google confirmed and lost later fail the upload', async (t) => {
  const { drive, failing, signal } = await twoFacedDrive(t, (chunk) =>
    chunk === 4 ? 'bytes=0-262143' : undefined,
  );
  const upload = await drive.create(newFile('a.bin'), signal);
  const error = await failing('UploadFailed', async () => {
    await upload.write(content);
    await upload.write(content);
    await upload.finish();
  });
  assert.match(error.message, /lost bytes that it had confirmed/);
});

test('a claim of bytes that were never sent fails the upload', async (t) => {
  const { drive, failing, signal } = await twoFacedDrive(t, (chunk) =>
    chunk === 1 ? 'bytes=0-99999999' : undefined,
  );
  const upload = await drive.create(newFile('a.bin'), signal);
  await failing('UploadFailed', async () => {
    await upload.write(content);
    await upload.finish();
  });
});

test('a file that Google finishes before its end is removed', async (t) => {
  const { fake, open, store, drive, failing, signal } = await driveFixture(t);
  const early = await store('early.bin', Buffer.from('early'));
  const rootURL = await alteringServer(t, fake.url, ({ method, url }, answer) => {
    if (url.includes('generateIds')) answer.body = Buffer.from(JSON.stringify({ ids: [early.id] }));
    if (method === 'POST' && answer.status === 409) {
      answer.status = 200;
      answer.headers.set('location', '/upload/drive/v3/files?upload_id=x');
    }
    if (method !== 'PUT') return;
    answer.status = 200;
    answer.body = Buffer.from(JSON.stringify({ id: early.id }));
  });
  const other = await open({ rootURL });
  const upload = await other.create(newFile('a.bin'), signal);
  const error = await failing('UploadFailed', async () => {
    await upload.write(content);
    await upload.finish();
  });
  await upload.abort();
  assert.match(error.message, /before its end/);
  assert.deepEqual(await drive.list(signal), []);
});

test('a Range that says nothing is asked again', async (t) => {
  const { drive, signal, clock } = await twoFacedDrive(t, (chunk) =>
    chunk === 1 ? 'items=many' : undefined,
  );
  const upload = await drive.create(newFile('a.bin'), signal);
  await upload.write(content);
  assert.equal((await upload.finish()).sha256, hash);
  assert.equal(clock.sleeps.length, 1);
});

test('a file without a checksum of Google counts as damaged', async (t) => {
  const { fake, open, failing, signal } = await driveFixture(t);
  const rootURL = await alteringServer(t, fake.url, (_, answer) => {
    answer.body = Buffer.from(answer.body.toString('latin1').replace(/"sha256Checksum"/g, '"x"'), 'latin1');
  });
  const drive = await open({ rootURL });
  const upload = await drive.create(newFile('a.bin'), signal);
  await upload.write(content);
  await failing('ChecksumMismatch', () => upload.finish());
  assert.deepEqual(
    fake.files().map(({ name }) => name),
    ['Database backups'],
  );
});

test('a checksum that comes a moment later is waited for', async (t) => {
  const { fake, open, signal } = await driveFixture(t);
  const rootURL = await alteringServer(t, fake.url, ({ method }, answer) => {
    if (method === 'PUT')
      answer.body = Buffer.from(answer.body.toString().replace('"sha256Checksum"', '"x"'));
  });
  const drive = await open({ rootURL });
  const upload = await drive.create(newFile('a.bin'), signal);
  await upload.write(content);
  assert.equal((await upload.finish()).sha256, hash);
});

test('an ID that is taken before anything was sent is replaced, and the file behind it stays', async (t) => {
  const { fake, open, store, signal } = await driveFixture(t);
  const other = await store('other.bin', Buffer.from('other'));
  let given = 0;
  const rootURL = await alteringServer(t, fake.url, ({ url }, answer) => {
    if (!url.includes('generateIds')) return;
    given += 1;
    if (given === 1) answer.body = Buffer.from(JSON.stringify({ ids: [other.id] }));
  });
  const drive = await open({ rootURL });
  const upload = await drive.create(newFile('a.bin'), signal);
  await upload.write(content);
  const stored = await upload.finish();
  assert.notEqual(stored.id, other.id);
  assert.deepEqual((await drive.list(signal)).map(({ name }) => name).sort(), ['a.bin', 'other.bin']);
});

test('a token answer without a token is an error', async (t) => {
  const { fake, open, failing, signal } = await driveFixture(t);
  const rootURL = await alteringServer(t, fake.url, ({ url }, answer) => {
    if (url === '/token') answer.body = Buffer.from('[]');
  });
  const drive = await open({ rootURL });
  await failing('UploadFailed', () => drive.list(signal));
});

test('at most two chunks are held, however much is written', async (t) => {
  const { fake, drive, signal } = await driveFixture(t);
  const hang = fake.faults.add({ operation: 'uploadChunk', nth: 2, effect: 'hang' });
  const upload = await drive.create(newFile('a.bin'), signal);
  let taken = 0;
  const writing = (async () => {
    for (let at = 0; at < content.length; at += 65_536) {
      await upload.write(content.subarray(at, at + 65_536));
      taken = at + 65_536;
    }
  })();
  const refused = assert.rejects(
    writing,
    (error) => error instanceof BackupError && error.reason === 'Interrupted',
  );
  // Chunk 1 is with Google, chunk 2 hangs, chunk 3 is full; not a byte more is taken.
  await eventually(() => assert.deepEqual([hang.hits, taken], [1, 3 * mib]));
  await upload.abort();
  await refused;
  assert.equal(taken, 3 * mib);
});

test('abort ends a hanging chunk, cancels the session and leaves nothing', async (t) => {
  const { fake, drive, signal } = await driveFixture(t);
  const hang = fake.faults.add({ operation: 'uploadChunk', nth: 2, effect: 'hang' });
  const upload = await drive.create(newFile('a.bin'), signal);
  const writing = assert.rejects(async () => {
    for (;;) await upload.write(content);
  });
  await eventually(() => assert.equal(hang.hits, 1));
  await upload.abort();
  await writing;
  assert.deepEqual(fake.requests.filter(({ operation }) => operation === 'uploadCancel').length, 1);
  assert.deepEqual(
    fake.files().map(({ name }) => name),
    ['Database backups'],
  );
});

test('abort removes a file that Google had just finished', async (t) => {
  const { fake, drive, failing } = await driveFixture(t);
  const run = new AbortController();
  const upload = await drive.create(newFile('a.bin'), run.signal);
  await upload.write(content.subarray(0, 1000));
  fake.faults.add({ operation: 'uploadChunk', effect: 'drop', when: 'after' });
  const hang = fake.faults.add({ operation: 'uploadStatus', effect: 'hang' });
  const finishing = failing('Interrupted', () => upload.finish());
  await eventually(() => assert.equal(hang.hits, 1));
  assert.equal(fake.files().length, 2);
  run.abort(new BackupError('Interrupted', 'Told to stop.'));
  await finishing;
  assert.deepEqual(
    fake.files().map(({ name }) => name),
    ['Database backups'],
  );
});

test('abort gives up within seconds when Google does not answer, and says what may be left', async (t) => {
  const { fake, drive, signal, logged } = await driveFixture(t, { cleanUpMs: 300 });
  const upload = await drive.create(newFile('a.bin'), signal);
  await upload.write(content);
  fake.faults.add({ operation: 'uploadCancel', effect: 'hang' });
  await upload.abort();
  assert.match(JSON.stringify(logged), /could not clean up/);
});

test('a connection on which nothing moves is given up and the chunk sent again', async (t) => {
  const { fake, open, signal } = await driveFixture(t, { idleMs: 300 });
  const hang = fake.faults.add({ operation: 'uploadChunk', nth: 2, effect: 'hang' });
  const drive = await open();
  const upload = await drive.create(newFile('a.bin'), signal);
  await upload.write(content);
  assert.equal((await upload.finish()).sha256, hash);
  assert.equal(hang.hits, 1);
});

/** A Drive that gives other Range headers than it should, by the number of the chunk. */
async function twoFacedDrive(
  t: Parameters<typeof driveFixture>[0],
  range: (chunk: number) => string | undefined,
): Promise<Awaited<ReturnType<typeof driveFixture>>> {
  const fixture = await driveFixture(t);
  let chunks = 0;
  const rootURL = await alteringServer(t, fixture.fake.url, ({ method, headers }, answer) => {
    if (method !== 'PUT' || headers['content-range']?.startsWith('bytes *')) return;
    chunks += 1;
    const altered = range(chunks);
    if (altered !== undefined && answer.status === 308) answer.headers.set('range', altered);
  });
  return { ...fixture, drive: await fixture.open({ rootURL }) };
}
