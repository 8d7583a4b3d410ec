import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseArgs } from 'node:util';
import { BackupError } from '../../crds/failureReason.ts';
import { type AuthLoginFlags, authLoginFlags, loginOptions } from './loginOptions.ts';

const client = { 'client-id': 'id', 'client-secret': 'canary' };

test('the flags are a table for parseArgs, with useful defaults', async () => {
  const args = ['--client-id=id', '--client-secret', 'canary', '--device', '-n', 'shop'];
  const { values } = parseArgs({ args, options: authLoginFlags });
  assert.deepEqual(await loginOptions(values), {
    client: { id: 'id', secret: 'canary' },
    scope: 'drive.file',
    device: true,
    folder: { name: 'Database backups' },
    browser: true,
    port: 0,
    target: { name: 'drive-oauth', namespace: 'shop', file: undefined },
  });
});

for (const given of ['1AbC-_x', 'https://drive.google.com/drive/u/0/folders/1AbC-_x?usp=sharing']) {
  test(`takes the folder ID of ${given}`, async () => {
    const options = await loginOptions({ ...client, scope: 'drive', 'folder-id': given });
    assert.deepEqual('folder' in options && options.folder, { id: '1AbC-_x' });
  });
}

test('a login for syncs has no folder and a Secret of its own name, unless another is given', async () => {
  const options = await loginOptions({ ...client, scope: 'spreadsheets' });
  assert.equal('folder' in options, false);
  assert.equal(options.target.name, 'sheets-oauth');
  const named = await loginOptions({ ...client, scope: 'spreadsheets', 'secret-name': 'other' });
  assert.equal(named.target.name, 'other');
});

const refusals: [AuthLoginFlags, string, RegExp][] = [
  [{}, 'InvalidSpec', /--client-file/],
  [{ 'client-id': 'id' }, 'InvalidSpec', /--client-secret/],
  [{ ...client, 'client-file': 'file' }, 'InvalidSpec', /leave out --client-id/],
  [{ ...client, scope: 'drive.readonly' }, 'InvalidSpec', /drive\.file, drive or spreadsheets/],
  [{ ...client, scope: 'drive', device: true }, 'ScopeMissing', /Google allows no scope drive with --device/],
  [{ ...client, scope: 'spreadsheets', device: true }, 'ScopeMissing', /no scope spreadsheets with --device/],
  [
    { ...client, scope: 'spreadsheets', 'folder-id': '1AbC' },
    'InvalidSpec',
    /for syncs, which have no folder/,
  ],
  [{ ...client, scope: 'spreadsheets', 'folder-name': 'x' }, 'InvalidSpec', /leave out .*--folder-name/],
  [{ ...client, 'folder-id': '1AbC' }, 'InvalidSpec', /needs --scope drive.*invisible/],
  [{ ...client, scope: 'drive', 'folder-id': '1AbC', 'folder-name': 'x' }, 'InvalidSpec', /not both/],
  [{ ...client, scope: 'drive', 'folder-id': '../about' }, 'InvalidSpec', /no folder ID/],
  [{ ...client, 'folder-name': ' ' }, 'InvalidSpec', /empty/],
  [{ ...client, port: '70000' }, 'InvalidSpec', /--port/],
  [{ ...client, port: '0x50' }, 'InvalidSpec', /--port/],
  [{ ...client, namespace: 'Shop' }, 'InvalidSpec', /--namespace/],
];
for (const [flags, reason, words] of refusals) {
  const { 'client-secret': _, ...shown } = flags;
  test(`refuses ${JSON.stringify(shown)}`, async () => {
    await assert.rejects(
      loginOptions(flags),
      (error) =>
        error instanceof BackupError &&
        error.reason === reason &&
        words.test(error.message) &&
        !error.message.includes('canary'),
    );
  });
}
