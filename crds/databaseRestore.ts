import { z } from 'zod';
import { backupSpec } from './backupSpec.ts';
import { apiVersion, databaseBackup, longestBackupName, metadata } from './databaseBackup.ts';
import { databaseSpec } from './databaseSpec.ts';
import { claimInCluster, sourceSpec } from './destinationSpec.ts';
import { restoreStatus } from './restoreStatus.ts';
import { runnerSpec } from './runnerSpec.ts';
import { objectName, ruled, secretKeyRef } from './specTypes.ts';

const { timeoutSeconds, retries } = backupSpec.shape;

/** spec of a DatabaseRestore: creating one starts it. */
export const restoreSpec = ruled(
  z.strictObject({
    backupName: objectName
      .max(longestBackupName)
      .optional()
      .describe(
        'DatabaseBackup, in the same namespace, whose set is restored: folder and token are those of its destination.',
      ),
    source: sourceSpec
      .optional()
      .describe(
        'Folder with the set, where its DatabaseBackup is no more or lies elsewhere. Exactly one of backupName and source.',
      ),
    set: z
      .string()
      .min(1)
      .max(256)
      .describe(
        'Which set: its name, the time in it such as 20260210_020000, or latest for the newest good one.',
      ),
    target: databaseSpec
      .omit({ tables: true })
      .describe('The database to restore into. It must be empty, unless clean is set.'),
    create: z
      .boolean()
      .default(false)
      .describe('Make the database if the server has none of that name. It is gone again after a failure.'),
    clean: z
      .boolean()
      .default(false)
      .describe(
        'Drop what the target holds (with tables: the rows of these tables), in the same transaction. Nobody is asked.',
      ),
    createRoles: z
      .boolean()
      .default(false)
      .describe('Make roles that the set refers to and the server lacks, without a login.'),
    allowSource: z
      .boolean()
      .default(false)
      .describe('Restore into the very database that the set was taken from; else that is refused.'),
    tables: z
      .array(z.string().min(1).max(127))
      .min(1)
      .max(256)
      .optional()
      .describe(
        'Rows of these tables alone (customers, shop.*), from csv or json, into tables that exist. Left out: the whole database.',
      ),
    verifyRows: z
      .boolean()
      .default(false)
      .describe(
        'After the commit read every row again, and compare each table with the checksum that the backup made.',
      ),
    identitySecretRef: secretKeyRef('key.txt', 'the identity of age')
      .optional()
      .describe('What opens an encrypted set. Take it out of the cluster again afterwards.'),
    timeoutSeconds: timeoutSeconds.describe(
      'How long one attempt may take. What is not done by then is undone.',
    ),
    retries: retries.describe(
      'How often a transient failure is tried again. A permanent one never is; a failed attempt leaves nothing behind.',
    ),
    runner: runnerSpec
      .optional()
      .describe('The pod of the runner. Left out: with backupName as that of the backup.'),
    requestedBy: z
      .string()
      .max(256)
      .optional()
      .describe('Who asked for the restore and why: free text, no proof of identity.'),
  }),
  {
    check: ({ backupName, source }) => (backupName === undefined) !== (source === undefined),
    cel: 'has(self.backupName) != has(self.source)',
    message: 'name exactly one of backupName and source',
  },
  {
    check: ({ tables, create }) => tables === undefined || !create,
    cel: '!has(self.tables) || !has(self.create) || !self.create',
    message:
      'has tables and create: rows of single tables go into tables that exist, so leave one of them out',
  },
  {
    // Nothing to compare with where one object is read.
    check: () => true,
    cel: 'self == oldSelf',
    message: 'cannot be changed: create a new DatabaseRestore for another restore',
  },
).describe('Which set goes into which database. It cannot be changed afterwards.');
export type RestoreSpec = z.output<typeof restoreSpec>;
/** A spec as a person writes it. */
export type RestoreSpecInput = z.input<typeof restoreSpec>;

/** The Job has the name of the restore, and Kubernetes allows a Job's name so many characters. */
const longestName = 63;

/** A restore of one set into one database: its request, and afterwards its record. */
export const databaseRestore = z.strictObject({
  apiVersion: z.literal(apiVersion),
  kind: z.literal('DatabaseRestore'),
  metadata: metadata(longestName, ', the most that a Job may have'),
  spec: restoreSpec,
  status: restoreStatus.optional(),
});

/** What a restore takes from the backup that it names: where the sets lie, whose they are, and where they were taken from. */
export const restoredBackup = z.strictObject({
  metadata: databaseBackup.shape.metadata,
  spec: z.strictObject({
    database: backupSpec.shape.database,
    destination: backupSpec.shape.destination,
    runner: backupSpec.shape.runner,
  }),
});
export type RestoredBackup = z.output<typeof restoredBackup>;

/** What the runner of a restore is given: the restore, with its backup where it names one. */
export const restoreOrder = databaseRestore
  .omit({ status: true })
  .extend({ backup: restoredBackup.optional() });
export type RestoreOrder = z.output<typeof restoreOrder>;

/** What the CRD says beside the schema. */
export const databaseRestoreResource = {
  kind: 'DatabaseRestore',
  plural: 'databaserestores',
  shortName: 'dbr',
  description:
    'A restore of one set into one database. Create one to start it; it stays as the record of what became of it.',
  spec: restoreSpec,
  status: restoreStatus,
  rules: [
    {
      rule: `self.metadata.name.size() <= ${longestName}`,
      message: `has more than ${longestName} characters, the most that a Job may have`,
      fieldPath: '.metadata.name',
    },
    claimInCluster('source'),
  ],
  selectableFields: ['.spec.backupName'],
  columns: [
    { name: 'Phase', type: 'string', jsonPath: '.status.phase' },
    { name: 'Set', type: 'string', jsonPath: '.status.set' },
    { name: 'Target', type: 'string', jsonPath: '.status.target' },
    { name: 'Rows', type: 'integer', jsonPath: '.status.rows' },
    { name: 'Duration', type: 'string', jsonPath: '.status.duration' },
    { name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp' },
    { name: 'Reason', type: 'string', jsonPath: '.status.reason' },
    { name: 'Backup', type: 'string', jsonPath: '.spec.backupName', priority: 1 },
    { name: 'Message', type: 'string', jsonPath: '.status.message', priority: 1 },
  ],
};
