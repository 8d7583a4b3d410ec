import type { SheetSync } from '../crds/sheetSync.ts';
import type { SyncReport } from '../crds/syncReport.ts';
import { attempt } from './attempt.ts';
import type { Failure } from './failure.ts';
import type { Services } from './services.ts';
import { runSync, type SyncOptions, type SyncRecord } from './sheets/runSync.ts';
import { Stages } from './stages.ts';

/**
 * One attempt of a sync, whatever happens: under spec.timeoutSeconds, with a report at its end. Never throws. Succeeded means
 * that every tab holds what the snapshot gave.
 */
export async function syncJob(
  sync: SheetSync,
  services: Services,
  stop: AbortSignal,
  options: SyncOptions = {},
): Promise<SyncReport> {
  const startedAt = services.clock.now();
  const record: SyncRecord = {
    stages: new Stages(services),
    ...{ facts: {}, sheets: [], warnings: [], notes: [] },
  };
  const seconds = sync.spec.timeoutSeconds;
  const sentence = `The attempt took longer than spec.timeoutSeconds (${seconds} s).`;
  const failure = await attempt({ seconds, sentence }, services, stop, (signal) =>
    runSync(sync, record, services, signal, options),
  );
  return report(startedAt, record, failure, services);
}

function report(
  startedAt: Date,
  { facts, sheets, stages, warnings, notes }: SyncRecord,
  failure: Failure | undefined,
  { clock, redactor: { redact } }: Services,
): SyncReport {
  return {
    ...{ version: 1, kind: 'SyncReport', result: failure ? 'Failed' : 'Succeeded' },
    ...(failure && { reason: failure.reason, message: redact(failure.message) }),
    startedAt: startedAt.toISOString(),
    finishedAt: clock.now().toISOString(),
    ...facts,
    sheets,
    rows: sheets.reduce((sum, { rows }) => sum + rows, 0),
    stages: stages.times,
    warnings: warnings.map(redact),
    notes: notes.map(redact),
  };
}
