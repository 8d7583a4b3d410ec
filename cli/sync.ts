import { reasonFacts } from '../crds/failureReason.ts';
import { countOf, durationInWords, onOneLine } from '../crds/inWords.ts';
import type { SheetSync } from '../crds/sheetSync.ts';
import type { SyncReport } from '../crds/syncReport.ts';
import { exitStatus } from '../runner/exitStatus.ts';
import { syncJob } from '../runner/syncJob.ts';
import { backupOptions, backupOptionTexts, readSyncFiles } from './backupFile.ts';
import { cliServices } from './cliServices.ts';
import type { Command } from './command.ts';
import { outputFormat, outputOption } from './output.ts';
import { showProgress } from './progressBar.ts';
import { emailLines } from './reportText.ts';
import { table } from './table.ts';

/** `dbbackup sync`: the tabs of a SheetSync brought up to the database, without a cluster. */
export const syncCommand: Command = {
  name: 'sync',
  usage: '-f sync.yaml [-f secrets.yaml] [--name NAME] [--secrets DIR] [-o text|json]',
  summary: 'Write tables and queries into a spreadsheet now',
  options: { ...backupOptions, ...outputOption },
  optionTexts: {
    ...backupOptionTexts,
    file: 'YAML of the SheetSync and of its Secrets; - is standard input; may be repeated',
    name: 'Which SheetSync, where the files hold several',
  },
  async run({ values, io, signal }) {
    const output = outputFormat(values.output);
    const { sync, secrets } = await readSyncFiles(values, io.stdin);
    const services = cliServices(secrets, io);
    const bar = showProgress(services.progress, io.stderr);
    const job = { sync, mailTransientFailures: true };
    const report = await syncJob(job, services, signal).finally(() => bar[Symbol.dispose]());
    io.stdout.write(output === 'json' ? `${JSON.stringify(report)}\n` : syncText(report, sync));
    return exitStatus(report);
  },
};

/** A report for a terminal: the result first, then the tabs, and what to look at. */
function syncText(report: SyncReport, { metadata }: Pick<SheetSync, 'metadata'>): string {
  const name = `${metadata.namespace}/${metadata.name}`;
  const took = durationInWords((Date.parse(report.finishedAt) - Date.parse(report.startedAt)) / 1000);
  const { result, reason = 'Internal', message, sheets, rows = 0 } = report;
  const head =
    result === 'Succeeded'
      ? [`✓ ${name}: ${countOf(sheets.length, 'sheet')}, ${countOf(rows, 'row')} in ${took}`]
      : [
          `✗ ${name}: ${reason} after ${took}`,
          `  ${message ?? reasonFacts(reason).meaning}`,
          `  What to do: ${reasonFacts(reason).hint}`,
        ];
  const lines = [
    ...head,
    ...table(
      sheets.map((sheet) => [
        onOneLine(sheet.name),
        sheet.mode === 'Append' ? `${countOf(sheet.rows, 'row')} appended` : countOf(sheet.rows, 'row'),
        countOf(sheet.columns, 'column'),
      ]),
    ),
    ...(report.link ? [`spreadsheet: ${report.link}`] : []),
    ...emailLines(report),
    ...report.warnings.map((warning) => `⚠ ${onOneLine(warning)}`),
    ...report.notes.map((note) => `note: ${onOneLine(note)}`),
  ];
  return `${lines.join('\n')}\n`;
}
