import type { BackupRunStatus } from '../../crds/backupStatus.ts';
import { reasonFacts } from '../../crds/failureReason.ts';
import { sizeInWords } from '../../crds/inWords.ts';
import type { RunReport } from '../../crds/runReport.ts';
import type { Trigger } from '../../crds/scheduledStatus.ts';
import type { JobOutcome, RunOutcome } from './jobOutcome.ts';

/** Duration as kubectl writes it: `12s`, `3m12s`, `2h5m`. */
export function durationText(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  const [hours, minutes, rest] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  if (hours > 0) return minutes > 0 ? `${hours}h${minutes}m` : `${hours}h`;
  if (minutes > 0) return rest > 0 ? `${minutes}m${rest}s` : `${minutes}m`;
  return `${rest}s`;
}

const messageLimit = 2000;
const warningLimit = 500;

/** The status of a record from the outcome of its Job, without conditions and the count of failures. */
export function runStatus(
  outcome: RunOutcome,
  facts: { readonly jobUID: string | undefined; readonly trigger: Trigger },
): BackupRunStatus {
  const { report } = outcome;
  return compact({
    ...facts,
    ...outcomeStatus(outcome),
    ...(report === undefined ? {} : reportFacts(report)),
  });
}

/** What every status tells of the outcome of its Job. */
export function outcomeStatus({ phase, attempts, startTime, completionTime, trouble }: JobOutcome) {
  const took = seconds(startTime, completionTime);
  return {
    phase,
    attempts,
    startTime,
    completionTime,
    duration: took === undefined ? undefined : durationText(took),
    ...(trouble === undefined
      ? {}
      : {
          reason: trouble.reason,
          message: trouble.message.slice(0, messageLimit),
          hint: reasonFacts(trouble.reason).hint,
        }),
  };
}

/** What a report tells of a set. Files of a failed attempt were removed again: they are no files of the run. */
function reportFacts(report: RunReport): Partial<BackupRunStatus> {
  const { snapshotTime, snapshotSeconds, set, rows, bytes, files, folderLink, retention, warnings } = report;
  if (report.result === 'Failed') return { snapshotTime, folderLink };
  return {
    ...{ snapshotTime, snapshotSeconds, set, rows, bytes, folderLink, retention },
    size: bytes === undefined ? undefined : sizeInWords(bytes),
    files: files.slice(0, 16),
    warnings:
      warnings.length === 0
        ? undefined
        : warnings.slice(0, 16).map((warning) => warning.slice(0, warningLimit)),
  };
}

function seconds(from: string | undefined, to: string | undefined): number | undefined {
  return from === undefined || to === undefined ? undefined : (Date.parse(to) - Date.parse(from)) / 1000;
}

/** The same without members that are undefined, at every depth: what JSON would leave out. */
export function compact<T extends object>(value: T): T {
  return JSON.parse(JSON.stringify(value)) as T;
}

/** Whether a record has its result. */
export function isFinal(status: Pick<BackupRunStatus, 'phase'> | undefined): boolean {
  return status?.phase === 'Succeeded' || status?.phase === 'Failed';
}
