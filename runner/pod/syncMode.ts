import { sheetSync } from '../../crds/sheetSync.ts';
import { syncReportJSON } from '../../crds/syncReport.ts';
import { resourceConfig } from '../config.ts';
import { syncJob } from '../syncJob.ts';
import { jobMode } from './jobMode.ts';
import { servePod } from './servePod.ts';

/** One attempt of a sync; the answer is a SyncReport. */
const mode = jobMode({
  noun: 'the sync',
  run: (services, stop) => {
    const job = { sync: resourceConfig(sheetSync), mailTransientFailures: false, scheduled: true } as const;
    return syncJob(job, services, stop);
  },
  nothing: { version: 1, kind: 'SyncReport', sheets: [], stages: [], warnings: [], notes: [] },
  json: syncReportJSON,
});

/** The program of a pod of purpose sync: see servePod. */
export const serve = (stopped: AbortSignal) => servePod(mode, stopped);
