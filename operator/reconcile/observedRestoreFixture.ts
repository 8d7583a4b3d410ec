import { apiVersion } from '../../crds/databaseBackup.ts';
import type { RestoreSpecInput } from '../../crds/databaseRestore.ts';
import type { RestoreReport } from '../../crds/restoreReport.ts';
import type { RestoreStatus } from '../../crds/restoreStatus.ts';
import type { ObservedRestore } from './decideRestore.ts';
import { ownedBy } from './jobTemplate.ts';
import { annotations, type Backup, type Job, type Pod, type Restore } from './kinds.ts';
import { backup, type JobFixture, job } from './observedFixture.ts';
import { parseRestore } from './parseRestore.ts';
import { ownLabels } from './podTemplate.ts';

/** A restore of the newest set of the backup `shop`, made at ten. */
export function restore(spec: Partial<RestoreSpecInput> = {}, status?: RestoreStatus): Restore {
  return {
    apiVersion,
    kind: 'DatabaseRestore',
    metadata: {
      ...{ name: 'back', namespace: 'team', uid: 'back-uid', generation: 1 },
      creationTimestamp: '2026-02-10T10:00:00Z',
    },
    spec: {
      ...{ backupName: 'shop', set: 'latest', target: { secretRef: { name: 'copy-db' } } },
      ...spec,
    },
    ...(status === undefined ? {} : { status }),
  };
}

/** The Job of that restore. */
export function jobOfRestore(options: JobFixture = {}): Job {
  const made = job('back', options);
  const { controller, ...owner } = ownedBy(restore());
  const metadata = {
    ...made.metadata,
    labels: ownLabels(restore(), 'restore'),
    annotations: { [annotations.runUID]: 'back-uid', ...options.annotations },
    ownerReferences: [owner],
  };
  return { ...made, metadata };
}

export function restoreReport(of: Partial<RestoreReport> = {}): RestoreReport {
  return {
    ...{ version: 1, kind: 'RestoreReport', result: 'Succeeded', notes: [] },
    ...{ startedAt: '2026-02-10T10:00:03Z', finishedAt: '2026-02-10T10:59:00Z' },
    ...{ set: 'backup_20260210_020000', snapshotTime: '2026-02-10T02:00:00Z', target: 'copy:5432/shop' },
    ...{ format: 'sql', tables: 3, rows: 300_123, bytes: 25_000_000 },
    ...of,
  };
}

export interface ObservedRestoreFixture {
  readonly restore?: Restore;
  readonly backup?: Backup | 'none';
  readonly job?: Job;
  readonly pods?: readonly Pod[];
}

/** What is known of a restore whose backup is there, unless said otherwise. */
export function observedRestore(options: ObservedRestoreFixture = {}): ObservedRestore {
  const { restore: of = restore(), backup: named = backup(), job: its, pods = [] } = options;
  return {
    restore: of,
    parsed: parseRestore(of, named === 'none' ? undefined : named),
    job: its,
    podsOf: () => pods,
  };
}
