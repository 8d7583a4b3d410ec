import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { inspect } from 'node:util';
import { generateHybridIdentity, identityToRecipient } from 'age-encryption';
import { temporaryDirectory } from '../../sandbox/testing.ts';
import { redactor } from '../redactor.ts';
import { secretDocuments } from '../secrets.ts';
import { testKey } from './ageFixture.ts';
import { readIdentities, secretIdentities } from './identities.ts';
import { recipientsOf } from './recipients.ts';

const none = secretDocuments([]);
const inSecret = (text: string) =>
  recipientsOf(
    { recipientsSecretRef: { name: 'keys', key: 'recipients.txt' } },
    secretDocuments([{ metadata: { name: 'keys' }, stringData: { 'recipients.txt': text } }]),
  );

test('recipients come from the spec or from a Secret, as age -R reads them, each once', async (t) => {
  const [a, b] = [(await testKey(t)).recipient, (await testKey(t)).recipient];
  assert.equal(await recipientsOf(undefined, none), undefined);
  assert.deepEqual(await recipientsOf({ recipients: [a, b, a] }, none), [a, b]);
  assert.deepEqual(await inSecret(`# Ann\n${a}\r\n\n  ${b}\n# the safe`), [a, b]);
});

test('what is no recipient is refused by its place, and what stands there is not said', async (t) => {
  const { recipient, identity } = await testKey(t);
  const hybrid = await identityToRecipient(await generateHybridIdentity());
  assert.deepEqual(await inSecret(hybrid), [hybrid]);
  const changed = recipient.replace(/.$/, (last) => (last === 'q' ? 'p' : 'q'));
  const cases: [text: string, says: RegExp][] = [
    ['', /^key recipients.txt of Secret keys names no recipient/],
    ['# nobody', /names no recipient/],
    [
      `${recipient}\npassword-4711`,
      /^line 2 of key recipients.txt of Secret keys is no recipient of age: write age1…/,
    ],
    [changed, /^line 1 of .* is no recipient/],
    [recipient.toUpperCase(), /is no recipient/],
    [
      'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIExample ann@example.com',
      /keys of SSH and of plugins are not understood/,
    ],
    ['age1yubikey1qwt50d05nh5vutpdzmlg5wn80xq5negm4uj9ghv0snvdd3yysf5yw3rhl3t', /is no recipient/],
    [identity, /^line 1 of .* is an identity, the secret key: take it out of the cluster/],
    [`${recipient}\n${hybrid}`, /mixes post-quantum recipients/],
    [Array(21).fill(recipient).join('\n'), /names more than 20 recipients/],
  ];
  for (const [text, says] of cases) {
    await assert.rejects(inSecret(text), (error: Error & { reason?: string }) => {
      assert.equal(error.reason, 'InvalidSpec');
      assert.match(error.message, says);
      assert.doesNotMatch(error.message, /4711|AGE-SECRET|AAAAC3/);
      return true;
    });
  }
  await assert.rejects(recipientsOf({ recipients: [recipient, changed] }, none), {
    message: /^spec\.encryption\.recipients\[1\] is no recipient/,
  });
  await assert.rejects(recipientsOf({ recipientsSecretRef: { name: 'keys', key: 'recipients.txt' } }, none), {
    reason: 'SecretNotFound',
  });
});

async function identitiesIn(t: TestContext, text: string) {
  const file = join(await temporaryDirectory(t), 'key.txt');
  await writeFile(file, text);
  return readIdentities(file, redactor());
}

test('an identity file is one of age-keygen, or several together', async (t) => {
  const { identity, file } = await testKey(t);
  assert.equal((await readIdentities(file, redactor())).from, file);
  await identitiesIn(t, `${identity}\r\n\n# another\n${await generateHybridIdentity()}\n`);
  const secrets = secretDocuments([{ metadata: { name: 'keys' }, stringData: { identity } }]);
  const ref = { name: 'keys', key: 'identity' };
  assert.equal(
    (await secretIdentities(ref, { secrets, redactor: redactor() })).from,
    'key identity of Secret keys',
  );
  await assert.rejects(secretIdentities(ref, { secrets: none, redactor: redactor() }), {
    reason: 'SecretNotFound',
  });
});

test('what is no identity is refused with what to do, and nothing of it is said', async (t) => {
  const { recipient, identity } = await testKey(t);
  const cases: [text: string, says: RegExp][] = [
    ['', /holds no identity: age-keygen makes one/],
    [
      '-----BEGIN AGE ENCRYPTED FILE-----\nYWdl\n',
      /is itself encrypted with a passphrase: decrypt it first, with age --decrypt/,
    ],
    ['age-encryption.org/v1\n-> scrypt x 18\n', /is itself encrypted with a passphrase/],
    ['-----BEGIN OPENSSH PRIVATE KEY-----\nb3Bl\n', /is a key of SSH or TLS/],
    [recipient, /has a recipient, the public key, in line 1/],
    [`# x\nAGE-PLUGIN-YUBIKEY-1QGQ4711\n`, /has an identity of a plugin in line 2/],
    [identity.slice(0, -1), /has no whole identity in line 1/],
    [`${identity}\npassword-4711`, /has no whole identity in line 2/],
  ];
  for (const [text, says] of cases) {
    await assert.rejects(identitiesIn(t, text), (error: Error & { reason?: string }) => {
      assert.equal(error.reason, 'InvalidSpec');
      assert.match(error.message, says);
      assert.doesNotMatch(inspect(error), /4711|AGE-SECRET-KEY-1[A-Z0-9]|b3Bl/);
      return true;
    });
  }
  await assert.rejects(readIdentities('/nowhere/key.txt', redactor()), {
    message: '/nowhere/key.txt cannot be read (ENOENT): check the path given with --identity.',
  });
});

test('an identity shows in no log, JSON or inspection of what holds it', async (t) => {
  const { file, identity } = await testKey(t);
  const known = redactor();
  const restore = { identities: await readIdentities(file, known), set: 'backup' };
  for (const text of [JSON.stringify(restore), inspect(restore, { depth: 9, showHidden: true })]) {
    assert.doesNotMatch(text, /AGE-SECRET-KEY/);
  }
  assert.equal(known.redact(`with ${identity}!`), 'with [secret]!');
  assert.equal(redactor().redact(`with ${identity}!`), 'with [secret]!');
});
