import { z } from 'zod';
import { backupRunStatus } from './backupStatus.ts';
import { apiVersion, longestBackupName, metadata } from './databaseBackup.ts';
import { celRules, objectName } from './specTypes.ts';

/** spec of a DatabaseBackupRun: creating one by hand starts a backup. */
export const backupRunSpec = z
  .strictObject({
    backupName: objectName
      .max(longestBackupName)
      .describe('Name of the DatabaseBackup, in the same namespace.'),
    requestedBy: z
      .string()
      .max(256)
      .optional()
      .describe('Who asked for the run and why: free text, no proof of identity.'),
  })
  .meta(
    celRules({
      rule: 'self == oldSelf',
      message: 'cannot be changed: create a new DatabaseBackupRun for another run',
    }),
  )
  .describe('Which backup is run. It cannot be changed afterwards.');

/** One run of a DatabaseBackup: its request, and afterwards its record. */
export const databaseBackupRun = z.strictObject({
  apiVersion: z.literal(apiVersion),
  kind: z.literal('DatabaseBackupRun'),
  metadata: metadata(63, ', the most that a Job may have'),
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
  rules: [
    {
      rule: 'self.metadata.name.size() <= 63',
      message: 'has more than 63 characters, the most that a Job may have',
      fieldPath: '.metadata.name',
    },
  ],
  selectableFields: ['.spec.backupName'],
  columns: [
    { name: 'Backup', type: 'string', jsonPath: '.spec.backupName' },
    { name: 'Phase', type: 'string', jsonPath: '.status.phase' },
    { name: 'Trigger', type: 'string', jsonPath: '.status.trigger' },
    { name: 'Started', type: 'date', jsonPath: '.status.startTime' },
    { name: 'Duration', type: 'string', jsonPath: '.status.duration' },
    { name: 'Rows', type: 'integer', jsonPath: '.status.rows' },
    { name: 'Size', type: 'string', jsonPath: '.status.size' },
    { name: 'Reason', type: 'string', jsonPath: '.status.reason' },
    { name: 'Message', type: 'string', jsonPath: '.status.message', priority: 1 },
  ],
};
