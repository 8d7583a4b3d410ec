import { reportJSON } from '../../crds/runReport.ts';
import { backupJob } from '../backupJob.ts';
import { backupConfig } from '../config.ts';
import { jobMode } from './jobMode.ts';
import { servePod } from './servePod.ts';

/** One attempt of a backup; the answer is a RunReport. */
const mode = jobMode({
  noun: 'the backup',
  run: (services, stop) => {
    const job = { backup: backupConfig(), mailTransientFailures: false, scheduled: true } as const;
    return backupJob(job, services, stop);
  },
  nothing: { version: 1, files: [], stages: [], warnings: [], notes: [] },
  json: reportJSON,
});

/** The program of a pod of purpose run: see servePod. */
export const serve = (stopped: AbortSignal) => servePod(mode, stopped);
