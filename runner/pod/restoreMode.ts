import { restoreOrder } from '../../crds/databaseRestore.ts';
import { restoreReportJSON } from '../../crds/restoreReport.ts';
import { resourceConfig } from '../config.ts';
import { restoreJob } from '../restoreJob.ts';
import { jobMode } from './jobMode.ts';
import { servePod } from './servePod.ts';

/** One attempt of a restore; the answer is a RestoreReport. */
const mode = jobMode({
  noun: 'the restore',
  run: (services, stop) => restoreJob(resourceConfig(restoreOrder), services, stop),
  nothing: { version: 1, kind: 'RestoreReport', notes: [] },
  json: restoreReportJSON,
});

/** The program of a pod of purpose restore: see servePod. */
export const serve = (stopped: AbortSignal) => servePod(mode, stopped);
