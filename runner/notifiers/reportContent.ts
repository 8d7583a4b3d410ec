import { reasonFacts } from '../../crds/failureReason.ts';
import {
  countInWords,
  countOf,
  durationInWords,
  onOneLine,
  sizeInWords,
  timeInWords,
} from '../../crds/inWords.ts';
import type { ReportFile, RunReport } from '../../crds/runReport.ts';
import { type Limits, tightLimits, wideLimits } from './reportLimits.ts';
import { type RetentionContent, retentionContent, retentionWarning } from './retentionContent.ts';

/** What a report is made from. */
export interface ReportInput {
  readonly backup: { readonly namespace: string; readonly name: string };
  /** Owner tag of the backup's files; makes the Message-ID together with the run. */
  readonly owner: string;
  /** What makes the Message-ID with the owner, instead of the set or the start of the run. */
  readonly id?: string;
  /** Left out: a run or the schedule. */
  readonly about?: 'Drill' | undefined;
  /** Name of the run in the cluster. */
  readonly run?: string | undefined;
  /** How often it was tried, where that is known. */
  readonly attempts?: number | undefined;
  readonly report: RunReport;
  /** IANA zone in which times are shown. */
  readonly timeZone: string;
  /** Rows of each table; left out where they are not known. */
  readonly tables?: readonly { readonly name: string; readonly rows: number }[] | undefined;
  /** RFC 3339 time of the next scheduled run. */
  readonly nextRun?: string | undefined;
  /** RFC 3339 time of the last good backup before this run. */
  readonly lastSuccess?: string | undefined;
  /** How to restore by hand, line by line, as in the manifest. */
  readonly restore?: readonly string[] | undefined;
}

/** The report in words, the same for text and HTML. Every text is on one line, and not escaped. */
export interface ReportContent extends RetentionContent {
  readonly tone: 'Good' | 'Attention' | 'Bad';
  readonly symbol: string;
  readonly headline: string;
  /** Whether it tells of a run, and not of one that did not come. */
  readonly ran: boolean;
  /** namespace/name */
  readonly backup: string;
  readonly summary: string;
  readonly failure?: { readonly reason: string; readonly message: string; readonly hint: string };
  readonly warnings: readonly string[];
  readonly facts: readonly (readonly [label: string, value: string])[];
  readonly filesTitle: string;
  readonly files: readonly ContentFile[];
  readonly folderLink: string | undefined;
  readonly tables: readonly { readonly name: string; readonly rows: string }[];
  readonly moreTables: string | undefined;
  readonly stages: readonly string[];
  readonly restore: readonly string[];
  /** The same with our own program, as commands. */
  readonly commands: readonly string[];
  /** What a format could not hold as it is. */
  readonly notes: readonly string[];
  /** Whether details were left out. */
  readonly shortened: boolean;
}

export interface ContentFile {
  readonly format: string;
  readonly name: string;
  readonly rows: string;
  readonly size: string;
  readonly link: string | undefined;
}

/** Puts a report into words: the result first, then what to do, then the details. */
export function reportContent(input: ReportInput, limits: Limits = wideLimits): ReportContent {
  const { report, backup } = input;
  const short = (text: string) => onOneLine(text, limits.characters);
  const failed = report.result === 'Failed';
  const held = retentionWarning(report);
  const warnings = held === undefined ? report.warnings : [held, ...report.warnings];
  const tone = failed ? 'Bad' : warnings.length > 0 ? 'Attention' : 'Good';
  const warned = `Backup complete, with ${countOf(warnings.length, 'warning')}`;
  return {
    tone,
    symbol: { Good: '✓', Attention: '⚠', Bad: '✗' }[tone],
    headline: absence(input) ?? { Good: 'Backup complete', Attention: warned, Bad: 'Backup failed' }[tone],
    ran: absence(input) === undefined,
    backup: short(`${backup.namespace}/${backup.name}`),
    summary: failed ? (report.reason ?? 'Internal') : volume(report),
    ...(failed ? { failure: failure(report) } : {}),
    warnings: limited(warnings.map(short), limits.warnings, 'warning'),
    facts: facts(input).map(([label, value]) => [label, short(value)]),
    filesTitle: failed ? 'Files written before the failure' : 'Files',
    files: report.files.slice(0, limits.files).map((each) => file(each, short)),
    folderLink: webLink(report.folderLink),
    ...tables(input, limits.tables, short),
    ...retentionContent(report, limits.removed, short),
    stages: report.stages.slice(0, limits.lines).map(stage),
    restore: failed ? [] : byHand(input.restore ?? [], limits.lines).map(short),
    commands: failed ? [] : commands(report),
    notes: limited(report.notes.map(short), limits.warnings, 'note'),
    shortened: report.shortened === true || limits === tightLimits,
  };
}

/** What did not happen, or failed, where no run is what the report is about. */
function absence({ report, about, lastSuccess, timeZone }: ReportInput): string | undefined {
  if (about === 'Drill') return 'Restore drill failed';
  if (report.reason === 'ScheduleMissed') return 'A scheduled backup did not start';
  if (report.reason !== 'NoRecentSuccess') return undefined;
  return lastSuccess
    ? `No successful backup since ${timeInWords(lastSuccess, timeZone)}`
    : 'No successful backup yet';
}

/** `300,123 rows, 24.1 MB`, with what is known. */
function volume({ rows, bytes }: RunReport): string {
  const parts = [
    ...(rows === undefined ? [] : [countOf(rows, 'row')]),
    ...(bytes === undefined ? [] : [sizeInWords(bytes)]),
  ];
  return parts.join(', ') || 'done';
}

function failure({ reason = 'Internal', message }: RunReport) {
  const { meaning, hint } = reasonFacts(reason);
  return { reason, message: onOneLine(message ?? meaning), hint };
}

function facts(input: ReportInput): [string, string][] {
  const { report, timeZone, nextRun, lastSuccess, run, attempts } = input;
  const { database, serverVersion, snapshotTime, snapshotSeconds, tables } = report;
  const time = (value: string) => timeInWords(value, timeZone);
  const took = durationInWords((Date.parse(report.finishedAt) - Date.parse(report.startedAt)) / 1000);
  const server = serverVersion === undefined ? '' : ` (PostgreSQL ${serverVersion})`;
  const held = snapshotSeconds === undefined ? '' : ` (snapshot ${durationInWords(snapshotSeconds)})`;
  const ran = absence(input) === undefined;
  const start = ran ? 'Started' : report.reason === 'ScheduleMissed' ? 'Due' : 'Noticed';
  const all: [string, string | undefined][] = [
    ['Run', run],
    ['Database', database && `${database}${server}`],
    ['Tables', tables === undefined ? undefined : countInWords(tables)],
    snapshotTime === undefined ? [start, time(report.startedAt)] : ['Snapshot', time(snapshotTime)],
    ['Took', ran ? `${took}${held}` : undefined],
    ['Attempts', attempts === undefined ? undefined : countInWords(attempts)],
    ['Last good', report.result === 'Failed' && lastSuccess ? time(lastSuccess) : undefined],
    ['Next run', nextRun && time(nextRun)],
    ['Time zone', timeZone],
  ];
  return all.filter((fact): fact is [string, string] => fact[1] !== undefined && fact[1] !== '');
}

const formatNames: Record<ReportFile['format'], string> = {
  csv: 'CSV',
  xlsx: 'Excel',
  json: 'JSON',
  sql: 'SQL dump',
  schema: 'SQL schema',
  tables: 'Tables',
  manifest: 'Manifest',
};

type Short = (text: string) => string;

function file({ format, name, rows, bytes, link }: ReportFile, short: Short): ContentFile {
  return {
    format: formatNames[format],
    name: short(name),
    rows: rows === undefined ? '' : countInWords(rows),
    size: sizeInWords(bytes),
    link: webLink(link),
  };
}

/** Only what a browser opens: a mail with javascript: or file: links is not ours. */
function webLink(link: string | undefined): string | undefined {
  return link !== undefined && /^https?:\/\//.test(link) && URL.canParse(link)
    ? new URL(link).href
    : undefined;
}

function tables(
  { tables = [] }: ReportInput,
  most: number,
  short: Short,
): Pick<ReportContent, 'tables' | 'moreTables'> {
  const biggest = [...tables].sort((a, b) => b.rows - a.rows);
  const rest = biggest.slice(most);
  const rows = rest.reduce((sum, table) => sum + table.rows, 0);
  return {
    tables: biggest
      .slice(0, most)
      .map((table) => ({ name: short(table.name), rows: countInWords(table.rows) })),
    moreTables:
      rest.length === 0
        ? undefined
        : `and ${countInWords(rest.length)} more, ${countOf(rows, 'row')} together`,
  };
}

function stage({ name, seconds }: RunReport['stages'][number]): string {
  return `${onOneLine(name, 40)} ${durationInWords(seconds)}`;
}

function commands({ set, files }: RunReport): string[] {
  if (set === undefined) return [];
  const time = /\d{8}_\d{6}(-\d+)?$/.exec(set)?.[0] ?? onOneLine(set, 80);
  const identity = files.some(({ format }) => format === 'tables') ? ' --identity key.txt' : '';
  return [
    `dbbackup restore -f backup.yaml --set ${time} --to postgresql://USER@HOST/restored --create${identity}`,
    `dbbackup verify -f backup.yaml --set ${time}`,
    `dbbackup download -f backup.yaml --set ${time}${identity}`,
  ];
}

/** Half of a script would be worse than none. */
function byHand(lines: readonly string[], count: number): readonly string[] {
  if (lines.length <= count) return lines;
  return [`# The ${countOf(lines.length, 'line')} are in the manifest of the set, under "restore".`];
}

function limited(lines: readonly string[], count: number, noun: string): string[] {
  const rest = lines.length - count;
  return rest > 0 ? [...lines.slice(0, count), `and ${countOf(rest, `more ${noun}`)}`] : [...lines];
}
