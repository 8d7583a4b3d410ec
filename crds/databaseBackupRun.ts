import { z } from 'zod';
import { backupRunStatus } from './backupStatus.ts';
import { apiVersion, longestBackupName, metadata } from './databaseBackup.ts';
import { longestRunName, recordColumns, recordRules, requestedBy, unchanging } from './runRecord.ts';
import { objectName } from './specTypes.ts';

/** spec of a DatabaseBackupRun: creating one by hand starts a backup. */
export const backupRunSpec = z
  .strictObject({
    backupName: objectName
      .max(longestBackupName)
      .describe('Name of the DatabaseBackup, in the same namespace.'),
    requestedBy,
  })
  .meta(unchanging('DatabaseBackupRun'))
  .describe('Which backup is run. It cannot be changed afterwards.');

/** One run of a DatabaseBackup: its request, and afterwards its record. */
export const databaseBackupRun = z.strictObject({
  apiVersion: z.literal(apiVersion),
  kind: z.literal('DatabaseBackupRun'),
  metadata: metadata(longestRunName, ', the most that a Job may have'),
  spec: backupRunSpec,
  status: backupRunStatus.optional(),
});
export type DatabaseBackupRun = z.output<typeof databaseBackupRun>;

/** What the CRD says beside the schema. */
export const databaseBackupRunResource = {
  kind: 'DatabaseBackupRun',
  plural: 'databasebackupruns',
  shortName: 'dbbr',
  description:
    'One run of a DatabaseBackup. Create one by hand to start a backup; every run leaves one as its record.',
  spec: backupRunSpec,
  status: backupRunStatus,
  rules: recordRules,
  selectableFields: ['.spec.backupName'],
  columns: recordColumns({ name: 'Backup', jsonPath: '.spec.backupName' }, [
    { name: 'Size', type: 'string', jsonPath: '.status.size' },
  ]),
};
