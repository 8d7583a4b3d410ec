import type { RunStatus } from '../../crds/scheduledStatus.ts';
import { isControlledBy } from './cronJob.ts';
import { finished } from './jobOutcome.ts';
import { ownedBy, ownJob } from './jobTemplate.ts';
import { annotations, type Run, type ScheduledSpec } from './kinds.ts';
import type { Action, EventText, Observed, Policy } from './observed.ts';
import type { PlanBuilder } from './planBuilder.ts';
import { ownLabels } from './podTemplate.ts';
import { hadJob, jobOf, recordOf } from './records.ts';
import { refuse, statusActions } from './runResult.ts';
import { isFinal } from './runStatus.ts';
import type { ScheduledKind } from './scheduledKind.ts';

export function nextRequest(observed: Observed): Run | undefined {
  return requests(observed)[0];
}

/** A request becomes a Job when no other run of its owner is active; until then it says what it waits for. */
export function decideRequest(plan: PlanBuilder, run: Run, observed: Observed, policy: Policy): void {
  const { kind, parsed } = observed;
  const waiting = requests(observed).filter(({ metadata }) => metadata.name !== run.metadata.name);
  const active = observed.jobs.run.find((job) => finished(job) === undefined);
  const pending = (of: string): RunStatus => ({
    phase: 'Pending',
    trigger: 'API',
    message: `Waits until ${of} has ended.`,
  });
  for (const other of waiting)
    plan.add(
      statusActions(
        other,
        pending(`run ${run.metadata.name} of the same ${kind.noun}`),
        waitEvent(other, kind),
      ),
    );
  if (parsed.spec === undefined) {
    plan.add(refuse(run, 'InvalidSpec', parsed.problem, plan.now));
    return;
  }
  if (active !== undefined) {
    const name = recordOf(active, observed.runs)?.metadata.name ?? active.metadata.name;
    plan.add(statusActions(run, pending(`run ${name} of the same ${kind.noun}`), waitEvent(run, kind)));
    return;
  }
  plan.add(startActions(run, observed, parsed.spec, policy));
}

/** Requests that have no Job yet, the oldest first. */
function requests({ runs, jobs }: Observed): Run[] {
  return (
    runs
      .filter((run) => !isFinal(run.status) && !hadJob(run) && run.metadata.deletionTimestamp === undefined)
      // The Job is made before the record says so.
      .filter((run) => jobOf(run, jobs.run) === undefined)
      .sort((a, b) => order(a).localeCompare(order(b)))
  );
}

const order = ({ metadata }: Run) => `${metadata.creationTimestamp} ${metadata.name}`;

/** First the record becomes one of its owner, then the Job is made, which bears the record's name and UID. */
function startActions(
  run: Run,
  { kind, owner }: Observed,
  spec: ScheduledSpec,
  { defaults }: Policy,
): Action[] {
  const { purpose } = kind;
  const adopt: Action[] = isControlledBy(run, owner.metadata.uid)
    ? []
    : [
        {
          type: 'AdoptRun',
          run,
          change: {
            metadata: {
              labels: ownLabels(owner, purpose),
              ownerReferences: [...(run.metadata.ownerReferences ?? []), ownedBy(owner)],
            },
          },
        },
      ];
  const job = ownJob(
    kind,
    { owner, spec, defaults, purpose },
    { name: run.metadata.name, annotations: { [annotations.runUID]: run.metadata.uid ?? '' } },
  );
  return [...adopt, { type: 'CreateJob', job, for: run }];
}

function waitEvent(run: Run, { noun }: ScheduledKind): EventText | undefined {
  if (run.status?.phase !== undefined) return undefined;
  const note = `Run ${run.metadata.name} waits for another run of the same ${noun}.`;
  return { type: 'Normal', reason: 'RunWaiting', action: 'Run', note };
}
