import assert from 'node:assert/strict';
import { test } from 'node:test';
import { databaseBackupRun } from './databaseBackupRun.ts';
import { databaseRestore } from './databaseRestore.ts';
import { BackupError } from './failureReason.ts';
import { malformedFiles } from './malformedFixture.ts';
import { findDatabaseBackup, findResource, readResources } from './readResources.ts';
import { sheetSync } from './sheetSync.ts';
import { sheetSyncRun } from './sheetSyncRun.ts';

const schemas = [
  ['DatabaseBackupRun', databaseBackupRun],
  ['DatabaseRestore', databaseRestore],
  ['SheetSync', sheetSync],
  ['SheetSyncRun', sheetSyncRun],
] as const;

/** What the command line says of a text; undefined if it takes it. */
function refusal(text: string, file: string): string | undefined {
  try {
    const resources = readResources(text, file);
    const [kind, schema] = schemas.find(([kind]) => kind === resources[0]?.kind) ?? [];
    if (kind && schema) findResource(resources, file, { kind, schema });
    else findDatabaseBackup(resources, file);
    return undefined;
  } catch (error) {
    if (!(error instanceof BackupError)) throw error;
    return error.message;
  }
}

for (const { name, text, cli, condition, byCronJob } of malformedFiles) {
  const expected = cli ?? (byCronJob ? undefined : condition);
  test(`the command line ${expected === undefined ? 'takes' : 'refuses'} ${name}`, () => {
    const told = refusal(text, name);
    if (expected === undefined) assert.equal(told, undefined);
    else assert.ok(told?.includes(expected), told ?? 'it was taken');
  });
}
