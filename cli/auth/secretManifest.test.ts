import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parse } from 'yaml';
import { type StoredCredentials, secretManifest } from './secretManifest.ts';

const credentials: StoredCredentials = {
  type: 'authorized_user',
  client_id: 'id',
  client_secret: "GOCSPX: # 'quoted'",
  refresh_token: '1//0a\\b',
};
const target = { name: 'drive-oauth', namespace: 'shop', file: undefined };

test('is one Secret with the credentials, the folder in comment and annotation', () => {
  const manifest = secretManifest(target, credentials, 'drive.file', {
    id: '1AbC',
    name: 'Backups',
    link: undefined,
  });
  const { stringData, ...rest } = parse(manifest);
  assert.deepEqual(rest, {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: 'drive-oauth', namespace: 'shop', annotations: { 'dbbackup.dev/folder-id': '1AbC' } },
    type: 'Opaque',
  });
  assert.deepEqual(JSON.parse(stringData['token.json']), credentials);
  assert.match(manifest, /^# Folder ID: 1AbC \(Backups\)\n# .*folderID: 1AbC/);
});

test('of a token for syncs says where it belongs, with a name of its own and no folder', () => {
  const manifest = secretManifest({ ...target, name: 'sheets-oauth' }, credentials, 'spreadsheets');
  assert.deepEqual(parse(manifest).metadata, { name: 'sheets-oauth', namespace: 'shop' });
  assert.match(manifest, /^# For syncs, not for backups\..*\n# .*spreadsheetID: ….*name: sheets-oauth/);
  assert.doesNotMatch(manifest, /folderID/);
});

test('leaves the namespace to kubectl if none is given', () => {
  const { metadata } = parse(secretManifest({ ...target, namespace: undefined }, credentials, 'drive.file'));
  assert.deepEqual(metadata, { name: 'drive-oauth' });
});

test('a folder ID that looks like a number stays a text', () => {
  const { metadata } = parse(
    secretManifest(target, credentials, 'drive.file', { id: '123', name: 'x', link: undefined }),
  );
  assert.equal(metadata.annotations['dbbackup.dev/folder-id'], '123');
});

test('a line break in the name of the folder cannot end the comment', () => {
  const name = 'x\nkind: Pod\r\u2028kind: Pod';
  assert.equal(
    parse(secretManifest(target, credentials, 'drive.file', { id: '1', name, link: undefined })).kind,
    'Secret',
  );
});
