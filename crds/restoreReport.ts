import { z } from 'zod';
import { failureReasons } from './failureReason.ts';
import { fit, fittingJSON } from './fittingJson.ts';
import { fileFormats } from './runReport.ts';

/** What one attempt of a restore tells in its termination message: the status is made from it. */
export const restoreReport = z.strictObject({
  version: z.literal(1),
  kind: z.literal('RestoreReport'),
  result: z.enum(['Succeeded', 'Failed']).describe('Succeeded: every table has the rows of the manifest.'),
  reason: z.enum(failureReasons).optional().describe('Why it failed.'),
  message: z.string().optional().describe('What happened, in one sentence. No secret and no row data.'),
  startedAt: z.iso.datetime(),
  finishedAt: z.iso.datetime(),
  set: z.string().optional().describe('Name of the set.'),
  snapshotTime: z.iso.datetime().optional().describe('Moment of the data.'),
  target: z.string().optional().describe('host:port/database.'),
  format: z.enum(fileFormats).optional().describe('Which file the rows came from.'),
  tables: z.int().min(0).optional(),
  rows: z.int().min(0).optional(),
  comparedTables: z.int().min(0).optional().describe('Tables whose checksum was compared: spec.verifyRows.'),
  bytes: z.int().min(0).optional().describe('Bytes that were read from the destination.'),
  dropped: z
    .array(z.string())
    .optional()
    .describe('What the target held and spec.clean dropped, a line for each kind.'),
  notes: z.array(z.string()).describe('What a person should know of the restored database.'),
  shortened: z.boolean().optional().describe('Whether details were left out to fit.'),
});
export type RestoreReport = z.infer<typeof restoreReport>;

/** Each step takes away more; the first form that fits is used. */
const steps: ((report: RestoreReport) => RestoreReport)[] = [
  // 1. Notes and dropped kinds beyond five, each up to 250 bytes; the message up to 800.
  (report) => shorter(report, { lines: 5, line: 250, message: 800 }),
  // 2. One of each, and every text up to a bound that makes the whole fit.
  (report) => {
    const { set, target, ...rest } = shorter(report, { lines: 1, line: 200, message: 500 });
    return {
      ...rest,
      ...(set === undefined ? {} : { set: fit(set, 300) }),
      ...(target === undefined ? {} : { target: fit(target, 500) }),
    };
  },
];

function shorter(
  { message, dropped, notes, ...report }: RestoreReport,
  most: { lines: number; line: number; message: number },
): RestoreReport {
  const cut = (lines: readonly string[]) => lines.slice(0, most.lines).map((line) => fit(line, most.line));
  return {
    ...report,
    ...(message === undefined ? {} : { message: fit(message, most.message) }),
    ...(dropped === undefined ? {} : { dropped: cut(dropped) }),
    notes: cut(notes),
  };
}

/** The report as JSON of at most 4,096 bytes, shortened by the steps above where it must be. It always parses. */
export function restoreReportJSON(report: RestoreReport): string {
  return fittingJSON(report, steps);
}
