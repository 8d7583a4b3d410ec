import { z } from 'zod';
import { formats } from './backupSpec.ts';
import { failureReasons } from './failureReason.ts';
import { fit, fittingJSON } from './fittingJson.ts';

/**
 * `schema` is the .schema.sql that stands in for sql; `tables` what the manifest of an encrypted set does not say in clear;
 * `manifest` the file that makes the set count.
 */
export const fileFormats = [...formats, 'schema', 'tables', 'manifest'] as const;
export type FileFormat = (typeof fileFormats)[number];

const reportFile = z.strictObject({
  name: z.string().describe('Name of the file.'),
  format: z
    .enum(fileFormats)
    .describe(
      'csv, xlsx, json, sql; schema stands in for sql, tables has the names of an encrypted set, and manifest makes the set count.',
    ),
  rows: z.int().min(0).optional().describe('Rows in the file; unknown for sql.'),
  bytes: z.int().min(0).describe('Size of the file.'),
  sha256: z.string().optional().describe('SHA-256 of the file, in hexadecimal.'),
  link: z.string().optional().describe('Address that opens the file.'),
});
export type ReportFile = z.infer<typeof reportFile>;

const removedSet = z.strictObject({
  set: z.string().describe('Common part of its file names.'),
  why: z.string().describe('The rule of spec.retention that removed it.'),
});

/** What one attempt of the runner tells: status, mail and terminal are made from it. */
export const runReport = z.strictObject({
  version: z.literal(1),
  result: z.enum(['Succeeded', 'Failed']),
  reason: z.enum(failureReasons).optional().describe('Why it failed.'),
  message: z.string().optional().describe('What happened, in one sentence. No secret and no row data.'),
  startedAt: z.iso.datetime(),
  finishedAt: z.iso.datetime(),
  database: z.string().optional().describe('Name of the database.'),
  serverVersion: z.string().optional(),
  set: z.string().optional().describe('Common part of the file names.'),
  snapshotTime: z.iso.datetime().optional(),
  snapshotSeconds: z.number().min(0).optional().describe('How long the snapshot was held.'),
  tables: z.int().min(0).optional(),
  rows: z.int().min(0).optional(),
  bytes: z.int().min(0).optional().describe('Sum of the files.'),
  files: z.array(reportFile),
  folderLink: z.string().optional(),
  stages: z.array(z.strictObject({ name: z.string(), seconds: z.number().min(0) })),
  retention: z
    .strictObject({
      removed: z.array(removedSet).describe('Sets that were removed; a long list is cut.'),
      removedCount: z.int().min(0).describe('How many sets were removed.'),
      kept: z.int().min(0).describe('How many sets stay.'),
      foreignSets: z.int().min(0).describe('Sets of other owners in the folder; never touched.'),
      damagedSets: z
        .int()
        .min(0)
        .describe('Own sets that are not complete and intact; they protect nothing.'),
      skipped: z.string().optional().describe('Why nothing was removed.'),
      skippedReason: z.enum(failureReasons).optional().describe('The same in one word.'),
    })
    .optional(),
  warnings: z.array(z.string()).describe('What a person should look at.'),
  notes: z.array(z.string()).describe('What a format could not hold as it is: cut, split or renamed.'),
  email: z
    .strictObject({
      result: z.enum(['Sent', 'PartlyRejected', 'Failed', 'NotWanted']),
      message: z.string().optional(),
    })
    .optional(),
  shortened: z.boolean().optional().describe('Whether details were left out to fit.'),
});
export type RunReport = z.infer<typeof runReport>;

/** Each step takes away more; the first form that fits is used. */
const steps: ((report: RunReport) => RunReport)[] = [
  // 1. Removed sets beyond the five first (their number stays).
  (report) => withRemoved(report, 5),
  // 2. Warnings and notes beyond three, each up to 200 bytes; the message up to 600.
  (report) => ({
    ...report,
    warnings: report.warnings.slice(0, 3).map((warning) => fit(warning, 200)),
    notes: report.notes.slice(0, 3).map((note) => fit(note, 200)),
    ...(report.message === undefined ? {} : { message: fit(report.message, 600) }),
  }),
  // 3. All removed sets, stages and links of files; the folder's link stays.
  (report) => ({
    ...withRemoved(report, 0),
    stages: [],
    files: report.files.map(({ link, ...file }) => file),
  }),
  // 4. Every text up to a bound that makes the whole fit.
  (report) => bounded(report),
];

function withRemoved(report: RunReport, most: number): RunReport {
  if (report.retention === undefined) return report;
  return { ...report, retention: { ...report.retention, removed: report.retention.removed.slice(0, most) } };
}

function bounded(report: RunReport): RunReport {
  const short = <T extends Record<string, unknown>>(value: T, limit: number): T =>
    Object.fromEntries(
      Object.entries(value).map(([key, item]) => [key, typeof item === 'string' ? fit(item, limit) : item]),
    ) as T;
  return {
    ...short(report, 100),
    ...(report.message === undefined ? {} : { message: fit(report.message, 300) }),
    files: report.files.slice(0, 6).map((file) => short(file, 100)),
    warnings: report.warnings.slice(0, 1).map((warning) => fit(warning, 200)),
    notes: [],
    ...(report.retention === undefined ? {} : { retention: short(report.retention, 200) }),
    ...(report.email === undefined ? {} : { email: short(report.email, 200) }),
  };
}

/** The report as JSON of at most 4,096 bytes, shortened by the steps above where it must be. It always parses. */
export function reportJSON(report: RunReport): string {
  return fittingJSON(report, steps);
}
