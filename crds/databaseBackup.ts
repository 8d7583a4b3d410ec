import { z } from 'zod';
import { backupSpec } from './backupSpec.ts';
import { backupStatus } from './backupStatus.ts';
import { claimInCluster } from './destinationSpec.ts';

export const apiGroup = 'dbbackup.dev';
export const apiVersion = `${apiGroup}/v1alpha1`;

/** The CronJob has the name of the backup, and Kubernetes allows a CronJob's name so many characters. */
export const longestBackupName = 52;

/** RFC 1123 subdomain, the form of a name in Kubernetes. */
const objectName = (longest: number, why: string) =>
  z
    .string()
    .max(longest, { error: `has more than ${longest} characters${why}` })
    .regex(/^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/, {
      error: 'write lower-case letters, digits, - and .',
    });

/** The metadata that we read; whatever else Kubernetes puts there is let through. */
export const metadata = (longestName: number, why: string) =>
  z.looseObject({
    name: objectName(longestName, why),
    namespace: objectName(63, '').default('default'),
    uid: z.string().optional(),
  });

/** A DatabaseBackup as kubectl applies it. */
export const databaseBackup = z.strictObject({
  apiVersion: z.literal(apiVersion),
  kind: z.literal('DatabaseBackup'),
  metadata: metadata(longestBackupName, ', the most that a CronJob may have'),
  spec: backupSpec,
  status: backupStatus.optional(),
});
export type DatabaseBackup = z.output<typeof databaseBackup>;

/** What the CRD says beside the schema. */
export const databaseBackupResource = {
  kind: 'DatabaseBackup',
  plural: 'databasebackups',
  shortName: 'dbb',
  description: 'A PostgreSQL database that is exported on a schedule and on demand, and where the files go.',
  spec: backupSpec,
  status: backupStatus,
  rules: [
    {
      rule: `self.metadata.name.size() <= ${longestBackupName}`,
      message: `has more than ${longestBackupName} characters, the most that a CronJob may have`,
      fieldPath: '.metadata.name',
    },
    claimInCluster('destination'),
  ],
  columns: [
    { name: 'Ready', type: 'string', jsonPath: '.status.conditions[?(@.type=="Ready")].status' },
    { name: 'Schedule', type: 'string', jsonPath: '.spec.schedule' },
    { name: 'Last Result', type: 'string', jsonPath: '.status.lastRun.phase' },
    { name: 'Last Success', type: 'date', jsonPath: '.status.lastSuccessTime' },
    { name: 'Size', type: 'string', jsonPath: '.status.lastRun.size' },
    { name: 'Next', type: 'string', jsonPath: '.status.nextScheduleTime' },
    { name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp' },
    { name: 'Rows', type: 'integer', jsonPath: '.status.lastRun.rows', priority: 1 },
    { name: 'Suspend', type: 'boolean', jsonPath: '.spec.suspend', priority: 1 },
    { name: 'Drill', type: 'string', jsonPath: '.status.lastDrill.result', priority: 1 },
    { name: 'Recovery', type: 'string', jsonPath: '.status.lastDrill.recoveryTime', priority: 1 },
    {
      name: 'Message',
      type: 'string',
      jsonPath: '.status.conditions[?(@.type=="Ready")].message',
      priority: 1,
    },
  ],
};
