import type { Registry } from 'prom-client';
import type { Known } from '../controller/store.ts';
import type { Sync } from './kinds.ts';
import { type MetricsContext, scheduledMetrics } from './scheduledMetrics.ts';

/** Metrics of every SheetSync. */
export function syncMetrics(registry: Registry, syncs: Known<Sync>, context: MetricsContext): void {
  scheduledMetrics(registry, 'dbbackup_sync_', syncs, [], context);
}
