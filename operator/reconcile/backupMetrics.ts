import type { Registry } from 'prom-client';
import type { Known } from '../controller/store.ts';
import type { Backup } from './kinds.ts';
import { type MetricsContext, type ScheduledGauge, scheduledMetrics, seconds } from './scheduledMetrics.ts';

/** What backups have beside the metrics of every kind. */
const gauges: readonly ScheduledGauge<Backup>[] = [
  {
    name: 'last_run_snapshot_seconds',
    help: 'How long the last successful run held its snapshot, and with it the locks on the tables.',
    value: ({ status }) => status?.lastRun?.snapshotSeconds,
  },
  {
    name: 'last_run_bytes',
    help: 'Bytes of the files of the last run, if it succeeded.',
    value: ({ status }) => status?.lastRun?.bytes,
  },
  {
    name: 'last_drill_timestamp_seconds',
    help: 'When the last drill ended, well or not.',
    value: ({ status }) => seconds(status?.lastDrill?.time),
  },
  {
    name: 'last_drill_succeeded',
    help: '1 if the last drill succeeded, 0 if it failed.',
    value: ({ status }) => (status?.lastDrill ? Number(status.lastDrill.result === 'Succeeded') : undefined),
  },
  {
    name: 'recovery_time_seconds',
    help: 'How long the last good drill took from the look at the folder to the compared database.',
    value: ({ status }) => status?.lastDrill?.recoverySeconds,
  },
];

/** Metrics of every DatabaseBackup. */
export function backupMetrics(registry: Registry, backups: Known<Backup>, context: MetricsContext): void {
  scheduledMetrics(registry, 'dbbackup_', backups, gauges, context);
}
