import { type CheckReport, checkReportJSON, firstFailure } from '../../crds/checkReport.ts';
import { reasonFacts } from '../../crds/failureReason.ts';
import { backupChecks } from '../checks/backupChecks.ts';
import type { Check } from '../checks/check.ts';
import { checkStatus } from '../checks/checkStatus.ts';
import { syncChecks } from '../checks/syncChecks.ts';
import { type Failure, failureOf } from '../failure.ts';
import type { Answer, PodMode } from './podMode.ts';
import { scheduledResource } from './scheduledResource.ts';
import { servePod } from './servePod.ts';

/** Tries everything that a backup or a sync needs; the answer is a CheckReport. */
const mode: PodMode = {
  noun: 'the check',
  async run(services, stop) {
    const resource = scheduledResource();
    const { logger, redactor } = services;
    const checks: Check[] = [];
    try {
      const found =
        resource.kind === 'SheetSync'
          ? syncChecks(resource, services, stop)
          : backupChecks(resource, services, stop);
      for await (const check of found) {
        checks.push(check);
        logger[check.ok ? 'info' : 'warn']({ probe: check }, `${check.name}: ${check.message}`);
      }
    } catch (error) {
      // Of the first place: nobody knows what else there would have been to find.
      checks.unshift(broken(failureOf(error, services)));
    }
    return answer(checks.map((check) => ({ ...check, message: redactor.redact(check.message) })));
  },
  failed: (failure) => answer([broken(failure)]),
};

/** The program of a pod of purpose check: see servePod. */
export const serve = (stopped: AbortSignal) => servePod(mode, stopped);

/** The check as a whole, ended before it was complete. */
function broken({ reason, message }: Failure): Check {
  const name = reason === 'InvalidSpec' ? 'spec' : 'check';
  return { name, ok: false, message, reason, hint: reasonFacts(reason).hint };
}

function answer(probes: Check[]): Answer {
  const failure = firstFailure({ probes });
  const result = failure ? 'Failed' : 'Passed';
  const report: CheckReport = { version: 1, kind: 'CheckReport', result, probes };
  const message = failure ? `${failure.name}: ${failure.message}` : result;
  return { report, json: checkReportJSON(report), message, status: checkStatus(probes) };
}
