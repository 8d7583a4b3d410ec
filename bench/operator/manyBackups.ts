import type { BackupSpecInput } from '../../crds/backupSpec.ts';
import { apiVersion } from '../../crds/databaseBackup.ts';
import { timeInZone } from '../../crds/timeInZone.ts';
import { type Backup, backups } from '../../operator/reconcile/kinds.ts';
import { inParallel } from './inParallel.ts';
import { namespaces, type OperatorCluster } from './operatorCluster.ts';

const zones = ['UTC', 'Europe/Moscow', 'Europe/Berlin', 'America/New_York'];
const creators = 16;

/** `backup-00042`: a DatabaseBackup as people write them, once a day. */
export function backupObject(index: number, now: Date, namespace = namespaces.backups): Backup {
  const timeZone = zones[index % zones.length] ?? 'UTC';
  return {
    apiVersion,
    kind: 'DatabaseBackup',
    metadata: { name: `backup-${String(index).padStart(5, '0')}`, namespace },
    spec: spec(dailySchedule(index, timeZone, now), timeZone),
  };
}

/** Makes backups from `backupObject(0)` on. */
export async function createBackups(
  { client }: OperatorCluster,
  count: number,
  namespace = namespaces.backups,
): Promise<void> {
  const now = new Date();
  const { signal } = new AbortController();
  const create = (index: number) => client.create(backups, backupObject(index, now, namespace), signal);
  await inParallel(count, creators, create);
}

/** Between 6 and 18 hours from now, so that none fires while the bench runs. */
function dailySchedule(index: number, timeZone: string, now: Date): string {
  const at = new Date(now.getTime() + (360 + (index % 720)) * 60_000);
  const [, hour, minute] = /(\d\d):(\d\d)/.exec(timeInZone(at, timeZone)) ?? [];
  return `${Number(minute)} ${Number(hour)} * * *`;
}

function spec(schedule: string, timeZone: string): BackupSpecInput {
  return {
    schedule,
    timeZone,
    database: { secretRef: { name: 'shop-db' }, tables: { exclude: ['public.sessions'] } },
    formats: ['csv', 'xlsx', 'sql'],
    destination: {
      googleDrive: {
        folderID: '1AbCdEfGhIjKlMnOpQrStUvWxYz012345',
        credentialsSecretRef: { name: 'drive-oauth' },
      },
    },
    retention: { maxAgeDays: 30, minKeep: 3, keepDaily: 7, keepMonthly: 12 },
    notification: {
      email: { when: 'OnFailure', to: ['ops@example.com'], smtp: { host: 'smtp.example.com' } },
    },
  };
}
