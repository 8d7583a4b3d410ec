import { z } from 'zod';
import { databaseSpec } from './databaseSpec.ts';
import { destinationSpec } from './destinationSpec.ts';
import { diskSize } from './diskSize.ts';
import { drillSpec } from './drillSpec.ts';
import { encryptionSpec } from './encryptionSpec.ts';
import { notificationSpec } from './notificationSpec.ts';
import { retentionSpec } from './retentionSpec.ts';
import { runnerSpec } from './runnerSpec.ts';
import { runHistoryLimit, scheduledFields } from './scheduledSpec.ts';
import { objectName, patterned, ruled } from './specTypes.ts';

export const formats = ['csv', 'xlsx', 'json', 'sql'] as const;
export type Format = (typeof formats)[number];

export const compressions = ['Auto', 'None', 'Gzip', 'Zstd'] as const;
export type Compression = (typeof compressions)[number];

const staging = ruled(
  z.strictObject({
    sizeLimit: diskSize.optional().describe('Room on the disk of the node, as an emptyDir of that size.'),
    claimName: objectName.optional().describe('PersistentVolumeClaim to stage on.'),
  }),
  {
    check: (value) => (value.sizeLimit === undefined) !== (value.claimName === undefined),
    cel: 'has(self.sizeLimit) != has(self.claimName)',
    message: 'name exactly one of sizeLimit and claimName',
  },
);

/** spec of a DatabaseBackup: the only definition. CRD, types, defaults and texts come from it. */
export const backupSpec = z
  .strictObject({
    ...scheduledFields,
    timeZone: scheduledFields.timeZone.describe(
      'IANA time zone of the schedule and of the times in file names.',
    ),
    database: databaseSpec.describe('The PostgreSQL database.'),
    formats: z
      .array(z.enum(formats))
      .min(1)
      .max(4)
      .refine((value) => new Set(value).size === value.length, { error: 'names a format twice' })
      .default([...formats])
      .meta({ 'x-kubernetes-list-type': 'set' })
      .describe('What is written: csv, xlsx, json, sql.'),
    compression: z
      .enum(compressions)
      .default('Auto')
      .describe(
        'Compression of csv (a single table), json and sql. Auto: sql with gzip, nothing else. .xlsx and .csv.zip are compressed already.',
      ),
    fileNamePrefix: patterned(
      z.string().max(1024),
      /^[A-Za-z0-9][A-Za-z0-9._-]{0,39}$/,
      'start with a letter or digit; then letters, digits, . _ - (at most 40)',
    )
      .default('backup')
      .describe('Start of the file names: backup gives backup_20260210_020000.csv.'),
    destination: destinationSpec.describe('Where the files go: exactly one of googleDrive and directory.'),
    encryption: encryptionSpec
      .optional()
      .describe(
        'Encrypt every file with age before it leaves the runner; the manifest keeps its sums and loses its names. Exactly one of recipients and recipientsSecretRef. Left out: files lie there in clear.',
      ),
    staging: staging
      .optional()
      .describe(
        'Write compressed files to a disk first: a short snapshot, and uploads that can start again. Exactly one of sizeLimit and claimName. Off by default.',
      ),
    retention: retentionSpec
      .prefault({ maxAgeDays: 30, minKeep: 3 })
      .describe('Which sets stay. Left out: 30 days, and always three.'),
    notification: notificationSpec.optional().describe('Who is told of a run.'),
    drill: drillSpec
      .optional()
      .describe(
        'A restore that is tried now and then: the newest good set into a scratch database, compared and dropped. Exactly one of target and ephemeral.',
      ),
    runner: runnerSpec.optional().describe('The pod of the runner.'),
    runHistoryLimit: runHistoryLimit('DatabaseBackupRun'),
  })
  .describe('What is backed up and when, where it goes, and how long it stays.');

/** A spec with every default filled in. */
export type BackupSpec = z.output<typeof backupSpec>;
/** A spec as a person writes it. */
export type BackupSpecInput = z.input<typeof backupSpec>;
