import assert from 'node:assert/strict';
import { readdir } from 'node:fs/promises';
import { test } from 'node:test';
import { testDrive } from '../testDrive.ts';

const folderType = 'application/vnd.google-apps.folder';

test('fields picks exactly what was asked for, nested and by star, and refuses unknown names', async (t) => {
  const { fake, request, upload } = await testDrive(t);
  const { json } = await upload(
    { name: 'a.csv', parents: [fake.folderID], appProperties: { k: 'v', l: 'w' } },
    'x',
  );
  const path = `/drive/v3/files/${json.id}`;
  const get = async (fields: string) =>
    (await request('GET', `${path}?fields=${encodeURIComponent(fields)}`)).json;
  assert.deepEqual(await get('name,size'), { name: 'a.csv', size: '1' });
  assert.deepEqual(await get('owners(emailAddress,me),capabilities/canTrash'), {
    owners: [{ emailAddress: fake.account.email, me: true }],
    capabilities: { canTrash: true },
  });
  assert.deepEqual(await get('appProperties/k'), { appProperties: { k: 'v' } });
  assert.equal((await get('*')).webViewLink, `${fake.url}/file/d/${json.id}/view`);
  assert.deepEqual(await get('description'), {});
  assert.deepEqual(await get(''), { kind: 'drive#file', id: json.id, name: 'a.csv', mimeType: 'text/csv' });
  const unknown: [string, string][] = [
    ['nmae', 'nmae'],
    ['name,owners(mail)', 'mail'],
    ['name/first', 'first'],
    ['files(name)', 'files'],
    ['name,', 'name,'],
    ['name)', 'name)'],
    ['owners(me', 'owners(me'],
  ];
  for (const [fields, wrong] of unknown) {
    const { error } = await get(fields);
    assert.equal(error.message, `Invalid field selection ${wrong}`);
    assert.deepEqual(
      [error.code, error.errors[0].reason, error.errors[0].location],
      [400, 'invalidParameter', 'fields'],
    );
  }
  const list = await request('GET', '/drive/v3/files?fields=files/id,incompleteSearch');
  assert.deepEqual(list.json, { files: [{ id: json.id }, { id: fake.folderID }], incompleteSearch: false });
  const size = await request('GET', '/drive/v3/files?fields=id');
  assert.equal(size.json.error.message, 'Invalid field selection id');
});

test('a bad field mask stops a create before anything is made', async (t) => {
  const { fake, request, upload } = await testDrive(t);
  assert.equal((await upload({ name: 'a' }, 'x', 'wrong')).status, 400);
  assert.equal((await request('POST', '/drive/v3/files?fields=wrong', { body: { name: 'a' } })).status, 400);
  assert.equal(fake.files().length, 1);
  assert.deepEqual(await readdir(fake.directory), []);
});

test('metadata is changed where it is given, appProperties are merged and null deletes a key', async (t) => {
  let now = new Date('2026-01-01T00:00:00Z');
  const { fake, request, upload } = await testDrive(t, { now: () => now });
  const { json } = await upload(
    { name: 'a', parents: [fake.folderID], appProperties: { k: 'v', l: 'w' } },
    'x',
  );
  now = new Date('2026-01-01T00:30:00Z');
  const fields = 'name,appProperties,modifiedTime,createdTime';
  const path = `/drive/v3/files/${json.id}`;
  const changed = await request('PATCH', `${path}?fields=${fields}`, {
    body: { name: 'b', appProperties: { k: null, m: 'x' } },
  });
  assert.deepEqual(changed.json, {
    name: 'b',
    appProperties: { l: 'w', m: 'x' },
    createdTime: '2026-01-01T00:00:00.000Z',
    modifiedTime: '2026-01-01T00:30:00.000Z',
  });
  const many = Object.fromEntries(Array.from({ length: 29 }, (_, i) => [`k${i}`, 'v']));
  const full = await request('PATCH', path, { body: { appProperties: many } });
  assert.equal(full.json.error.errors[0].reason, 'propertyLimitExceeded');
  const refused: [object, number, string][] = [
    [{ parents: ['root'] }, 403, 'fieldNotWritable'],
    [{ id: 'other' }, 403, 'fieldNotWritable'],
    [{ sha256Checksum: '00' }, 403, 'fieldNotWritable'],
    [{ trashed: 'yes' }, 400, 'invalid'],
    [{ tarshed: true }, 400, 'invalid'],
  ];
  for (const [body, status, reason] of refused) {
    const { json: answer } = await request('PATCH', path, { body });
    assert.deepEqual(
      [answer.error.code, answer.error.errors[0].reason],
      [status, reason],
      JSON.stringify(body),
    );
  }
  const broken = await request('PATCH', path, {
    body: '{"name"',
    headers: { 'Content-Type': 'application/json' },
  });
  assert.equal(broken.json.error.errors[0].reason, 'parseError');
});

test('a file has one parent and moves only in exchange for it', async (t) => {
  const { fake, request, upload } = await testDrive(t);
  const { json } = await upload({ name: 'a', parents: [fake.folderID] }, 'x');
  const folder = (
    await request('POST', '/drive/v3/files', {
      body: { name: 'sub', mimeType: folderType, parents: [fake.folderID] },
    })
  ).json.id;
  const move = (query: string, id = json.id) =>
    request('PATCH', `/drive/v3/files/${id}?fields=parents&${query}`, { body: {} });
  assert.equal((await move(`addParents=${folder}`)).json.error.errors[0].reason, 'cannotAddParent');
  assert.equal(
    (await move(`removeParents=${fake.folderID}`)).json.error.errors[0].reason,
    'cannotRemoveParent',
  );
  assert.equal((await move(`addParents=${folder}&removeParents=root`)).status, 404);
  assert.deepEqual((await move(`addParents=${folder}&removeParents=${fake.folderID}`)).json, {
    parents: [folder],
  });
  const circle = await move(`addParents=${folder}&removeParents=root`, fake.folderID);
  assert.equal(circle.json.error.errors[0].reason, 'cyclicMembershipsNotAllowed');
});

test('a folder takes what is in it into the bin and out of the world', async (t) => {
  const { fake, request, upload } = await testDrive(t);
  const { json } = await upload({ name: 'a', parents: [fake.folderID] }, 'x');
  const folder = `/drive/v3/files/${fake.folderID}`;
  const inside = `/drive/v3/files/${json.id}?fields=trashed,explicitlyTrashed`;
  await request('PATCH', folder, { body: { trashed: true } });
  assert.deepEqual((await request('GET', inside)).json, { trashed: true, explicitlyTrashed: false });
  assert.equal((await request('DELETE', folder)).status, 204);
  assert.equal((await request('GET', inside)).status, 404);
  assert.deepEqual([fake.files(), await readdir(fake.directory)], [[], []]);
});

test('about needs fields, counts the bin, and gives no limit for unlimited storage', async (t) => {
  const { fake, request } = await testDrive(t);
  const bare = await request('GET', '/drive/v3/about');
  assert.equal(bare.status, 400);
  assert.equal(bare.json.error.message, "The 'fields' parameter is required for this method.");
  fake.account.storageLimit = null;
  fake.account.usedElsewhere = 5;
  const { json } = await request('GET', '/drive/v3/about?fields=storageQuota,user/emailAddress');
  assert.deepEqual(json, {
    user: { emailAddress: fake.account.email },
    storageQuota: { usage: '5', usageInDrive: '0', usageInDriveTrash: '0' },
  });
});

test('generated IDs are as many as asked for, within the limits', async (t) => {
  const { request } = await testDrive(t);
  const get = (query = '') => request('GET', `/drive/v3/files/generateIds${query}`);
  const { json } = await get();
  assert.equal(new Set(json.ids).size, 10);
  assert.deepEqual([json.kind, json.space], ['drive#generatedIds', 'drive']);
  assert.equal((await get('?count=1000')).json.ids.length, 1000);
  for (const query of ['?count=0', '?count=1001', '?space=photos', '?type=folders'])
    assert.equal((await get(query)).status, 400, query);
});

test('the root is there for those who see all of Drive, and nobody can remove it', async (t) => {
  const { fake, request } = await testDrive(t);
  assert.equal((await request('GET', '/drive/v3/files/root')).status, 404);
  const token = fake.issueAccessToken({ scope: 'drive' });
  const root = await request('GET', '/drive/v3/files/root?fields=id,name', { token });
  assert.equal(root.json.name, 'My Drive');
  assert.equal((await request('DELETE', `/drive/v3/files/${root.json.id}`, { token })).status, 403);
  assert.equal((await request('PATCH', '/drive/v3/files/root', { token, body: { name: 'x' } })).status, 403);
});

test('without a token, with a switched-off API and with a scope for other things nothing is told', async (t) => {
  const { fake, request } = await testDrive(t);
  const path = `/drive/v3/files/${fake.folderID}`;
  const bare = await request('GET', path, { token: null });
  assert.deepEqual([bare.status, bare.json.error.errors[0].reason], [401, 'required']);
  const narrow = await request('GET', path, { token: fake.issueAccessToken({ scope: 'spreadsheets' }) });
  assert.deepEqual([narrow.status, narrow.json.error.errors[0].reason], [403, 'insufficientPermissions']);
  assert.match(narrow.headers.get('www-authenticate') ?? '', /insufficient_scope/);
  fake.disableApi();
  const off = await request('GET', path);
  assert.deepEqual([off.status, off.json.error.errors[0].reason], [403, 'accessNotConfigured']);
  assert.match(
    off.json.error.message,
    /^Google Drive API has not been used in project \d+ before or it is disabled\./,
  );
  fake.enableApi();
  assert.equal((await request('GET', path)).status, 200);
});

test('its log of requests holds paths and statuses, no token and no session', async (t) => {
  const { fake, token, request, startUpload, put } = await testDrive(t);
  const session = await startUpload({ name: 'a' });
  await put(session, 'bytes */*');
  await request('GET', `/drive/v3/files?access_token=${token}`, { token: null });
  assert.deepEqual(fake.requests, [
    { method: 'POST', path: '/upload/drive/v3/files', operation: 'uploadStart', status: 200 },
    { method: 'PUT', path: '/upload/drive/v3/files', operation: 'uploadStatus', status: 308 },
    { method: 'GET', path: '/drive/v3/files', operation: 'list', status: 200 },
  ]);
});
