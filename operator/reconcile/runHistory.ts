import { conditionOf } from './conditions.ts';
import type { Run, ScheduledSpec } from './kinds.ts';
import type { Action } from './observed.ts';
import { endOf } from './records.ts';

/** Records beyond the limits of the history, the oldest of each kind. A record whose mail is on its way stays. */
export function outdated(own: readonly Run[], limits: ScheduledSpec['runHistoryLimit']): Action[] {
  return (['Succeeded', 'Failed'] as const).flatMap((phase) => {
    const limit = phase === 'Succeeded' ? limits.successful : limits.failed;
    return own
      .filter(({ status, metadata }) => status?.phase === phase && metadata.deletionTimestamp === undefined)
      .sort((a, b) => endOf(b).localeCompare(endOf(a)))
      .slice(limit)
      .filter(({ status }) => conditionOf(status?.conditions, 'Notified')?.reason !== 'MailPending')
      .map((run): Action => ({ type: 'DeleteRun', run }));
  });
}
