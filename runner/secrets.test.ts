import assert from 'node:assert/strict';
import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { temporaryDirectory } from '../sandbox/testing.ts';
import { secretDirectory, secretDocuments, secretValue } from './secrets.ts';

test('reads a Secret as Kubernetes mounts it: links to a folder of the day', async (t) => {
  const directory = await temporaryDirectory(t);
  const mount = join(directory, 'db');
  await mkdir(join(mount, '..2026_01_01'), { recursive: true });
  await writeFile(join(mount, '..2026_01_01', 'password'), 'päss\n');
  await symlink('..2026_01_01', join(mount, '..data'));
  await symlink(join('..data', 'password'), join(mount, 'password'));
  const values = await secretDirectory(directory).read('db');
  assert.deepEqual([...values], [['password', Buffer.from('päss\n')]]);
});

test('a Secret that does not exist, or is mounted empty because it does not, is named', async (t) => {
  const directory = await temporaryDirectory(t);
  await mkdir(join(directory, 'optional'));
  await writeFile(join(directory, 'file'), '');
  const secrets = secretDirectory(directory);
  for (const name of ['missing', 'optional', 'file']) {
    await assert.rejects(secrets.read(name), {
      reason: 'SecretNotFound',
      message: `Secret ${name} does not exist.`,
    });
  }
});

test('a key that cannot be read is named, not a bug', async (t) => {
  const directory = await temporaryDirectory(t);
  await mkdir(join(directory, 'db', 'password'), { recursive: true });
  await assert.rejects(secretDirectory(directory).read('db'), {
    reason: 'SecretNotFound',
    message: 'Key password of Secret db cannot be read (EISDIR).',
  });
});

test('documents give data from base64 and stringData as it is, which wins', async () => {
  const secrets = secretDocuments([
    {
      metadata: { name: 'db' },
      data: { a: 'AAH/', b: 'YmFzZTY0' },
      stringData: { b: 'plain' },
    },
    { metadata: { name: 'empty' } },
  ]);
  const values = await secrets.read('db');
  assert.deepEqual(values.get('a'), Buffer.from([0, 1, 255]));
  assert.equal(String(values.get('b')), 'plain');
  await assert.rejects(secrets.read('other'), {
    reason: 'SecretNotFound',
    message: 'Secret other does not exist.',
  });
  await assert.rejects(secretValue(secrets, 'empty', 'key'), {
    reason: 'SecretNotFound',
    message: 'Secret empty has no key key; its keys: none.',
  });
  await assert.rejects(secretValue(secrets, 'db', 'c'), /has no key c; its keys: a, b\.$/);
});

test('a value of a Secret document that kubectl would refuse is named and not quoted', () => {
  const documents = (values: object) => [{ metadata: { name: 'db' }, ...values }];
  assert.throws(() => secretDocuments(documents({ stringData: { password: 123456 } })), {
    reason: 'InvalidSpec',
    message: 'Secret db: the value of password is no string: put it in quotes.',
  });
  assert.throws(() => secretDocuments(documents({ data: { password: 'not base64!' } })), {
    reason: 'InvalidSpec',
    message: 'Secret db: data.password is not base64: encode it, or write it under stringData.',
  });
});
