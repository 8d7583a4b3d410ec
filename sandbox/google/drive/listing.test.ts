import assert from 'node:assert/strict';
import { test } from 'node:test';
import { driveWith, type TestDrive, testDrive } from '../testDrive.ts';

async function names({ request }: TestDrive, q: string, more = ''): Promise<string[]> {
  const answer = await request('GET', `/drive/v3/files?orderBy=name&q=${encodeURIComponent(q)}${more}`);
  assert.equal(answer.status, 200, answer.body.toString());
  return answer.json.files.map((file: { name: string }) => file.name);
}

test('a listing finds by parent, name, bin, type and property, with and, or, not and brackets', async (t) => {
  const drive = await testDrive(t);
  const { fake, request, upload } = drive;
  const parents = [fake.folderID];
  const set = { owner: "o'1", set: 'a\\b' };
  await upload({ name: 'shop_1.csv', parents, appProperties: set }, 'x');
  await upload({ name: 'shop_2.csv', parents, appProperties: { ...set, set: 'other' } }, 'x');
  const binned = await upload({ name: "it's binned", parents, mimeType: 'application/json' }, 'x');
  await upload({ name: 'at the root' }, 'x');
  await request('PATCH', `/drive/v3/files/${binned.json.id}`, { body: { trashed: true } });
  const inFolder = `'${fake.folderID}' in parents`;
  const cases: [string, string[]][] = [
    [inFolder, ["it's binned", 'shop_1.csv', 'shop_2.csv']],
    [`${inFolder} and trashed=false`, ['shop_1.csv', 'shop_2.csv']],
    [`${inFolder} and trashed = true`, ["it's binned"]],
    [`${inFolder} and trashed != false`, ["it's binned"]],
    ["name = 'it\\'s binned'", ["it's binned"]],
    // As gspread asks.
    [`mimeType="application/json" and name = "it's binned"`, ["it's binned"]],
    [`parents in "${fake.folderID}" and trashed=true`, ["it's binned"]],
    ["name='SHOP_1.CSV'", ['shop_1.csv']],
    ["name contains 'shop'", ['shop_1.csv', 'shop_2.csv']],
    ["name contains 'hop'", []],
    ["mimeType = 'application/json'", ["it's binned"]],
    [`mimeType != 'text/csv' and 'root' in parents`, ['Database backups']],
    ["appProperties has { key='owner' and value='o\\'1' }", ['shop_1.csv', 'shop_2.csv']],
    ["appProperties has {key = 'set' and value = 'a\\\\b'}", ['shop_1.csv']],
    ["appProperties has { key='set' and value='a' }", []],
    [
      "(name='shop_1.csv' or name='shop_2.csv') and not appProperties has { key='set' and value='other' }",
      ['shop_1.csv'],
    ],
    ["name='at the root' or name='shop_1.csv' and trashed=true", ['at the root']],
  ];
  for (const [q, expected] of cases) assert.deepEqual(await names(drive, q), expected, q);
});

test('a query that Drive would not understand is 400 invalid', async (t) => {
  const { fake, request } = await testDrive(t);
  const queries = [
    'nonsense',
    'trashed',
    "trashed='false'",
    'trashed = maybe',
    `'${fake.folderID}' in parent`,
    `'${fake.folderID}' in parents and`,
    `'${fake.folderID}' in parents trashed=false`,
    "name = 'it's'",
    "name = 'half",
    `name = "half'`,
    'parents in root',
    "name = 'bad \\n escape'",
    'name = shop',
    "name like 'shop'",
    "appProperties has { key='k' }",
    "appProperties has { value='v' and key='k' }",
    '(trashed=false',
    'trashed=false)',
  ];
  for (const q of queries) {
    const answer = await request('GET', `/drive/v3/files?q=${encodeURIComponent(q)}`);
    assert.equal(answer.status, 400, q);
    assert.deepEqual(answer.json.error.errors[0], {
      message: 'Invalid Value',
      domain: 'global',
      reason: 'invalid',
      location: 'q',
      locationType: 'parameter',
    });
  }
});

test('pages follow each other without gap or repetition, and a page token belongs to its query', async (t) => {
  const { fake, request, upload } = await testDrive(t);
  for (let number = 0; number < 7; number++)
    await upload({ name: `f${number}`, parents: [fake.folderID] }, 'x');
  const q = encodeURIComponent(`'${fake.folderID}' in parents`);
  const base = `/drive/v3/files?q=${q}&orderBy=name&pageSize=3&fields=nextPageToken,incompleteSearch,files(id,name)`;
  const seen: string[] = [];
  let token: string | undefined;
  let pages = 0;
  do {
    const { json } = await request('GET', token === undefined ? base : `${base}&pageToken=${token}`);
    assert.equal(json.incompleteSearch, false);
    pages++;
    // What is deleted between two pages moves nothing.
    if (pages === 1) await request('DELETE', `/drive/v3/files/${json.files[0].id}`);
    seen.push(...json.files.map((file: { name: string }) => file.name));
    token = json.nextPageToken;
    const foreign = await request('GET', `/drive/v3/files?orderBy=name&pageToken=${token}`);
    if (token !== undefined) assert.equal(foreign.status, 400);
  } while (token !== undefined);
  assert.deepEqual([seen, pages], [['f0', 'f1', 'f2', 'f3', 'f4', 'f5', 'f6'], 3]);
});

test('page sizes, orders, spaces and unknown parameters are checked', async (t) => {
  const { request } = await testDrive(t);
  const cases: [string, number, string][] = [
    ['pageSize=0', 400, 'pageSize'],
    ['pageSize=1001', 400, 'pageSize'],
    ['pageSize=ten', 400, 'pageSize'],
    ['orderBy=size', 400, 'orderBy'],
    ['orderBy=name asc', 400, 'orderBy'],
    ['pageToken=x', 400, 'pageToken'],
    ['spaces=photos', 400, 'spaces'],
    ['spaces=appDataFolder', 403, 'spaces'],
    ['corpora=domain', 400, 'corpora'],
    ['corpora=allDrives', 400, 'includeItemsFromAllDrives'],
    ['supportsAllDrives=yes', 400, 'supportsAllDrives'],
    ['pagesize=5', 400, 'pagesize'],
  ];
  for (const [query, status, location] of cases) {
    const answer = await request('GET', `/drive/v3/files?${query}`);
    assert.deepEqual([answer.status, answer.json.error.errors[0].location], [status, location], query);
  }
  assert.equal(
    (await request('GET', '/drive/v3/files?pageSize=1000&orderBy=folder,name desc&spaces=drive')).status,
    200,
  );
});

test('under drive.file an app sees what it made or was given, under drive everything', async (t) => {
  const drive = await testDrive(t);
  const { fake, upload, request } = drive;
  await upload({ name: 'mine', parents: [fake.folderID], appProperties: { k: 'v' } }, 'x');
  const byHand = fake.createFolder('by hand', { byUser: true });
  const other = driveWith(fake, fake.issueAccessToken({ client: fake.createClient() }));
  const all = driveWith(fake, fake.issueAccessToken({ scope: 'drive' }));
  assert.deepEqual(await names(drive, 'trashed=false'), ['Database backups', 'mine']);
  assert.deepEqual(await names(other, 'trashed=false'), []);
  assert.deepEqual(await names(all, 'trashed=false'), ['Database backups', 'by hand', 'mine']);
  for (const path of [`/drive/v3/files/${byHand}`, `/drive/v3/files?q='${byHand}'+in+parents`]) {
    const answer = await request('GET', path);
    assert.equal(answer.status, 404);
    assert.equal(answer.json.error.message, `File not found: ${byHand}.`);
  }
  fake.pickFile(byHand);
  assert.equal((await request('GET', `/drive/v3/files/${byHand}`)).status, 200);
  // Another client under drive sees the file, but not the first one's private properties.
  const stranger = driveWith(fake, fake.issueAccessToken({ scope: 'drive', client: fake.createClient() }));
  assert.deepEqual(await names(stranger, "name='mine'"), ['mine']);
  assert.deepEqual(await names(stranger, "appProperties has { key='k' and value='v' }"), []);
  assert.deepEqual(await names(all, "appProperties has { key='k' and value='v' }"), ['mine']);
});
