import { databaseBackupResource } from './databaseBackup.ts';
import { databaseBackupRunResource } from './databaseBackupRun.ts';
import { databaseRestoreResource } from './databaseRestore.ts';
import { sheetSyncResource } from './sheetSync.ts';
import { sheetSyncRunResource } from './sheetSyncRun.ts';

/** What the CRDs of all our kinds are made from. */
export const resources = [
  databaseBackupResource,
  databaseBackupRunResource,
  databaseRestoreResource,
  sheetSyncResource,
  sheetSyncRunResource,
];
