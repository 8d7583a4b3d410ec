import assert from 'node:assert/strict';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { test } from 'node:test';
import { drive } from '@googleapis/drive';
import { OAuth2Client } from 'google-auth-library';
import type { FakeGoogle } from './fakeControls.ts';
import { testDrive } from './testDrive.ts';

function client(fake: FakeGoogle, credentials = fake.credentials) {
  const auth = new OAuth2Client({
    clientId: credentials.client_id,
    clientSecret: credentials.client_secret,
    endpoints: { oauth2TokenUrl: `${fake.url}/token` },
  });
  auth.setCredentials({ refresh_token: credentials.refresh_token });
  // The library answers for its own OAuth2Client type, of another copy of google-auth-library.
  return drive({ version: 'v3', auth: auth as never, rootUrl: `${fake.url}/` });
}

test('@googleapis/drive refreshes, creates, lists, reads, trashes and deletes', async (t) => {
  const { fake } = await testDrive(t);
  const { files, about } = client(fake);
  const folder = await files.create({
    requestBody: { name: 'Sub', mimeType: 'application/vnd.google-apps.folder', parents: [fake.folderID] },
  });
  const made = await files.create(
    {
      requestBody: { name: 'a.json', parents: [folder.data.id ?? ''], appProperties: { owner: 'me' } },
      media: { mimeType: 'application/json', body: Readable.from(['{"a"', ':1}']) },
      fields: 'id,name,size,parents,appProperties',
    },
    { rootUrl: `${fake.url}/` },
  );
  assert.deepEqual(made.data, {
    id: made.data.id,
    name: 'a.json',
    size: '7',
    parents: [folder.data.id],
    appProperties: { owner: 'me' },
  });
  const list = await files.list({
    q: `'${folder.data.id}' in parents and appProperties has { key='owner' and value='me' }`,
    fields: 'nextPageToken,incompleteSearch,files(id)',
  });
  assert.deepEqual(list.data, { incompleteSearch: false, files: [{ id: made.data.id }] });
  const read = await files.get(
    { fileId: made.data.id ?? '', alt: 'media' },
    { responseType: 'stream', rootUrl: `${fake.url}/` },
  );
  assert.equal((await buffer(read.data)).toString(), '{"a":1}');
  await files.update({ fileId: made.data.id ?? '', requestBody: { trashed: true } });
  const storage = await about.get({ fields: 'storageQuota,user' });
  assert.equal(storage.data.storageQuota?.usageInDriveTrash, '7');
  assert.equal(storage.data.user?.emailAddress, fake.account.email);
  await files.delete({ fileId: folder.data.id ?? '' });
  assert.deepEqual(
    fake.files().map(({ id }) => id),
    [fake.folderID],
  );
});

test("@googleapis/drive throws the fake's errors with their status and reason", async (t) => {
  const { fake } = await testDrive(t);
  await assert.rejects(client(fake).files.get({ fileId: 'nothing' }), (error: Record<string, unknown>) => {
    assert.equal(error.status, 404);
    assert.match(String(error.message), /File not found: nothing\./);
    return true;
  });
  const blind = client(fake, fake.issueCredentials({ scope: 'spreadsheets' }));
  await assert.rejects(blind.files.list(), /insufficient authentication scopes/);
  fake.disableApi();
  await assert.rejects(client(fake).files.list(), /has not been used in project/);
  fake.revokeRefreshTokens();
  await assert.rejects(client(fake).files.list(), /invalid_grant/);
});
