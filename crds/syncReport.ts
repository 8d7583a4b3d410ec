import { z } from 'zod';
import { failureReasons } from './failureReason.ts';
import { fit, fittingJSON } from './fittingJson.ts';
import { runReport } from './runReport.ts';
import { syncModes } from './sheetSpec.ts';

export const syncedSheet = z.strictObject({
  name: z.string().describe('Title of the tab.'),
  mode: z.enum(syncModes).describe('How it was written.'),
  rows: z.int().min(0).describe('Rows that were written, without the header.'),
  columns: z.int().min(0).describe('Columns that were written.'),
  inPlace: z
    .literal(true)
    .optional()
    .describe(
      'The tab was written over while people could see it: the cells did not suffice for two copies.',
    ),
});
export type SyncedSheet = z.infer<typeof syncedSheet>;

/** What one attempt of a sync tells in its termination message. It holds names and counts, and never a value of a row. */
export const syncReport = z.strictObject({
  version: z.literal(1),
  kind: z.literal('SyncReport'),
  result: z.enum(['Succeeded', 'Failed']).describe('Succeeded: every tab holds what the snapshot gave.'),
  reason: z.enum(failureReasons).optional().describe('Why it failed.'),
  message: z.string().optional().describe('What happened, in one sentence. No secret and no row data.'),
  startedAt: z.iso.datetime(),
  finishedAt: z.iso.datetime(),
  database: z.string().optional().describe('Name of the database.'),
  serverVersion: z.string().optional(),
  snapshotTime: z.iso.datetime().optional().describe('Moment of the data, the same in all tabs.'),
  spreadsheet: z.string().optional().describe('Title of the spreadsheet.'),
  link: z.string().optional().describe('Address that opens it.'),
  sheets: z.array(syncedSheet).describe('Tabs that are complete; after a failure those before it.'),
  rows: z.int().min(0).optional().describe('Rows written to all tabs.'),
  stages: z.array(z.strictObject({ name: z.string(), seconds: z.number().min(0) })),
  warnings: z.array(z.string()).describe('What a person should look at.'),
  notes: z.array(z.string()).describe('What the spreadsheet could not hold as it is: cut or left out.'),
  email: runReport.shape.email,
  shortened: z.boolean().optional().describe('Whether details were left out to fit.'),
});
export type SyncReport = z.infer<typeof syncReport>;

/** Each step takes away more; the first form that fits is used. */
const steps: ((report: SyncReport) => SyncReport)[] = [
  // 1. Warnings and notes beyond five, each up to 250 bytes; the message up to 800.
  (report) => shorter(report, { lines: 5, line: 250, message: 800, name: 110 }),
  // 2. One of each, no stages, and every text up to a bound that makes the whole fit.
  ({ link, ...report }) => ({
    ...shorter(report, { lines: 1, line: 200, message: 500, name: 40 }),
    stages: [],
  }),
];

function shorter(
  { message, database, spreadsheet, email, ...report }: SyncReport,
  most: { lines: number; line: number; message: number; name: number },
): SyncReport {
  const cut = (lines: readonly string[]) => lines.slice(0, most.lines).map((line) => fit(line, most.line));
  return {
    ...report,
    ...(message === undefined ? {} : { message: fit(message, most.message) }),
    ...(database === undefined ? {} : { database: fit(database, 100) }),
    ...(spreadsheet === undefined ? {} : { spreadsheet: fit(spreadsheet, 100) }),
    sheets: report.sheets.map((sheet) => ({ ...sheet, name: fit(sheet.name, most.name) })),
    warnings: cut(report.warnings),
    notes: cut(report.notes),
    ...(email && {
      email: { ...email, ...(email.message === undefined ? {} : { message: fit(email.message, 200) }) },
    }),
  };
}

/** The report as JSON of at most 4,096 bytes, shortened by the steps above where it must be. It always parses. */
export function syncReportJSON(report: SyncReport): string {
  return fittingJSON(report, steps);
}
