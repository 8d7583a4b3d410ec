import assert from 'node:assert/strict';
import { test } from 'node:test';
import { runReport } from '../../crds/runReport.ts';
import { jobOutcome } from './jobOutcome.ts';
import type { Job, Pod } from './kinds.ts';
import { job, type PodFixture, pod, report } from './observedFixture.ts';
import type { Trouble } from './podFailure.ts';

const failed = (reason: string, annotations = {}) => job('shop-1', { end: 'Failed', reason, annotations });
const disrupted = (reason: string) => [{ type: 'DisruptionTarget', status: 'True', reason }];
const interrupted = report({ result: 'Failed', reason: 'Interrupted', message: 'The runner was stopped.' });

function outcome(of: Job, pods: readonly Pod[] = [], known?: Trouble) {
  const { phase, trouble } = jobOutcome(runReport, of, pods, known);
  return [phase, trouble?.reason];
}

test('a run has succeeded when its Job is complete and its pod reported success', () => {
  const complete = job('shop-1', { end: 'Complete' });
  const found = jobOutcome(
    runReport,
    complete,
    [pod(complete, { exitCode: 0, report: report() })],
    undefined,
  );
  assert.equal(found.phase, 'Succeeded');
  assert.equal(found.report?.rows, 300_123);
  assert.equal(found.completionTime, '2026-02-10T11:00:00Z');
});

const complete = job('shop-1', { end: 'Complete' });
for (const [what, pods] of [
  ['whose pod is gone', []],
  ['whose pod left nothing', [pod(complete, { exitCode: 0 })]],
  ['whose pod left something else', [pod(complete, { exitCode: 0, report: 'all is well' })]],
  [
    'whose pod left half a report',
    [pod(complete, { exitCode: 0, report: JSON.stringify(report()).slice(0, 90) })],
  ],
  [
    'whose pod reported a failure',
    [pod(complete, { exitCode: 0, report: report({ result: 'Failed', reason: 'UploadFailed' }) })],
  ],
] as const) {
  test(`a complete Job ${what} is no success`, () => {
    assert.deepEqual(outcome(complete, pods), ['Failed', 'ReportMissing']);
  });
}

test('a report of success from a pod that failed is no success', () => {
  const of = failed('BackoffLimitExceeded');
  assert.deepEqual(outcome(of, [pod(of, { exitCode: 1, report: report() })]), ['Failed', 'Internal']);
});

const endings: [what: string, fixture: PodFixture, expected: string][] = [
  [
    'its own report',
    { exitCode: 2, report: report({ result: 'Failed', reason: 'TokenExpired', message: 'x' }) },
    'TokenExpired',
  ],
  ['memory', { exitCode: 137, terminationReason: 'OOMKilled' }, 'OutOfMemory'],
  [
    'an eviction by the node',
    { exitCode: 137, phase: 'Failed', reason: 'Evicted', conditions: disrupted('TerminationByKubelet') },
    'Evicted',
  ],
  ['an old eviction', { exitCode: 137, phase: 'Failed', reason: 'Evicted' }, 'Evicted'],
  [
    'a drain',
    { exitCode: 143, report: interrupted, isDeleted: true, conditions: disrupted('EvictionByEvictionAPI') },
    'Evicted',
  ],
  [
    'preemption',
    { exitCode: 143, report: interrupted, conditions: disrupted('PreemptionByScheduler') },
    'Evicted',
  ],
  ['a lost node', { exitCode: 143, conditions: disrupted('DeletionByTaintManager') }, 'NodeLost'],
  [
    'a node that was removed',
    { phase: 'Failed', exitCode: 137, conditions: disrupted('DeletionByPodGC') },
    'NodeLost',
  ],
  ['a deleted pod with its report', { exitCode: 1, report: interrupted, isDeleted: true }, 'PodDeleted'],
  ['a deleted pod without one', { exitCode: 137, isDeleted: true }, 'PodDeleted'],
  ['a stop that nobody explains', { exitCode: 1, report: interrupted }, 'Interrupted'],
  ['a crash', { exitCode: 139 }, 'ReportMissing'],
  ['a message that is no report', { exitCode: 1, report: '{"version":1}' }, 'ReportMissing'],
  ['an image without the program', { exitCode: 128, terminationReason: 'StartError' }, 'PodRefused'],
  [
    'a deadline of the pod',
    { exitCode: 137, phase: 'Failed', reason: 'DeadlineExceeded' },
    'DeadlineExceeded',
  ],
];
for (const [what, fixture, expected] of endings) {
  test(`a failed Job by ${what} is ${expected}`, () => {
    const of = failed('BackoffLimitExceeded');
    assert.deepEqual(outcome(of, [pod(of, fixture)]), ['Failed', expected]);
  });
}

test('the last attempt gives the reason', () => {
  const of = failed('BackoffLimitExceeded');
  const first = pod(of, {
    exitCode: 1,
    report: report({ result: 'Failed', reason: 'LockTimeout', message: 'x' }),
  });
  const second = pod(of, { suffix: 'b', exitCode: 137, terminationReason: 'OOMKilled' });
  assert.deepEqual(outcome(of, [second, first]), ['Failed', 'OutOfMemory']);
});

test('pods that are gone are remembered by the record, else they were deleted', () => {
  const known: Trouble = { reason: 'OutOfMemory', message: 'Pod x was killed at its memory limit.' };
  assert.deepEqual(jobOutcome(runReport, failed('BackoffLimitExceeded'), [], known).trouble, known);
  assert.deepEqual(outcome(failed('BackoffLimitExceeded')), ['Failed', 'PodDeleted']);
});

test('the deadline of the Job gives what held its pod up, if anything did', () => {
  assert.deepEqual(outcome(failed('DeadlineExceeded')), ['Failed', 'DeadlineExceeded']);
  const known: Trouble = { reason: 'PodUnschedulable', message: 'No node takes the pod.' };
  assert.deepEqual(outcome(failed('DeadlineExceeded'), [], known), ['Failed', 'PodUnschedulable']);
  assert.deepEqual(outcome(failed('DeadlineExceeded'), [], { reason: 'LockTimeout', message: 'x' }), [
    'Failed',
    'DeadlineExceeded',
  ]);
});

test('a Job that we ended has the reason that we wrote on it', () => {
  const of = failed('DeadlineExceeded', { 'dbbackup.dev/ended-for': 'ImagePullFailed' });
  const known: Trouble = { reason: 'ImagePullFailed', message: 'ImagePullBackOff: no such image.' };
  assert.deepEqual(jobOutcome(runReport, of, [], known).trouble, known);
  assert.deepEqual(outcome(of), ['Failed', 'ImagePullFailed']);
  const said = failed('DeadlineExceeded', {
    'dbbackup.dev/ended-for': 'ImagePullFailed',
    'dbbackup.dev/ended-with': known.message,
  });
  assert.deepEqual(jobOutcome(runReport, said, [], undefined).trouble, known);
  assert.deepEqual(outcome(failed('DeadlineExceeded', { 'dbbackup.dev/ended-for': 'Nonsense' })), [
    'Failed',
    'DeadlineExceeded',
  ]);
});

const active = job('shop-1', { status: { active: 1 } });
for (const [what, fixture, expected] of [
  ['a pod that runs', {}, ['Running', undefined]],
  [
    'an image that cannot be pulled',
    { waiting: { reason: 'ImagePullBackOff' } },
    ['Pending', 'ImagePullFailed'],
  ],
  ['an image with a wrong name', { waiting: { reason: 'InvalidImageName' } }, ['Pending', 'ImagePullFailed']],
  [
    'a missing Secret of the environment',
    { waiting: { reason: 'CreateContainerConfigError' } },
    ['Pending', 'SecretNotFound'],
  ],
  ['a container that is being made', { waiting: { reason: 'ContainerCreating' } }, ['Pending', undefined]],
  [
    'no node',
    {
      phase: 'Pending',
      waiting: { reason: '' },
      conditions: [{ type: 'PodScheduled', status: 'False', reason: 'Unschedulable' }],
    },
    ['Pending', 'PodUnschedulable'],
  ],
] as const) {
  test(`an active Job with ${what} is ${expected.join(' ')}`, () => {
    assert.deepEqual(outcome(active, [pod(active, fixture as PodFixture)]), expected);
  });
}

test('while a Job is being ended, its dying pods change nothing of what is known', () => {
  const known: Trouble = { reason: 'PodUnschedulable', message: 'No node takes the pod.' };
  const ending = [
    job('shop-1', {
      status: { conditions: [{ type: 'FailureTarget', status: 'True', reason: 'DeadlineExceeded' }] },
    }),
    job('shop-1', { annotations: { 'dbbackup.dev/ended-for': 'PodUnschedulable' } }),
  ];
  for (const of of ending) {
    assert.deepEqual(
      jobOutcome(runReport, of, [pod(of, { exitCode: 137, isDeleted: true })], known).trouble,
      known,
    );
  }
});

test('between two attempts the run goes on and says why the first failed', () => {
  const first = pod(active, {
    exitCode: 1,
    report: report({ result: 'Failed', reason: 'DatabaseUnreachable', message: 'x' }),
  });
  assert.deepEqual(outcome(active, [first]), ['Running', 'DatabaseUnreachable']);
  assert.deepEqual(outcome(active, [first, pod(active, { suffix: 'b' })]), [
    'Running',
    'DatabaseUnreachable',
  ]);
});

test('words of the cluster are kept to one short line', () => {
  const message = `Back-off\n pulling ${'x'.repeat(500)}.`;
  const found = jobOutcome(
    runReport,
    active,
    [pod(active, { waiting: { reason: 'ImagePullBackOff', message } })],
    undefined,
  );
  assert.match(found.trouble?.message ?? '', /^ImagePullBackOff: Back-off pulling x{280,300}….$/);
});
