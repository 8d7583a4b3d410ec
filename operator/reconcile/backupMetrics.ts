import { Gauge, type Registry } from 'prom-client';
import type { Store } from '../controller/store.ts';
import { conditionOf } from './conditions.ts';
import type { Backup } from './kinds.ts';

interface BackupGauge {
  readonly name: string;
  readonly help: string;
  /** Undefined: no sample for this backup. */
  readonly value: (backup: Backup, context: Context) => number | undefined;
}

interface Context {
  /** When the CronJob of a backup fires next. */
  readonly nextRun: (backup: Backup) => Date | undefined;
  /** One replica tells: with two, every sum would be double. */
  readonly isLeader: () => boolean;
}

const seconds = (time: string | undefined) => (time === undefined ? undefined : Date.parse(time) / 1000);
const isTrue = (type: string) => (backup: Backup) => {
  const found = conditionOf(backup.status?.conditions, type);
  return found === undefined ? undefined : Number(found.status === 'True');
};

const gauges: readonly BackupGauge[] = [
  {
    name: 'dbbackup_last_success_timestamp_seconds',
    help: 'When the last successful run ended.',
    value: ({ status }) => seconds(status?.lastSuccessTime),
  },
  {
    name: 'dbbackup_last_run_timestamp_seconds',
    help: 'When the last run ended, well or not.',
    value: ({ status }) => seconds(status?.lastRun?.completionTime),
  },
  {
    name: 'dbbackup_last_run_succeeded',
    help: '1 if the last run succeeded, 0 if it failed.',
    value: ({ status }) => (status?.lastRun ? Number(status.lastRun.phase === 'Succeeded') : undefined),
  },
  {
    name: 'dbbackup_last_run_duration_seconds',
    help: 'How long the last run took, all attempts together.',
    value({ status }) {
      const [from, to] = [seconds(status?.lastRun?.startTime), seconds(status?.lastRun?.completionTime)];
      return from === undefined || to === undefined ? undefined : to - from;
    },
  },
  {
    name: 'dbbackup_last_run_snapshot_seconds',
    help: 'How long the last successful run held its snapshot, and with it the locks on the tables.',
    value: ({ status }) => status?.lastRun?.snapshotSeconds,
  },
  {
    name: 'dbbackup_last_run_bytes',
    help: 'Bytes of the files of the last run, if it succeeded.',
    value: ({ status }) => status?.lastRun?.bytes,
  },
  {
    name: 'dbbackup_last_run_rows',
    help: 'Rows of the last run, if it succeeded.',
    value: ({ status }) => status?.lastRun?.rows,
  },
  {
    name: 'dbbackup_consecutive_failures',
    help: 'Failed runs since the last success.',
    value: ({ status }) => status?.consecutiveFailures,
  },
  {
    name: 'dbbackup_next_run_timestamp_seconds',
    help: 'When the schedule fires next.',
    value: (backup, { nextRun }) => seconds(nextRun(backup)?.toISOString()),
  },
  {
    name: 'dbbackup_ready',
    help: '1 if the condition Ready is True.',
    value: isTrue('Ready'),
  },
  {
    name: 'dbbackup_stale',
    help: '1 if two scheduled times in a row passed without a success.',
    value: isTrue('Stale'),
  },
  {
    name: 'dbbackup_schedule_missed',
    help: '1 if a scheduled time passed without a run, until the next run starts.',
    value: isTrue('ScheduleMissed'),
  },
  {
    name: 'dbbackup_last_drill_timestamp_seconds',
    help: 'When the last drill ended, well or not.',
    value: ({ status }) => seconds(status?.lastDrill?.time),
  },
  {
    name: 'dbbackup_last_drill_succeeded',
    help: '1 if the last drill succeeded, 0 if it failed.',
    value: ({ status }) => (status?.lastDrill ? Number(status.lastDrill.result === 'Succeeded') : undefined),
  },
  {
    name: 'dbbackup_recovery_time_seconds',
    help: 'How long the last good drill took from the look at the folder to the compared database.',
    value: ({ status }) => status?.lastDrill?.recoverySeconds,
  },
];

/**
 * Metrics of every backup by namespace and name, read from the store when somebody asks: they vanish with their object.
 * `dbbackup_condition_reason` tells the reasons of its conditions.
 */
export function backupMetrics(registry: Registry, backups: Store<Backup>, context: Context): void {
  const labelNames = ['namespace', 'name'];
  const told = () => (context.isLeader() ? backups.list() : []);
  for (const { name, help, value } of gauges) {
    const gauge = new Gauge({
      ...{ name, help, labelNames, registers: [registry] },
      collect() {
        gauge.reset();
        for (const backup of told()) {
          const found = value(backup, context);
          const { namespace = '', name: of } = backup.metadata;
          if (found !== undefined) gauge.set({ namespace, name: of }, found);
        }
      },
    });
  }
  const reasons = new Gauge({
    name: 'dbbackup_condition_reason',
    help: '1 for the reason that each condition has; all reasons stand in docs/reasons.md.',
    labelNames: [...labelNames, 'type', 'reason'],
    registers: [registry],
    collect() {
      reasons.reset();
      for (const { metadata, status } of told()) {
        const { namespace = '', name } = metadata;
        for (const { type, reason } of status?.conditions ?? [])
          reasons.set({ namespace, name, type, reason }, 1);
      }
    },
  });
}
