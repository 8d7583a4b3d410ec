import { drillReportJSON } from '../../crds/drillReport.ts';
import { backupConfig } from '../config.ts';
import { drillJob } from '../drill/drillJob.ts';
import { jobMode } from './jobMode.ts';
import { servePod } from './servePod.ts';

/** One attempt of a drill; the answer is a DrillReport. */
const mode = jobMode({
  noun: 'the drill',
  run: (services, stop) => drillJob({ backup: backupConfig() }, services, stop),
  nothing: { version: 1, kind: 'DrillReport', stages: [], assertions: [], notes: [], warnings: [] },
  json: drillReportJSON,
});

/** The program of a pod of purpose drill: see servePod. */
export const serve = (stopped: AbortSignal) => servePod(mode, stopped);
