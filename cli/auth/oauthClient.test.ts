import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { BackupError } from '../../crds/failureReason.ts';
import { temporaryDirectory } from '../../sandbox/testing.ts';
import { parseClientFile, readClientFile } from './oauthClient.ts';

const client = { client_id: '1-a.apps.googleusercontent.com', client_secret: 'GOCSPX-canary' };

function refused(words: RegExp) {
  return (error: unknown) =>
    error instanceof BackupError &&
    error.reason === 'ClientInvalid' &&
    words.test(error.message) &&
    !error.message.includes('canary');
}

test('reads the client file of a desktop app', () => {
  const text = JSON.stringify({ installed: { ...client, redirect_uris: ['http://localhost'] } });
  assert.deepEqual(parseClientFile(text, 'client.json'), {
    id: client.client_id,
    secret: client.client_secret,
  });
});

const refusals: [string, string, RegExp][] = [
  ['a web client', JSON.stringify({ web: client }), /type Web application.*Desktop app/],
  [
    'a service-account key',
    JSON.stringify({ type: 'service_account', ...client }),
    /Service accounts cannot own/,
  ],
  ['the client without its frame', JSON.stringify(client), /no "installed" part/],
  [
    'a client without secret',
    JSON.stringify({ installed: { client_id: 'a' } }),
    /no client_id or no client_secret/,
  ],
  ['no JSON', 'canary', /is not JSON/],
  ['a list', '["canary"]', /is not JSON/],
];
for (const [what, text, words] of refusals) {
  test(`refuses ${what}`, () => assert.throws(() => parseClientFile(text, 'client.json'), refused(words)));
}

test('says that the client file is missing', async (t) => {
  const path = join(await temporaryDirectory(t), 'client.json');
  await assert.rejects(readClientFile(path), refused(/client\.json cannot be read \(ENOENT\)/));
});
