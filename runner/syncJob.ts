import type { SheetSync } from '../crds/sheetSync.ts';
import type { SyncReport } from '../crds/syncReport.ts';
import { attempt } from './attempt.ts';
import type { Failure } from './failure.ts';
import { redactReport } from './redactor.ts';
import { sendReport, type Telling } from './sendReport.ts';
import type { Services } from './services.ts';
import { runSync, type SyncOptions, type SyncRecord } from './sheets/runSync.ts';
import { Stages } from './stages.ts';

export interface SyncJob extends Telling {
  readonly sync: SheetSync;
  readonly options?: SyncOptions;
}

/**
 * One attempt of a sync, whatever happens: under spec.timeoutSeconds, mailed where the spec wants it, with a report at its end.
 * Never throws. Succeeded means that every tab holds what the snapshot gave. Secrets are taken out of the report once more.
 */
export async function syncJob(job: SyncJob, services: Services, stop: AbortSignal): Promise<SyncReport> {
  const { sync, options, ...telling } = job;
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
  const report = () => redactReport(reportOf(startedAt, record, failure, services), services.redactor);
  const told = () => ({ report: report() });
  record.facts.email = await sendReport({ ...telling, resource: sync, failure, told }, services, stop);
  return report();
}

function reportOf(
  startedAt: Date,
  { facts, sheets, stages, warnings, notes }: SyncRecord,
  failure: Failure | undefined,
  { clock }: Services,
): SyncReport {
  return {
    ...{ version: 1, kind: 'SyncReport', result: failure ? 'Failed' : 'Succeeded' },
    ...failure,
    startedAt: startedAt.toISOString(),
    finishedAt: clock.now().toISOString(),
    ...facts,
    sheets,
    rows: sheets.reduce((sum, { rows }) => sum + rows, 0),
    stages: stages.times,
    ...{ warnings, notes },
  };
}
