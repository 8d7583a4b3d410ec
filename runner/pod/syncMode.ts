import { sheetSync } from '../../crds/sheetSync.ts';
import { type SyncReport, syncReportJSON } from '../../crds/syncReport.ts';
import { resourceConfig } from '../config.ts';
import { exitStatus } from '../exitStatus.ts';
import { syncJob } from '../syncJob.ts';
import type { Answer, PodMode } from './podMode.ts';
import { servePod } from './servePod.ts';

/** One attempt of a sync; the answer is a SyncReport. */
const mode: PodMode = {
  noun: 'the sync',
  run: async (services, stop) => answer(await syncJob(resourceConfig(sheetSync), services, stop)),
  failed: (failure) =>
    answer({
      ...{ version: 1, kind: 'SyncReport', result: 'Failed', ...failure },
      startedAt: new Date(performance.timeOrigin).toISOString(),
      finishedAt: new Date().toISOString(),
      ...{ sheets: [], stages: [], warnings: [], notes: [] },
    }),
};

/** The program of a pod of purpose sync: see servePod. */
export const serve = (stopped: AbortSignal) => servePod(mode, stopped);

function answer(report: SyncReport): Answer {
  const { message = report.result } = report;
  return { report, json: syncReportJSON(report), message, status: exitStatus(report) };
}
