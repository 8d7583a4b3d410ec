import { z } from 'zod';
import { failureReasons } from './failureReason.ts';
import { fit, fittingJSON } from './fittingJson.ts';

const assertionResult = z.strictObject({
  name: z.string().describe('Its name, or its number.'),
  held: z.boolean(),
});

/** What one attempt of a drill tells in its termination message. It holds names and counts, and never a value of a row. */
export const drillReport = z.strictObject({
  version: z.literal(1),
  kind: z.literal('DrillReport'),
  result: z.enum(['Succeeded', 'Failed']),
  reason: z.enum(failureReasons).optional(),
  message: z.string().optional().describe('What happened, in one sentence. No secret and no row data.'),
  startedAt: z.iso.datetime(),
  finishedAt: z.iso.datetime(),
  set: z.string().optional().describe('The set that was restored.'),
  snapshotTime: z.iso.datetime().optional(),
  target: z.string().optional().describe('host:port/database of the scratch database.'),
  serverVersion: z.string().optional().describe('Of the server that it was restored into.'),
  format: z.string().optional().describe('The format that it was restored from.'),
  tables: z.int().min(0).optional(),
  rows: z.int().min(0).optional(),
  bytes: z.int().min(0).optional().describe('Bytes that were read from the destination.'),
  comparedTables: z.int().min(0).optional().describe('Tables whose checksum was compared.'),
  recoverySeconds: z
    .number()
    .min(0)
    .optional()
    .describe('From the look at the folder to the compared and asserted database.'),
  stages: z.array(z.strictObject({ name: z.string(), seconds: z.number().min(0) })),
  assertions: z.array(assertionResult),
  notes: z.array(z.string()),
  warnings: z.array(z.string()),
  shortened: z.boolean().optional().describe('Whether details were left out to fit.'),
});
export type DrillReport = z.infer<typeof drillReport>;

/** Each step takes away more; the first form that fits is used. */
const steps: ((report: DrillReport) => DrillReport)[] = [
  // 1. Assertions that held, and long sentences.
  (report) => ({
    ...shorter(report, 600),
    assertions: report.assertions.filter(({ held }) => !held),
    notes: report.notes.slice(0, 3).map((note) => fit(note, 200)),
    warnings: report.warnings.slice(0, 3).map((warning) => fit(warning, 200)),
  }),
  // 2. All but what the status shows.
  (report) => ({
    ...shorter(report, 300),
    assertions: report.assertions.slice(0, 5).map(({ name, held }) => ({ name: fit(name, 70), held })),
    stages: [],
    notes: [],
    warnings: report.warnings.slice(0, 1),
  }),
];

function shorter(report: DrillReport, most: number): DrillReport {
  const short = (text: string | undefined, limit: number) => (text === undefined ? text : fit(text, limit));
  const { message, set, target, serverVersion, format } = report;
  const texts = {
    message: short(message, most),
    set: short(set, 200),
    target: short(target, 350),
    serverVersion: short(serverVersion, 60),
    format: short(format, 20),
  };
  return {
    ...report,
    ...(Object.fromEntries(Object.entries(texts).filter(([, text]) => text !== undefined)) as object),
  };
}

/** The report as JSON of at most 4,096 bytes, shortened by the steps above where it must be. It always parses. */
export function drillReportJSON(report: DrillReport): string {
  return fittingJSON(report, steps);
}
