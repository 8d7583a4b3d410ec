import assert from 'node:assert/strict';
import { test } from 'node:test';
import { leaks } from './leaks.ts';

const secret = 'Pä+ss/w\\"rd <4711> =&%';
const forms: [name: string, form: string][] = [
  ['raw', secret],
  ['JSON', JSON.stringify(secret)],
  ['JSON within JSON', JSON.stringify(JSON.stringify({ message: secret }))],
  ['a URL', encodeURIComponent(secret)],
  ['a form', new URLSearchParams({ password: secret }).toString()],
  [
    'HTML',
    secret.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;'),
  ],
  ['base64', Buffer.from(secret).toString('base64')],
  ['base64url', Buffer.from(secret).toString('base64url')],
  ['base64 of a login', Buffer.from(`\0user\0${secret}`).toString('base64')],
  ['base64 of two', Buffer.from(`us:${secret}!`).toString('base64')],
  ['folded base64', Buffer.from(`text ${secret}`).toString('base64').replaceAll(/.{20}/g, '$&\r\n')],
  [
    'quoted-printable',
    [...Buffer.from(secret)]
      .map((byte) => `=${byte.toString(16).toUpperCase().padStart(2, '0')}`)
      .join('=\r\n'),
  ],
];

for (const [name, form] of forms) {
  test(`a leak as ${name} is found`, () => {
    const found = leaks({ log: 'nothing here', mail: `before ${form} after` }, { password: secret });
    assert.ok(found.length > 0);
    assert.match(found.join('\n'), /^password in mail/);
    assert.deepEqual(leaks({ mail: `before ${form} after` }, { password: 'another word' }), []);
  });
}

test('tokens, client secrets, upload sessions and identities of age are found by their look', () => {
  for (const text of [
    '{"authorization":"Bearer ya29.a0AbCdEfGhIjKl"}',
    'refresh_token=1%2F%2F0abcdefghijklmnop',
    'GOCSPX-abcdefghijklmno',
    'PUT /upload/drive/v3/files?uploadType=resumable&upload_id=ABg5-123',
    'AGE-SECRET-KEY-1QYQSZQGPQYQSZQGPQYQSZQGPQYQSZQGPQYQSZQGPQYQSZQGPQYQ',
    'age-secret-key-pq-1qyqszqgpqyqszqgpqyqszqgp',
  ]) {
    assert.notDeepEqual(leaks({ log: text }, {}), [], text);
  }
  for (const text of [
    'https://drive.google.com/drive/folders/1AbCdEfGhIjKlMn',
    'it begins with AGE-SECRET-KEY-1, as age-keygen writes it',
  ]) {
    assert.deepEqual(leaks({ log: text }, {}), [], text);
  }
});

test('a secret too short to be told from other words is refused', () => {
  assert.throws(() => leaks({ log: '' }, { password: 'abc' }), /too short/);
});
