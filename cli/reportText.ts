import type { DatabaseBackup } from '../crds/databaseBackup.ts';
import { reasonFacts } from '../crds/failureReason.ts';
import { countOf, durationInWords, sizeInWords } from '../crds/inWords.ts';
import type { RunReport } from '../crds/runReport.ts';
import { table } from './table.ts';

/** A report for a terminal: the result first, then the files, what was removed, and what to look at. */
export function reportText(report: RunReport, { metadata }: Pick<DatabaseBackup, 'metadata'>): string {
  const name = `${metadata.namespace}/${metadata.name}`;
  const took = durationInWords((Date.parse(report.finishedAt) - Date.parse(report.startedAt)) / 1000);
  const lines: string[] = [];
  if (report.result === 'Succeeded') {
    lines.push(
      `✓ ${name}: ${countOf(report.tables ?? 0, 'table')}, ${countOf(report.rows ?? 0, 'row')}, ${sizeInWords(report.bytes ?? 0)} in ${took}`,
    );
    lines.push(
      ...table(
        report.files.map((file) => [
          file.name,
          file.rows === undefined ? '' : countOf(file.rows, 'row'),
          sizeInWords(file.bytes),
          file.link ?? '',
        ]),
      ),
    );
  } else {
    const reason = report.reason ?? 'Internal';
    lines.push(
      `✗ ${name}: ${reason} after ${took}`,
      `  ${report.message ?? reasonFacts(reason).meaning}`,
      `  What to do: ${reasonFacts(reason).hint}`,
    );
  }
  if (report.folderLink) lines.push(`folder: ${report.folderLink}`);
  lines.push(...retentionLines(report), ...emailLines(report));
  lines.push(
    ...report.warnings.map((warning) => `⚠ ${warning}`),
    ...report.notes.map((note) => `note: ${note}`),
  );
  return `${lines.join('\n')}\n`;
}

function retentionLines({ result, retention }: RunReport): string[] {
  if (result === 'Failed') return ['retention: nothing was removed'];
  if (!retention) return [];
  const { kept, removed, removedCount, skipped, skippedReason, foreignSets } = retention;
  const foreign =
    foreignSets > 0 ? `; ${countOf(foreignSets, 'set')} of others in the folder left alone` : '';
  if (skipped !== undefined) {
    return [
      `⚠ retention: nothing was removed${skippedReason ? ` (${skippedReason})` : ''}: ${skipped}${foreign}`,
    ];
  }
  return [
    `retention: ${countOf(kept, 'set')} kept, ${removedCount} removed${foreign}`,
    ...removed.map(({ set, why }) => `  removed ${set}: ${why}`),
  ];
}

/** How the mail about a run ended; nothing where there was none to be. */
export function emailLines({ email }: Pick<RunReport, 'email'>): string[] {
  if (email === undefined || email.result === 'NotWanted') return [];
  if (email.result === 'Sent') return ['email: sent'];
  return [`⚠ email: ${email.message ?? 'not sent'}`];
}
