import { type DrillReport, drillReportJSON } from '../../crds/drillReport.ts';
import { backupConfig } from '../config.ts';
import { drillJob } from '../drill/drillJob.ts';
import { exitStatus } from '../exitStatus.ts';
import type { Answer, PodMode } from './podMode.ts';
import { servePod } from './servePod.ts';

/** One attempt of a drill; the answer is a DrillReport. */
const mode: PodMode = {
  noun: 'the drill',
  run: async (services, stop) => answer(await drillJob({ backup: backupConfig() }, services, stop)),
  failed(failure) {
    return answer({
      ...{ version: 1, kind: 'DrillReport', result: 'Failed', ...failure },
      startedAt: new Date(performance.timeOrigin).toISOString(),
      finishedAt: new Date().toISOString(),
      ...{ stages: [], assertions: [], notes: [], warnings: [] },
    });
  },
};

/** The program of a pod of purpose drill: see servePod. */
export const serve = (stopped: AbortSignal) => servePod(mode, stopped);

function answer(report: DrillReport): Answer {
  const { message = report.result } = report;
  return { report, json: drillReportJSON(report), message, status: exitStatus(report) };
}
