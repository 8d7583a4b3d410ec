import { Gauge, type Registry } from 'prom-client';
import { runPhases } from '../../crds/scheduledStatus.ts';
import type { Store } from '../controller/store.ts';
import type { Restore } from './kinds.ts';

/**
 * Metrics of restores, read from the store when somebody asks, from the replica that acts: how many there are of each phase in a
 * namespace, and how long each took that succeeded.
 */
export function restoreMetrics(
  registry: Registry,
  restores: Store<Restore>,
  { isLeader }: { readonly isLeader: () => boolean },
): void {
  const told = () => (isLeader() ? restores.list() : []);
  const registers = [registry];
  const phases = new Gauge({
    name: 'dbbackup_restores',
    help: 'How many DatabaseRestores there are by phase.',
    labelNames: ['namespace', 'phase'],
    registers,
    collect() {
      phases.reset();
      for (const [namespace = '', all] of Map.groupBy(told(), ({ metadata }) => metadata.namespace)) {
        for (const phase of runPhases) {
          const count = all.filter(({ status }) => (status?.phase ?? 'Pending') === phase).length;
          phases.set({ namespace, phase }, count);
        }
      }
    },
  });
  const durations = new Gauge({
    name: 'dbbackup_restore_duration_seconds',
    help: 'How long a DatabaseRestore took that succeeded, all attempts together.',
    labelNames: ['namespace', 'name'],
    registers,
    collect() {
      durations.reset();
      for (const { metadata, status } of told()) {
        const { phase, startTime, completionTime } = status ?? {};
        if (phase !== 'Succeeded' || startTime === undefined || completionTime === undefined) continue;
        const { namespace = '', name } = metadata;
        durations.set({ namespace, name }, (Date.parse(completionTime) - Date.parse(startTime)) / 1000);
      }
    },
  });
}
