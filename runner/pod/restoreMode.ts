import { restoreOrder } from '../../crds/databaseRestore.ts';
import { type RestoreReport, restoreReportJSON } from '../../crds/restoreReport.ts';
import { resourceConfig } from '../config.ts';
import { exitStatus } from '../exitStatus.ts';
import { restoreJob } from '../restoreJob.ts';
import type { Answer, PodMode } from './podMode.ts';
import { servePod } from './servePod.ts';

/** One attempt of a restore; the answer is a RestoreReport. */
const mode: PodMode = {
  noun: 'the restore',
  run: async (services, stop) => answer(await restoreJob(resourceConfig(restoreOrder), services, stop)),
  failed: (failure) =>
    answer({
      ...{ version: 1, kind: 'RestoreReport', result: 'Failed', ...failure },
      startedAt: new Date(performance.timeOrigin).toISOString(),
      finishedAt: new Date().toISOString(),
      notes: [],
    }),
};

/** The program of a pod of purpose restore: see servePod. */
export const serve = (stopped: AbortSignal) => servePod(mode, stopped);

function answer(report: RestoreReport): Answer {
  const { message = report.result } = report;
  return { report, json: restoreReportJSON(report), message, status: exitStatus(report) };
}
