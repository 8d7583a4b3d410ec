import assert from 'node:assert/strict';
import { test } from 'node:test';
import { testDrive } from '../testDrive.ts';
import { html } from './html.ts';

test('a person finds a file from the start page by its folder, sees its facts and downloads it', async (t) => {
  const { fake, upload, request } = await testDrive(t);
  const name = '<b>"shop" & sons</b> 2026.csv';
  const { json } = await upload({ name, parents: [fake.folderID] }, 'a,b\r\n1,2\r\n');
  await upload({ name: 'old.csv', parents: [fake.folderID] }, 'x').then((old) =>
    request('PATCH', `/drive/v3/files/${old.json.id}`, { body: { trashed: true } }),
  );
  const read = async (path: string) => {
    const answer = await request('GET', path, { token: null });
    assert.equal(answer.status, 200, path);
    return answer.body.toString();
  };
  const start = await read('/');
  assert.ok(start.includes(`href="/drive/folders/${fake.folderID}"`));
  assert.ok(start.includes('Database backups'));
  const folder = await read(`/drive/folders/${fake.folderID}`);
  assert.ok(folder.includes('&#60;b&#62;&#34;shop&#34; &#38; sons&#60;/b&#62; 2026.csv'));
  assert.ok(!folder.includes('<b>"shop"'));
  assert.ok(folder.includes('10 B'));
  assert.ok(folder.includes(json.sha256Checksum.slice(0, 12)));
  // The one in the bin comes last and is marked.
  assert.ok(folder.indexOf('old.csv') > folder.indexOf('shop'));
  assert.match(folder.slice(folder.indexOf('old.csv')), /^old\.csv<\/a> <span class="badge">in the bin/);
  const view = await read(new URL(json.webViewLink).pathname);
  assert.ok(view.includes(json.sha256Checksum));
  const download = await fetch(json.webContentLink);
  assert.equal(await download.text(), 'a,b\r\n1,2\r\n');
  assert.equal(
    download.headers.get('content-disposition'),
    `attachment; filename*=UTF-8''${encodeURIComponent(name)}`,
  );
});

test('a person sees the tabs of a spreadsheet, those hidden marked, and the cells of one', async (t) => {
  const { fake, request } = await testDrive(t);
  const id = fake.createSpreadsheet('Sales', {
    sheets: [{ title: 'Data <1>' }, { title: 'Staging', hidden: true }],
    parent: fake.folderID,
  });
  const body = {
    values: [
      ['<b>', 7],
      ['', true],
    ],
  };
  await request('PUT', `/v4/spreadsheets/${id}/values/A1?valueInputOption=RAW`, { body });
  const read = async (path: string) => (await request('GET', path, { token: null })).body.toString();
  const folder = await read(`/drive/folders/${fake.folderID}`);
  assert.ok(folder.includes(`<a href="/spreadsheets/d/${id}/edit">Sales</a>`));
  const shown = await read(`/spreadsheets/d/${id}/edit`);
  assert.match(shown, /Data &#60;1&#62;<\/a><\/b>/);
  assert.match(shown, /Staging<\/a>\s*<span class="badge">hidden/);
  assert.match(shown, /&#60;b&#62;<\/td><td class="number">7<\/td>/);
  assert.ok(shown.includes('TRUE'));
  const staging = await read(`/spreadsheets/d/${id}/edit?gid=1`);
  assert.ok(staging.includes('0 with values') && !staging.includes('TRUE'));
});

test('pages that do not exist say so', async (t) => {
  const { fake, request } = await testDrive(t);
  for (const path of [
    '/drive/folders/nothing',
    '/file/d/nothing/view',
    '/spreadsheets/d/nothing/edit',
    `/file/d/${fake.folderID}/download`,
  ]) {
    const answer = await request('GET', path, { token: null });
    assert.equal(answer.status, 404, path);
    assert.match(answer.body.toString(), /does not exist/);
  }
  assert.equal((await request('GET', '/nothing', { token: null })).status, 404);
});

test('html escapes every value, joins lists and leaves out what is undefined', () => {
  const inner = html`<i>${"'"}</i>`;
  assert.equal(
    html`${'<&"'}${inner}${[1, 'a', html`<br>`]}${undefined}`.text,
    '&#60;&#38;&#34;<i>&#39;</i>1a<br>',
  );
});
