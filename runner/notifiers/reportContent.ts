import { reasonFacts } from '../../crds/failureReason.ts';
import { countInWords, countOf, durationInWords, onOneLine, timeInWords } from '../../crds/inWords.ts';
import { backupContent } from './backupContent.ts';
import type { OwnContent, OwnParts } from './ownContent.ts';
import { isSync, type ReportInput } from './reportInput.ts';
import { type Limits, tightLimits, wideLimits } from './reportLimits.ts';
import { syncContent } from './syncContent.ts';

type Report = ReportInput['report'];

/** The report in words, the same for text and HTML. Every text is on one line, and not escaped. */
export interface ReportContent extends OwnParts {
  readonly tone: 'Good' | 'Attention' | 'Bad';
  readonly symbol: string;
  readonly headline: string;
  /** Whether it tells of a run, and not of one that did not come. */
  readonly ran: boolean;
  readonly noun: OwnContent['noun'];
  /** namespace/name */
  readonly name: string;
  readonly summary: string;
  readonly failure?: { readonly reason: string; readonly message: string; readonly hint: string };
  readonly warnings: readonly string[];
  readonly facts: readonly (readonly [label: string, value: string])[];
  readonly stages: readonly string[];
  /** What a format or the spreadsheet could not hold as it is. */
  readonly notes: readonly string[];
  /** Whether details were left out. */
  readonly shortened: boolean;
}

/** Puts a report into words: the result first, then what to do, then the details. */
export function reportContent(input: ReportInput, limits: Limits = wideLimits): ReportContent {
  const { report, resource } = input;
  const short = (text: string) => onOneLine(text, limits.characters);
  const own = isSync(input) ? syncContent(input, limits, short) : backupContent(input, limits, short);
  const { noun, parts } = own;
  const failed = report.result === 'Failed';
  const warnings = [...own.warnings, ...report.warnings];
  const tone = failed ? 'Bad' : warnings.length > 0 ? 'Attention' : 'Good';
  const complete = `${capitalised(noun)} complete`;
  const warned = `${complete}, with ${countOf(warnings.length, 'warning')}`;
  const absent = absence(input, own);
  return {
    tone,
    symbol: { Good: '✓', Attention: '⚠', Bad: '✗' }[tone],
    headline: absent ?? { Good: complete, Attention: warned, Bad: `${capitalised(noun)} failed` }[tone],
    ran: absent === undefined,
    noun,
    name: short(`${resource.namespace}/${resource.name}`),
    summary: failed ? (report.reason ?? 'Internal') : own.volume,
    ...(failed ? { failure: failure(report) } : {}),
    warnings: limited(warnings.map(short), limits.warnings, 'warning'),
    facts: facts(input, own).map(([label, value]) => [label, short(value)]),
    stages: report.stages.slice(0, limits.lines).map(stage),
    notes: limited(report.notes.map(short), limits.warnings, 'note'),
    shortened: report.shortened === true || limits === tightLimits,
    ...parts,
  };
}

/** What did not happen, or failed, where no run is what the report is about. */
function absence({ report, lastSuccess, timeZone }: ReportInput, own: OwnContent): string | undefined {
  if (own.absence !== undefined) return own.absence;
  if (report.reason === 'ScheduleMissed') return `A scheduled ${own.noun} did not start`;
  if (report.reason !== 'NoRecentSuccess') return undefined;
  return lastSuccess
    ? `No successful ${own.noun} since ${timeInWords(lastSuccess, timeZone)}`
    : `No successful ${own.noun} yet`;
}

function failure({ reason = 'Internal', message }: Report) {
  const { meaning, hint } = reasonFacts(reason);
  return { reason, message: onOneLine(message ?? meaning), hint };
}

function facts(input: ReportInput, own: OwnContent): [string, string][] {
  const { report, timeZone, nextRun, lastSuccess, run, attempts } = input;
  const { database, serverVersion, snapshotTime } = report;
  const time = (value: string) => timeInWords(value, timeZone);
  const took = durationInWords((Date.parse(report.finishedAt) - Date.parse(report.startedAt)) / 1000);
  const server = serverVersion === undefined ? '' : ` (PostgreSQL ${serverVersion})`;
  const ran = absence(input, own) === undefined;
  const start = ran ? 'Started' : report.reason === 'ScheduleMissed' ? 'Due' : 'Noticed';
  const all: (readonly [string, string | undefined])[] = [
    ['Run', run],
    ['Database', database && `${database}${server}`],
    ...own.facts,
    snapshotTime === undefined ? [start, time(report.startedAt)] : ['Snapshot', time(snapshotTime)],
    ['Took', ran ? `${took}${own.held}` : undefined],
    ['Attempts', attempts === undefined ? undefined : countInWords(attempts)],
    ['Last good', report.result === 'Failed' && lastSuccess ? time(lastSuccess) : undefined],
    ['Next run', nextRun && time(nextRun)],
    ['Time zone', timeZone],
  ];
  return all.filter((fact): fact is [string, string] => fact[1] !== undefined && fact[1] !== '');
}

function stage({ name, seconds }: Report['stages'][number]): string {
  return `${onOneLine(name, 40)} ${durationInWords(seconds)}`;
}

function limited(lines: readonly string[], count: number, noun: string): string[] {
  const rest = lines.length - count;
  return rest > 0 ? [...lines.slice(0, count), `and ${countOf(rest, `more ${noun}`)}`] : [...lines];
}

const capitalised = (noun: string) => noun.replace(/^./, (letter) => letter.toUpperCase());
