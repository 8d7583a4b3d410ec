import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseAllDocuments } from 'yaml';
import { databaseBackup } from '../crds/databaseBackup.ts';
import { backupYaml } from './backupYaml.ts';

const options = {
  postgres: { uri: 'postgresql://me:p%40ss%2F%22word@127.0.0.1:5433/the%20shop' },
  google: { folderID: '1AbCdEfGhIjKlMn', credentials: { refresh_token: '1//x' } },
  smtp: { host: '127.0.0.1', port: 2525 },
};

function documents(text: string) {
  return parseAllDocuments(text).map((document) => document.toJS());
}

test('the backup fits the schema and every Secret that it names is there, decoded', () => {
  const [database, drive, backup] = documents(backupYaml(options));
  const { spec } = databaseBackup.parse(backup);
  assert.deepEqual(spec.database.secretRef, { name: database.metadata.name });
  assert.deepEqual(database.stringData, {
    host: '127.0.0.1',
    port: '5433',
    dbname: 'the shop',
    user: 'me',
    password: 'p@ss/"word',
  });
  const reference = spec.destination.googleDrive?.credentialsSecretRef;
  assert.equal(reference?.name, drive.metadata.name);
  assert.deepEqual(JSON.parse(drive.stringData[reference?.key ?? '']), options.google.credentials);
  assert.equal(spec.notification?.email?.smtp.tls, 'Off');
  assert.equal(spec.retention.maxCount, 5);
});

test('fields of the spec are replaced as told', () => {
  const [, , backup] = documents(
    backupYaml({ ...options, name: 'a', spec: { formats: ['csv'], suspend: true } }),
  );
  const { metadata, spec } = databaseBackup.parse(backup);
  assert.equal(metadata.name, 'a');
  assert.deepEqual(spec.formats, ['csv']);
  assert.equal(spec.suspend, true);
  assert.ok(spec.notification);
});
