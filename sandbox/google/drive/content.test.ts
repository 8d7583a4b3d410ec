import assert from 'node:assert/strict';
import { readdir } from 'node:fs/promises';
import { test } from 'node:test';
import { testDrive } from '../testDrive.ts';

test('content comes whole or by range; folders have none', async (t) => {
  const { fake, request, upload } = await testDrive(t);
  const { json } = await upload({ name: 'a', parents: [fake.folderID] }, '0123456789');
  const get = (range?: string) =>
    request(
      'GET',
      `/drive/v3/files/${json.id}?alt=media`,
      range === undefined ? {} : { headers: { Range: range } },
    );
  const whole = await get();
  assert.deepEqual(
    [whole.status, whole.body.toString(), whole.headers.get('content-type')],
    [200, '0123456789', 'text/csv'],
  );
  const cases: [string, string, string][] = [
    ['bytes=2-4', '234', 'bytes 2-4/10'],
    ['bytes=8-', '89', 'bytes 8-9/10'],
    ['bytes=-3', '789', 'bytes 7-9/10'],
    ['bytes=5-99', '56789', 'bytes 5-9/10'],
  ];
  for (const [range, body, contentRange] of cases) {
    const answer = await get(range);
    assert.deepEqual(
      [answer.status, answer.body.toString(), answer.headers.get('content-range')],
      [206, body, contentRange],
    );
  }
  assert.equal((await get('bytes=10-')).status, 416);
  const folder = await request('GET', `/drive/v3/files/${fake.folderID}?alt=media`);
  assert.deepEqual([folder.status, folder.json.error.errors[0].reason], [403, 'fileNotDownloadable']);
});

test('a multipart upload makes a file, an unfinished or misshapen one makes none', async (t) => {
  const { fake, request } = await testDrive(t);
  const path = '/upload/drive/v3/files?uploadType=multipart&fields=size,name';
  const headers = { 'Content-Type': 'multipart/related; boundary="b 1"' };
  const send = (body: string) => request('POST', path, { body, headers });
  const json = '--b 1\r\nContent-Type: application/json\r\n\r\n{"name":"a"}';
  const good = `${json}\r\n--b 1\r\nContent-Type: text/csv\r\n\r\n1\r\n--b\r\n--b 1--\r\n`;
  assert.deepEqual((await send(good)).json, { name: 'a', size: '6' });
  assert.deepEqual((await send(`${json}\r\n--b 1\r\n\r\n\r\n--b 1--`)).json, { name: 'a', size: '0' });
  const before = fake.files().length;
  const bad = [
    good.slice(0, -6),
    `${json}\r\n--b 1--`,
    good.replace('application/json', 'text/plain'),
    good.replace('"name"', 'name'),
    good.replace('\r\n--b 1--', '\r\n--b 1\r\n\r\nthree\r\n--b 1--'),
    'nothing of the kind',
  ];
  for (const body of bad) assert.equal((await send(body)).status, 400, body);
  const bare = await request('POST', path, { body: good, headers: { 'Content-Type': 'multipart/related' } });
  assert.equal(bare.status, 400);
  assert.equal(fake.files().length, before);
  assert.equal((await readdir(fake.directory)).length, before - 1);
});

test('media uploads make an untitled file, metadata alone an empty one, and unknown upload types are refused', async (t) => {
  const { request } = await testDrive(t);
  const upload = (type: string) =>
    request('POST', `/upload/drive/v3/files?uploadType=${type}&fields=name,mimeType,size`, {
      body: 'x',
      headers: { 'Content-Type': 'text/csv' },
    });
  assert.deepEqual((await upload('media')).json, { name: 'Untitled', mimeType: 'text/csv', size: '1' });
  assert.equal((await upload('resumabel')).status, 400);
  const empty = await request('POST', '/drive/v3/files?fields=mimeType,size', { body: { name: 'e' } });
  assert.deepEqual(empty.json, { mimeType: 'application/octet-stream', size: '0' });
  const document = { mimeType: 'application/vnd.google-apps.document' };
  assert.equal((await request('POST', '/drive/v3/files', { body: document })).status, 400);
});
