import assert from 'node:assert/strict';
import { readdir } from 'node:fs/promises';
import { test } from 'node:test';
import { testDrive } from '../testDrive.ts';

test('starting needs a token with a scope that may write', async (t) => {
  const { request, fake } = await testDrive(t, { scope: 'drive.readonly' });
  const path = '/upload/drive/v3/files?uploadType=resumable';
  assert.equal((await request('POST', path, { body: {}, token: null })).status, 401);
  const denied = await request('POST', path, { body: {} });
  assert.equal(denied.status, 403);
  assert.equal(denied.json.error.details[0].reason, 'ACCESS_TOKEN_SCOPE_INSUFFICIENT');
  assert.equal(denied.json.error.errors[0].reason, 'insufficientPermissions');
  const good = fake.issueAccessToken();
  const nonsense = await request('POST', path, {
    body: {},
    token: good,
    headers: { 'X-Upload-Content-Length': 'ten' },
  });
  assert.equal(nonsense.status, 400);
});

test('an ID must come from generateIds and is taken once, at the start or at the end', async (t) => {
  const { fake, request, startUpload, put, upload } = await testDrive(t);
  const { json } = await request('GET', '/drive/v3/files/generateIds?count=2&space=drive&type=files');
  const [id, other] = json.ids;
  const path = '/upload/drive/v3/files?uploadType=resumable';
  const invented = await request('POST', path, { body: { id: 'invented' } });
  assert.equal(invented.status, 400);
  assert.equal(invented.json.error.message, 'The provided file ID is not usable.');
  const [first, second] = [await startUpload({ id, name: 'a' }), await startUpload({ id, name: 'a' })];
  assert.equal((await put(first, undefined, Buffer.from('x'))).json.id, id);
  const late = await put(second, undefined, Buffer.from('x'));
  assert.deepEqual([late.status, late.json.error.errors[0].reason], [409, 'fileIdInUse']);
  assert.equal((await put(second, 'bytes */1')).status, 404);
  assert.equal((await readdir(fake.directory)).length, 1);
  assert.equal((await request('POST', path, { body: { id } })).status, 409);
  assert.equal((await upload({ id, name: 'a' }, 'x')).status, 409);
  assert.equal((await upload({ id: other, name: 'b' }, 'x')).json.id, other);
});

test('metadata is checked before the session starts', async (t) => {
  const { fake, request, upload } = await testDrive(t);
  const file = (await upload({ name: 'a', parents: [fake.folderID] }, 'x')).json;
  const byHand = fake.createFolder('by hand', { byUser: true });
  const cases: [object, number, string][] = [
    [{ parents: ['nothing'] }, 404, 'notFound'],
    [{ parents: [byHand] }, 404, 'notFound'],
    [{ parents: [file.id] }, 403, 'parentNotAFolder'],
    [{ parents: [fake.folderID, 'root'] }, 403, 'cannotAddParent'],
    [{ nmae: 'x' }, 400, 'invalid'],
    [{ size: '5' }, 403, 'fieldNotWritable'],
    [{ name: 5 }, 400, 'invalid'],
    [{ mimeType: 'application/vnd.google-apps.spreadsheet' }, 400, 'badRequest'],
    [{ createdTime: 'yesterday' }, 400, 'invalid'],
    [{ appProperties: { key: 'v'.repeat(122) } }, 403, 'propertyLimitExceeded'],
    [{ appProperties: { ключ: 'в'.repeat(59) } }, 403, 'propertyLimitExceeded'],
    [
      { appProperties: Object.fromEntries(Array.from({ length: 31 }, (_, i) => [`k${i}`, 'v'])) },
      403,
      'propertyLimitExceeded',
    ],
  ];
  for (const [body, status, reason] of cases) {
    const answer = await request('POST', '/upload/drive/v3/files?uploadType=resumable', { body });
    assert.deepEqual(
      [answer.status, answer.json.error.errors[0].reason],
      [status, reason],
      JSON.stringify(body),
    );
  }
  const good = { appProperties: { key: 'v'.repeat(121), ключ: 'в'.repeat(58) }, parents: [fake.folderID] };
  const start = await request('POST', '/upload/drive/v3/files?uploadType=resumable', { body: good });
  assert.equal(start.status, 200);
});
