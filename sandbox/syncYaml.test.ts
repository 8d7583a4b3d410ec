import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseAllDocuments } from 'yaml';
import { sheetSync } from '../crds/sheetSync.ts';
import { backupDocuments } from './backupYaml.ts';
import { syncYaml } from './syncYaml.ts';

const options = {
  postgres: { uri: 'postgresql://me:secret@127.0.0.1:5433/shop' },
  google: { folderID: '1AbCdEfGhIjKlMn', credentials: { refresh_token: '1//x' } },
  spreadsheetID: '1AbCdEfGhIjKlMnOpQrStUvWxYz',
  smtp: { host: '127.0.0.1', port: 2525 },
};

test('the sync fits the schema, and its Secrets are those of the backup', () => {
  const text = syncYaml(options);
  const { spec } = sheetSync.parse(parseAllDocuments(text)[2]?.toJS());
  assert.deepEqual(spec.spreadsheet.googleSheets, {
    spreadsheetID: options.spreadsheetID,
    credentialsSecretRef: { name: 'drive-oauth', key: 'token.json' },
  });
  assert.equal(spec.notification?.email?.when, 'OnFailure');
  assert.ok(text.startsWith(backupDocuments(options).secrets));
});
