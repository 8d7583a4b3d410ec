import { Gauge, type Registry } from 'prom-client';
import type { Known } from '../controller/store.ts';
import { conditionOf } from './conditions.ts';
import type { Scheduled } from './kinds.ts';

/** A metric of every object of a kind. */
export interface ScheduledGauge<T extends Scheduled> {
  /** Without the prefix of its kind. */
  readonly name: string;
  readonly help: string;
  /** Undefined: no sample for this object. */
  readonly value: (object: T, context: MetricsContext) => number | undefined;
}

/** What the metrics of a kind need beside its store. */
export interface MetricsContext {
  /** When the CronJob of an object fires next. */
  readonly nextRun: (object: Scheduled) => Date | undefined;
  /** One replica tells: with two, every sum would be double. */
  readonly isLeader: () => boolean;
}

export const seconds = (time: string | undefined) =>
  time === undefined ? undefined : Date.parse(time) / 1000;
const isTrue = (type: string) => (object: Scheduled) => {
  const found = conditionOf(object.status?.conditions, type);
  return found === undefined ? undefined : Number(found.status === 'True');
};

/** Metrics that every kind has. */
const common: readonly ScheduledGauge<Scheduled>[] = [
  {
    name: 'last_success_timestamp_seconds',
    help: 'When the last successful run ended.',
    value: ({ status }) => seconds(status?.lastSuccessTime),
  },
  {
    name: 'last_run_timestamp_seconds',
    help: 'When the last run ended, well or not.',
    value: ({ status }) => seconds(status?.lastRun?.completionTime),
  },
  {
    name: 'last_run_succeeded',
    help: '1 if the last run succeeded, 0 if it failed.',
    value: ({ status }) => (status?.lastRun ? Number(status.lastRun.phase === 'Succeeded') : undefined),
  },
  {
    name: 'last_run_duration_seconds',
    help: 'How long the last run took, all attempts together.',
    value({ status }) {
      const [from, to] = [seconds(status?.lastRun?.startTime), seconds(status?.lastRun?.completionTime)];
      return from === undefined || to === undefined ? undefined : to - from;
    },
  },
  {
    name: 'last_run_rows',
    help: 'Rows of the last run, if it succeeded.',
    value: ({ status }) => (status?.lastRun?.phase === 'Succeeded' ? status.lastRun.rows : undefined),
  },
  {
    name: 'consecutive_failures',
    help: 'Failed runs since the last success.',
    value: ({ status }) => status?.consecutiveFailures,
  },
  {
    name: 'next_run_timestamp_seconds',
    help: 'When the schedule fires next.',
    value: (object, { nextRun }) => seconds(nextRun(object)?.toISOString()),
  },
  { name: 'ready', help: '1 if the condition Ready is True.', value: isTrue('Ready') },
  {
    name: 'stale',
    help: '1 if two scheduled times in a row passed without a success.',
    value: isTrue('Stale'),
  },
  {
    name: 'schedule_missed',
    help: '1 if a scheduled time passed without a run, until the next run starts.',
    value: isTrue('ScheduleMissed'),
  },
];

/**
 * Metrics of every object of a kind by namespace and name, read from the store when somebody asks: they vanish with their
 * object. `<prefix>condition_reason` tells the reasons of its conditions.
 */
export function scheduledMetrics<T extends Scheduled>(
  registry: Registry,
  prefix: string,
  store: Known<T>,
  own: readonly ScheduledGauge<T>[],
  context: MetricsContext,
): void {
  const labelNames = ['namespace', 'name'];
  const told = () => (context.isLeader() ? store.list() : []);
  for (const { name, help, value } of [...common, ...own]) {
    const gauge = new Gauge({
      ...{ name: `${prefix}${name}`, help, labelNames, registers: [registry] },
      collect() {
        gauge.reset();
        for (const object of told()) {
          const found = value(object, context);
          const { namespace = '', name: of } = object.metadata;
          if (found !== undefined) gauge.set({ namespace, name: of }, found);
        }
      },
    });
  }
  const reasons = new Gauge({
    name: `${prefix}condition_reason`,
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
