import { type RunReport, reportJSON } from '../../crds/runReport.ts';
import { backupJob } from '../backupJob.ts';
import { backupConfig } from '../config.ts';
import { exitStatus } from '../exitStatus.ts';
import type { Answer, PodMode } from './podMode.ts';
import { servePod } from './servePod.ts';

/** One attempt of a backup; the answer is a RunReport. */
const mode: PodMode = {
  noun: 'the backup',
  async run(services, stop) {
    const job = { backup: backupConfig(), mailTransientFailures: false, scheduled: true } as const;
    return answer(await backupJob(job, services, stop));
  },
  failed(failure) {
    return answer({
      version: 1,
      result: 'Failed',
      ...failure,
      startedAt: new Date(performance.timeOrigin).toISOString(),
      finishedAt: new Date().toISOString(),
      ...{ files: [], stages: [], warnings: [], notes: [] },
    });
  },
};

/** The program of a pod of purpose run: see servePod. */
export const serve = (stopped: AbortSignal) => servePod(mode, stopped);

function answer(report: RunReport): Answer {
  const { message = report.result } = report;
  return { report, json: reportJSON(report), message, status: exitStatus(report) };
}
