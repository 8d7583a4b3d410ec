import assert from 'node:assert/strict';
import { test } from 'node:test';
import { databaseBackupRun } from './databaseBackupRun.ts';
import { databaseRestore } from './databaseRestore.ts';
import { BackupError } from './failureReason.ts';
import { malformedFiles } from './malformedFixture.ts';
import { parseResource } from './parseResource.ts';
import { findDatabaseBackup, readResources } from './readResources.ts';

/** What the command line says of a text; undefined if it takes it. */
function refusal(text: string, file: string): string | undefined {
  try {
    const [first, ...others] = readResources(text, file);
    if (first?.kind === 'DatabaseBackupRun') parseResource(databaseBackupRun, first);
    else if (first?.kind === 'DatabaseRestore') parseResource(databaseRestore, first);
    else findDatabaseBackup(first ? [first, ...others] : [], file);
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
