import { z } from 'zod';
import { fit } from './fittingJson.ts';
import { runReport } from './runReport.ts';
import { syncReport } from './syncReport.ts';

/** What the operator has a notify Job mail: a failure that the runner itself could not tell of. */
export const notice = z.strictObject({
  version: z.literal(1),
  id: z.string().min(1).max(253).describe('Part of the Message-ID: the same for every try of one notice.'),
  about: z.literal('Drill').optional().describe('Left out: a run or the schedule.'),
  run: z.string().max(253).optional().describe('Name of the record of the run; none for a schedule.'),
  attempts: z.int().min(0).optional(),
  lastSuccess: z.iso.datetime().optional(),
  report: runReport,
});
export type Notice = z.infer<typeof notice>;

/** The same of a sync. */
export const syncNotice = notice.omit({ about: true }).extend({ report: syncReport });
export type SyncNotice = z.infer<typeof syncNotice>;

/** What a notify Job tells in its termination message. */
export const noticeReport = z.strictObject({
  version: z.literal(1),
  kind: z.literal('NoticeReport'),
  result: z.enum(['Sent', 'PartlyRejected', 'Failed']),
  message: z.string().max(2048).optional(),
});
export type NoticeReport = z.infer<typeof noticeReport>;

/** The report as JSON of at most 4,096 bytes: its sentence is shortened where it must be. */
export function noticeReportJSON(report: NoticeReport): string {
  const { message } = report;
  return JSON.stringify(message === undefined ? report : { ...report, message: fit(message, 2000) });
}
