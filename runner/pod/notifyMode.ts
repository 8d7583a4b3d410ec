import type { DatabaseBackup } from '../../crds/databaseBackup.ts';
import { reasonFacts } from '../../crds/failureReason.ts';
import { type Notice, type NoticeReport, noticeReportJSON } from '../../crds/notice.ts';
import { backupConfig, noticeConfig } from '../config.ts';
import { type Mailed, mailReport } from '../mailReport.ts';
import { nextRun } from '../nextRun.ts';
import type { ReportInput } from '../notifiers/reportContent.ts';
import { ownerOf } from '../ownerOf.ts';
import { redactReport } from '../redactor.ts';
import type { Services } from '../services.ts';
import type { Answer, PodMode } from './podMode.ts';
import { servePod } from './servePod.ts';

interface Pod {
  readonly backup: DatabaseBackup;
  readonly services: Services;
}

/** Mails what no runner could tell of; the answer is a NoticeReport. Whether a mail is wanted is the operator's to know. */
const mode: PodMode = {
  noun: 'the mail',
  run: async (services, stop) => sendNotice(noticeConfig(), { backup: backupConfig(), services }, stop),
  failed: ({ reason, message }) =>
    answer({ result: 'Failed', message, permanent: reasonFacts(reason).kind === 'Permanent' }),
};

/** The program of a pod of purpose notify: see servePod. */
export const serve = (stopped: AbortSignal) => servePod(mode, stopped);

/** Mails a notice. Never throws. */
export async function sendNotice(notice: Notice, pod: Pod, stop: AbortSignal): Promise<Answer> {
  const { backup, services } = pod;
  const email = backup.spec.notification?.email;
  if (email === undefined) {
    const message = 'The spec names nobody to tell: spec.notification.email is not set.';
    return answer({ result: 'Failed', message, permanent: true });
  }
  const mailed = await mailReport(email, async () => mailOf(notice, pod), services, stop);
  if (!('message' in mailed)) return answer(mailed);
  return answer({ ...mailed, message: services.redactor.redact(mailed.message) });
}

function mailOf(notice: Notice, { backup, services }: Pod): ReportInput {
  const { id, about, run, attempts, lastSuccess, report } = notice;
  return {
    backup: backup.metadata,
    owner: ownerOf(backup),
    ...{ id, about, run, attempts, lastSuccess },
    report: redactReport(report, services.redactor),
    timeZone: backup.spec.timeZone,
    nextRun: nextRun(backup.spec, services.clock.now()),
  };
}

function answer(mailed: Mailed): Answer {
  const { result } = mailed;
  const message = 'message' in mailed ? mailed.message : undefined;
  const report: NoticeReport = { version: 1, kind: 'NoticeReport', result, ...(message && { message }) };
  const status = result !== 'Failed' ? 0 : mailed.permanent ? 2 : 1;
  return { report, json: noticeReportJSON(report), message: message ?? result, status };
}
