import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { testDrive } from './testDrive.ts';

test('its credentials give an access token that sees its ready folder', async (t) => {
  const { fake, request } = await testDrive(t);
  const { type, ...form } = fake.credentials;
  assert.equal(type, 'authorized_user');
  const answer = await request('POST', '/token', {
    token: null,
    headers: { 'Content-Type': 'application/x-www-form-urlencoded' },
    body: new URLSearchParams({ ...form, grant_type: 'refresh_token' }).toString(),
  });
  assert.equal(answer.status, 200);
  assert.equal(answer.json.expires_in, 3599);
  assert.equal(answer.json.scope, 'https://www.googleapis.com/auth/drive.file');
  assert.equal(answer.json.refresh_token, undefined);
  const folder = await request('GET', `/drive/v3/files/${fake.folderID}`, {
    token: answer.json.access_token,
  });
  assert.deepEqual(folder.json, {
    kind: 'drive#file',
    id: fake.folderID,
    name: 'Database backups',
    mimeType: 'application/vnd.google-apps.folder',
  });
});

test('a resumable upload of three chunks lies on disk and in the listing with its true checksums', async (t) => {
  const { fake, request, startUpload, put } = await testDrive(t);
  const content = randomBytes(2 * 262_144 + 1000);
  const session = await startUpload(
    { name: 'a.csv', parents: [fake.folderID] },
    { 'X-Upload-Content-Type': 'text/csv' },
    '&fields=id,size',
  );
  assert.equal(new URL(session).origin, fake.url);
  const first = await put(session, 'bytes 0-262143/*', content.subarray(0, 262_144));
  assert.equal(first.status, 308);
  assert.equal(first.headers.get('range'), 'bytes=0-262143');
  await put(session, 'bytes 262144-524287/*', content.subarray(262_144, 524_288));
  const last = await put(
    session,
    `bytes 524288-${content.length - 1}/${content.length}`,
    content.subarray(524_288),
  );
  assert.equal(last.status, 200);
  assert.deepEqual(last.json, { id: last.json.id, size: String(content.length) });

  const q = encodeURIComponent(`'${fake.folderID}' in parents and trashed=false`);
  const fields = 'files(id,mimeType,size,md5Checksum,sha1Checksum,sha256Checksum)';
  const list = await request('GET', `/drive/v3/files?q=${q}&fields=${fields}`);
  const hash = (name: string) => createHash(name).update(content).digest('hex');
  assert.deepEqual(list.json.files, [
    {
      id: last.json.id,
      mimeType: 'text/csv',
      size: String(content.length),
      md5Checksum: hash('md5'),
      sha1Checksum: hash('sha1'),
      sha256Checksum: hash('sha256'),
    },
  ]);
  const [file] = fake.files().filter(({ id }) => id === last.json.id);
  assert.ok(file?.content);
  assert.deepEqual(await readFile(file.content.path), content);
});

test('a file can be trashed, brought back and deleted for ever', async (t) => {
  const { fake, request, upload } = await testDrive(t);
  const { json } = await upload({ name: 'a.csv', parents: [fake.folderID] }, 'x\n1\n');
  const path = `/drive/v3/files/${json.id}`;
  const trashed = await request('PATCH', `${path}?fields=trashed,explicitlyTrashed`, {
    body: { trashed: true },
  });
  assert.deepEqual(trashed.json, { trashed: true, explicitlyTrashed: true });
  const about = await request('GET', '/drive/v3/about?fields=storageQuota');
  assert.deepEqual(about.json.storageQuota, {
    limit: String(15 * 1024 ** 3),
    usage: '4',
    usageInDrive: '4',
    usageInDriveTrash: '4',
  });
  await request('PATCH', path, { body: { trashed: false } });
  assert.equal((await request('GET', `${path}?alt=media`)).body.toString(), 'x\n1\n');
  assert.equal((await request('DELETE', path)).status, 204);
  assert.equal((await request('GET', path)).status, 404);
});

test('every answer carries the date of its clock', async (t) => {
  const now = () => new Date('2031-05-06T07:08:09Z');
  const { fake, request, upload } = await testDrive(t, { now });
  const answers = [
    await request('GET', '/drive/v3/about?fields=user'),
    await request('GET', '/drive/v3/nothing'),
    await upload({ name: 'a.csv', parents: [fake.folderID] }, 'x'),
  ];
  for (const answer of answers) assert.equal(answer.headers.get('date'), 'Tue, 06 May 2031 07:08:09 GMT');
  assert.equal(answers[2]?.json.createdTime, '2031-05-06T07:08:09.000Z');
});
