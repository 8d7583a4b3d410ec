import type { RunReport } from '../../crds/runReport.ts';
import type { SyncReport } from '../../crds/syncReport.ts';

/** What the mail about every kind is made from, beside its report. */
interface CommonInput {
  /** What ran, or did not. */
  readonly resource: { readonly namespace: string; readonly name: string };
  /** Owner tag of a backup's files, and the same of a sync; makes the Message-ID together with the run. */
  readonly owner: string;
  /** What makes the Message-ID with the owner, instead of the set or the start of the run. */
  readonly id?: string;
  /** Name of the run in the cluster. */
  readonly run?: string | undefined;
  /** How often it was tried, where that is known. */
  readonly attempts?: number | undefined;
  /** IANA zone in which times are shown. */
  readonly timeZone: string;
  /** RFC 3339 time of the next scheduled run. */
  readonly nextRun?: string | undefined;
  /** RFC 3339 time of the last success before this run. */
  readonly lastSuccess?: string | undefined;
}

/** What a mail about a backup is made from. */
export interface BackupInput extends CommonInput {
  readonly report: RunReport;
  /** Left out: a run or the schedule. */
  readonly about?: 'Drill' | undefined;
  /** Rows of each table; left out where they are not known. */
  readonly tables?: readonly { readonly name: string; readonly rows: number }[] | undefined;
  /** How to restore by hand, line by line, as in the manifest. */
  readonly restore?: readonly string[] | undefined;
}

/** What a mail about a sync is made from. */
export interface SyncInput extends CommonInput {
  readonly report: SyncReport;
}

export type ReportInput = BackupInput | SyncInput;

/** Whether the mail is about a sync: its report alone says what it is. */
export function isSync(input: ReportInput): input is SyncInput {
  return 'kind' in input.report;
}
