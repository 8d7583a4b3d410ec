import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { type TestContext, test } from 'node:test';
import { generateHybridIdentity, identityToRecipient } from 'age-encryption';
import fc from 'fast-check';
import { ContentError } from '../content/tableRows.ts';
import { clearBytes, nonceBytes, tagBytes } from './ageChunks.ts';
import { encrypt, pieces, piped, requireAge, type TestKey, testKey } from './ageFixture.ts';
import { decrypted } from './decrypted.ts';
import { encryptedSink } from './encryptedSink.ts';
import { Identities } from './identities.ts';

const sealedBytes = clearBytes + tagBytes;
const borders = [0, 1, 2, 3].flatMap((chunks) => [-1, 0, 1].map((by) => chunks * clearBytes + by)).slice(1);

async function decrypt(
  file: Buffer,
  identity: string,
  lengths: readonly number[] = [65_536],
): Promise<Buffer> {
  // Copies, since what was read is given back to the system.
  const content = async function* () {
    for (const piece of pieces(file, lengths)) yield Buffer.from(piece);
  };
  const parts: Buffer[] = [];
  const identities = new Identities([identity], 'key.txt');
  for await (const part of decrypted('a.csv.age', content(), identities)) parts.push(Buffer.from(part));
  return Buffer.concat(parts);
}

/** Lengths around the borders of chunks, and any others up to some chunks. */
const length = fc.oneof(fc.constantFrom(...borders), fc.nat(4 * clearBytes));
const lengths = fc.array(fc.oneof(fc.constantFrom(1, 15, 16, 65_536, 65_552, 1_048_576), fc.nat(200_000)), {
  minLength: 1,
  maxLength: 4,
});
// Pieces of single bytes alone would take long.
const cut = lengths.filter((all) => Math.max(...all) >= 1000);

test('what is encrypted comes back, whatever its length and the pieces that it goes and comes in', async (t) => {
  const { identity, recipient } = await testKey(t);
  const property = fc.asyncProperty(length, cut, cut, async (size, written, read) => {
    const bytes = randomBytes(size);
    const file = await encrypt([recipient], bytes, written);
    assert.ok((await decrypt(file, identity, read)).equals(bytes));
  });
  await fc.assert(property, { numRuns: 100 });
});

test('age itself opens what we encrypt', async (t) => {
  const age = requireAge(t);
  if (age === undefined) return;
  const { recipient, file } = await testKey(t);
  for (const size of [...borders, 1_000_003]) {
    const bytes = randomBytes(size);
    const sealed = await encrypt([recipient], bytes, [100_000]);
    assert.ok((await piped(age, ['--decrypt', '--identity', file], sealed)).equals(bytes), `${size} bytes`);
  }
});

test('what age itself encrypts opens here', async (t) => {
  const age = requireAge(t);
  if (age === undefined) return;
  const { identity, recipient } = await testKey(t);
  for (const size of [...borders, 1_000_003]) {
    const bytes = randomBytes(size);
    const sealed = await piped(age, ['--encrypt', '--recipient', recipient], bytes);
    assert.ok((await decrypt(sealed, identity, [30_000])).equals(bytes), `${size} bytes`);
  }
});

test('each of several recipients opens a file, and nobody else', async (t) => {
  const age = requireAge(t);
  const keys = [await testKey(t), await testKey(t), await testKey(t)];
  const file = await encrypt(
    keys.map(({ recipient }) => recipient),
    Buffer.from('rows'),
  );
  for (const key of keys) {
    assert.equal((await decrypt(file, key.identity)).toString(), 'rows');
    if (age) assert.equal(String(await piped(age, ['-d', '-i', key.file], file)), 'rows');
  }
  const stranger = await testKey(t);
  await assert.rejects(decrypt(file, stranger.identity), {
    reason: 'IdentityMismatch',
    message: 'a.csv.age is encrypted for other recipients than key.txt is an identity of.',
  });
});

test('a post-quantum key opens what was encrypted for it', async () => {
  const identity = await generateHybridIdentity();
  const file = await encrypt([await identityToRecipient(identity)], Buffer.from('rows'));
  assert.equal((await decrypt(file, identity)).toString(), 'rows');
});

test('two files of the same bytes have nothing in common', async (t) => {
  const { recipient } = await testKey(t);
  const [a, b] = [
    await encrypt([recipient], Buffer.alloc(100)),
    await encrypt([recipient], Buffer.alloc(100)),
  ];
  const tail = (file: Buffer) => file.subarray(file.length - 100 - tagBytes - nonceBytes);
  assert.ok(!tail(a).equals(tail(b)));
});

/** A file of three chunks, the last one short, and where its first chunk begins. */
async function threeChunks(t: TestContext): Promise<{ key: TestKey; file: Buffer; begin: number }> {
  const key = await testKey(t);
  const file = await encrypt([key.recipient], randomBytes(2 * clearBytes + 1000));
  return { key, file, begin: file.length - 1000 - tagBytes - 2 * sealedBytes };
}

const isDamage = (error: unknown) =>
  error instanceof ContentError || (error as { reason?: string }).reason === 'IdentityMismatch';

test('one flipped bit anywhere is found', async (t) => {
  const { key, file, begin } = await threeChunks(t);
  const places = [
    ...Array.from({ length: begin }, (_, at) => at),
    ...[
      0,
      clearBytes - 1,
      clearBytes,
      sealedBytes - 1,
      sealedBytes,
      2 * sealedBytes,
      file.length - begin - 1,
    ].map((at) => begin + at),
  ];
  for (const at of places) {
    const flipped = Buffer.from(file);
    flipped[at] = (flipped[at] ?? 0) ^ 1;
    await assert.rejects(decrypt(flipped, key.identity), isDamage, `byte ${at} of ${file.length}`);
  }
});

test('what is cut off, added, left out or in another order is found', async (t) => {
  const { key, file, begin } = await threeChunks(t);
  const chunk = (index: number) =>
    file.subarray(begin + index * sealedBytes, begin + (index + 1) * sealedBytes);
  const start = file.subarray(0, begin);
  const wrong: [string, Buffer][] = [
    ['nothing', Buffer.alloc(0)],
    ['another kind of file', Buffer.from('PK\x03\x04')],
    ['armor', Buffer.from('-----BEGIN AGE ENCRYPTED FILE-----\n')],
    ['half a header', file.subarray(0, 60)],
    ['a header without an end', Buffer.from(`age-encryption.org/v1\n${'-> X25519 x\n'.repeat(30_000)}`)],
    ['the header alone', file.subarray(0, begin - nonceBytes)],
    ['no chunk', start],
    ['a part of a tag', file.subarray(0, begin + 7)],
    ['one chunk of three', Buffer.concat([start, chunk(0)])],
    ['two chunks of three', Buffer.concat([start, chunk(0), chunk(1)])],
    ['a byte less', file.subarray(0, -1)],
    ['a byte more', Buffer.concat([file, Buffer.alloc(1)])],
    ['a chunk twice', Buffer.concat([start, chunk(0), chunk(0), chunk(1), chunk(2)])],
    ['a chunk missing', Buffer.concat([start, chunk(0), chunk(2)])],
    ['chunks swapped', Buffer.concat([start, chunk(1), chunk(0), chunk(2)])],
    ['the last chunk alone', Buffer.concat([start, chunk(2)])],
    ['the file twice', Buffer.concat([file, file])],
  ];
  for (const [what, bytes] of wrong) {
    await assert.rejects(decrypt(Buffer.from(bytes), key.identity), ContentError, what);
  }
});

test('nothing is given that was not authenticated, and what was is given', async (t) => {
  const key = await testKey(t);
  const bytes = randomBytes(9 * clearBytes);
  const file = await encrypt([key.recipient], bytes);
  const at = file.length - 3 * sealedBytes;
  file[at] = (file[at] ?? 0) ^ 1;
  const given: Buffer[] = [];
  const source = (async function* () {
    yield file;
  })();
  await assert.rejects(async () => {
    for await (const part of decrypted('a', source, new Identities([key.identity], 'key.txt'))) {
      given.push(Buffer.from(part));
    }
  }, ContentError);
  const start = Buffer.concat(given);
  assert.ok(start.length > 0 && start.length <= 6 * clearBytes);
  assert.ok(start.equals(bytes.subarray(0, start.length)));
});

test('an error of the sink is the error of write and end', async (t) => {
  const { recipient } = await testKey(t);
  const full = new Error('no space left');
  let writes = 0;
  const target = await encryptedSink([recipient], {
    write: async () => {
      if (writes++ > 0) throw full;
    },
  });
  await assert.rejects(async () => {
    for (let count = 0; count < 100; count++) await target.write(Buffer.alloc(100_000));
  }, full);
  await assert.rejects(target.end(), full);
});

test('the source of what is decrypted is closed when its reader stops early', async (t) => {
  const key = await testKey(t);
  const file = await encrypt([key.recipient], randomBytes(9 * clearBytes));
  let closed = false;
  const source = async function* () {
    try {
      yield file;
      yield Buffer.alloc(1);
    } finally {
      closed = true;
    }
  };
  for await (const _ of decrypted('a', source(), new Identities([key.identity], 'key.txt'))) break;
  assert.ok(closed);
});
