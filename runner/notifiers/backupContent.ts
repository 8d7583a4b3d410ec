import { countInWords, countOf, durationInWords, onOneLine, sizeInWords } from '../../crds/inWords.ts';
import type { ReportFile, RunReport } from '../../crds/runReport.ts';
import { type ContentEntry, type OwnContent, type OwnParts, type Short, webLink } from './ownContent.ts';
import type { BackupInput } from './reportInput.ts';
import type { Limits } from './reportLimits.ts';
import { retentionContent, retentionWarning } from './retentionContent.ts';

/** What a mail about a backup tells of its own: files, rows per table, what retention did, how to restore. */
export function backupContent(input: BackupInput, limits: Limits, short: Short): OwnContent {
  const { report, about } = input;
  const { snapshotSeconds, tables } = report;
  const failed = report.result === 'Failed';
  const held = retentionWarning(report);
  return {
    noun: 'backup',
    volume: volume(report),
    absence: about === 'Drill' ? 'Restore drill failed' : undefined,
    held: snapshotSeconds === undefined ? '' : ` (snapshot ${durationInWords(snapshotSeconds)})`,
    warnings: held === undefined ? [] : [held],
    facts: [['Tables', tables === undefined ? undefined : countInWords(tables)]],
    parts: {
      written: {
        title: failed ? 'Files written before the failure' : 'Files',
        entries: report.files.slice(0, limits.files).map((each) => file(each, short)),
        ...{ place: 'folder', link: webLink(report.folderLink) },
      },
      tables: rowsPerTable(input, limits.tables, short),
      retention: retentionContent(report, limits.removed, short),
      restore: failed
        ? { byHand: [], commands: [] }
        : { byHand: byHand(input.restore ?? [], limits.lines).map(short), commands: commands(report) },
    },
  };
}

/** `300,123 rows, 24.1 MB`, with what is known. */
function volume({ rows, bytes }: RunReport): string {
  const parts = [
    ...(rows === undefined ? [] : [countOf(rows, 'row')]),
    ...(bytes === undefined ? [] : [sizeInWords(bytes)]),
  ];
  return parts.join(', ') || 'done';
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

function file({ format, name, rows, bytes, link }: ReportFile, short: Short): ContentEntry {
  return {
    title: formatNames[format],
    detail: short(name),
    amount: sizeInWords(bytes),
    more: rows === undefined ? '' : countOf(rows, 'row'),
    link: webLink(link),
  };
}

function rowsPerTable(
  { tables = [] }: BackupInput,
  most: number,
  short: Short,
): NonNullable<OwnParts['tables']> {
  const biggest = [...tables].sort((a, b) => b.rows - a.rows);
  const rest = biggest.slice(most);
  const rows = rest.reduce((sum, table) => sum + table.rows, 0);
  return {
    rows: biggest
      .slice(0, most)
      .map((table) => ({ name: short(table.name), rows: countInWords(table.rows) })),
    more:
      rest.length === 0
        ? undefined
        : `and ${countInWords(rest.length)} more, ${countOf(rows, 'row')} together`,
  };
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
