import { reasonFacts } from '../../crds/failureReason.ts';
import {
  type Notice,
  type NoticeReport,
  notice,
  noticeReportJSON,
  type SyncNotice,
  syncNotice,
} from '../../crds/notice.ts';
import { noticeConfig } from '../config.ts';
import { type MailedResource, mailFacts } from '../mailFacts.ts';
import { type Mailed, mailReport } from '../mailReport.ts';
import { redactReport } from '../redactor.ts';
import type { Services } from '../services.ts';
import type { Answer, PodMode } from './podMode.ts';
import { scheduledResource } from './scheduledResource.ts';
import { servePod } from './servePod.ts';

interface Pod {
  readonly resource: MailedResource;
  readonly services: Services;
}

/** Mails what no runner could tell of; the answer is a NoticeReport. Whether a mail is wanted is the operator's to know. */
const mode: PodMode = {
  noun: 'the mail',
  async run(services, stop) {
    const resource = scheduledResource();
    const schema = resource.kind === 'SheetSync' ? syncNotice : notice;
    return sendNotice(noticeConfig(schema), { resource, services }, stop);
  },
  failed: ({ reason, message }) =>
    answer({ result: 'Failed', message, permanent: reasonFacts(reason).kind === 'Permanent' }),
};

/** The program of a pod of purpose notify: see servePod. */
export const serve = (stopped: AbortSignal) => servePod(mode, stopped);

/** Mails a notice. Never throws. */
export async function sendNotice(
  told: Notice | SyncNotice,
  { resource, services }: Pod,
  stop: AbortSignal,
): Promise<Answer> {
  const email = resource.spec.notification?.email;
  if (email === undefined) {
    const message = 'The spec names nobody to tell: spec.notification.email is not set.';
    return answer({ result: 'Failed', message, permanent: true });
  }
  const input = async () => ({
    ...(await mailFacts(resource, services.clock.now())),
    ...redacted(told, services),
  });
  const mailed = await mailReport(email, input, services, stop);
  if (!('message' in mailed)) return answer(mailed);
  return answer({ ...mailed, message: services.redactor.redact(mailed.message) });
}

function redacted<N extends Notice | SyncNotice>(told: N, { redactor }: Services): N {
  return { ...told, report: redactReport(told.report, redactor) };
}

function answer(mailed: Mailed): Answer {
  const { result } = mailed;
  const message = 'message' in mailed ? mailed.message : undefined;
  const report: NoticeReport = { version: 1, kind: 'NoticeReport', result, ...(message && { message }) };
  const status = result !== 'Failed' ? 0 : mailed.permanent ? 2 : 1;
  return { report, json: noticeReportJSON(report), message: message ?? result, status };
}
