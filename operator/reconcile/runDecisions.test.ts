import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { BackupRunStatus } from '../../crds/backupStatus.ts';
import { conditionOf } from './conditions.ts';
import type { Action } from './observed.ts';
import {
  backup,
  job,
  now,
  type ObservedFixture,
  observed,
  pod,
  policy,
  report,
  run,
} from './observedFixture.ts';
import { decideRuns } from './runDecisions.ts';

const decide = (options: ObservedFixture) => decideRuns(observed(options), policy, now);
const told = (actions: readonly Action[]) => actions.map(({ type }) => type);
function statusOf(actions: readonly Action[]): BackupRunStatus {
  const found = actions.find((action) => action.type === 'ApplyRunStatus');
  assert.ok(found?.run.status, `no status among ${told(actions)}`);
  return found.run.status;
}

const finished: BackupRunStatus = {
  phase: 'Succeeded',
  jobUID: 'shop-1-uid',
  completionTime: '2026-02-10T11:00:00Z',
  consecutiveFailures: 0,
};

test('a Job without a record gets one of its own name, which names it by UID', () => {
  const [action, ...rest] = decide({ jobs: [job('shop-1')] }).actions;
  assert.deepEqual(rest, []);
  assert.equal(action?.type, 'CreateRun');
  const { metadata, spec } = action.run;
  assert.equal(metadata.name, 'shop-1');
  assert.deepEqual(metadata.annotations, { 'dbbackup.dev/job-uid': 'shop-1-uid' });
  assert.deepEqual(spec, { backupName: 'shop' });
  assert.equal(metadata.ownerReferences?.[0]?.uid, 'backup-uid');
});

test('a name that is used again gives the record a suffix that is the same every time', () => {
  const again = job('shop-now', { madeBy: 'Manual' });
  const earlier = run('shop-now', { ...finished, jobUID: 'an-earlier-uid' });
  const names = [1, 2].map(() => {
    const [action] = decide({ jobs: [again], runs: [earlier] }).actions;
    assert.equal(action?.type, 'CreateRun');
    return action.run.metadata.name;
  });
  assert.match(names[0] ?? '', /^shop-now-again-[0-9a-f]{8}$/);
  assert.equal(names[0], names[1]);
});

test('a Job is marked with its record, so that a deleted record is not made again', () => {
  const active = job('shop-1', { status: { active: 1 } });
  const { actions } = decide({ jobs: [active], runs: [run('shop-1', undefined, { jobOf: active })] });
  assert.deepEqual(told(actions), ['PatchJob', 'ApplyRunStatus']);
  assert.equal(
    actions[0]?.type === 'PatchJob' && JSON.stringify(actions[0].patch),
    '{"metadata":{"annotations":{"dbbackup.dev/run-uid":"shop-1-run-uid"}}}',
  );
});

test('deleting the record of an active run cancels its Job; that of a finished one removes the record alone', () => {
  const marked = { 'dbbackup.dev/run-uid': 'gone' };
  assert.deepEqual(told(decide({ jobs: [job('shop-1', { annotations: marked })] }).actions), ['DeleteJob']);
  const over = job('shop-1', { annotations: marked, end: 'Complete', ttl: 3600 });
  assert.deepEqual(decide({ jobs: [over] }).actions, []);
});

for (const [madeBy, trigger] of [
  ['Schedule', 'Schedule'],
  ['Manual', 'Manual'],
  ['API', 'API'],
] as const) {
  test(`a Job made by ${madeBy} has the trigger ${trigger}`, () => {
    const active = job('shop-1', { madeBy });
    assert.equal(
      statusOf(decide({ jobs: [active], runs: [run('shop-1', undefined, { jobOf: active })] }).actions)
        .trigger,
      trigger,
    );
  });
}

const mark = { 'dbbackup.dev/run-uid': 'shop-1-run-uid' };

test('a success is recorded with rows, size, files and links before its Job may vanish', () => {
  const of = job('shop-1', { end: 'Complete', annotations: mark });
  const pods = new Map([[of, [pod(of, { exitCode: 0, report: report({ folderLink: 'https://drive/x' }) })]]]);
  const first = decide({ jobs: [of], pods, runs: [run('shop-1', undefined, { jobOf: of })] });
  assert.deepEqual(told(first.actions), ['ApplyRunStatus']);
  const status = statusOf(first.actions);
  assert.deepEqual(
    [status.phase, status.rows, status.size, status.duration, status.folderLink, status.consecutiveFailures],
    ['Succeeded', 300_123, '23.8 MiB', '59m59s', 'https://drive/x', 0],
  );
  assert.equal(status.files?.[0]?.name, 'backup_20260210_100003.csv.zip');
  const second = decide({ jobs: [of], pods, runs: [run('shop-1', status, { jobOf: of })] });
  assert.deepEqual(
    second.actions.map((action) => action.type === 'PatchJob' && action.patch),
    [{ spec: { ttlSecondsAfterFinished: 3600 } }],
  );
  const recorded = job('shop-1', { end: 'Complete', annotations: mark, ttl: 3600 });
  assert.deepEqual(
    decide({ jobs: [recorded], pods, runs: [run('shop-1', status, { jobOf: of })] }).actions,
    [],
  );
});

test('of runs that ended while nobody looked each counts the failures before it, in the order of their ends', () => {
  const ends = { 'shop-4': 'Failed', 'shop-2': 'Failed', 'shop-1': 'Failed', 'shop-3': 'Complete' } as const;
  const jobs = [...Object.entries(ends), ['shop-5', 'Failed'] as const].map(([name, end]) =>
    job(name, {
      end,
      annotations: { 'dbbackup.dev/run-uid': `${name}-run-uid` },
      endTime: `2026-02-10T1${name.slice(-1)}:00:00Z`,
    }),
  );
  const pods = new Map(
    jobs.map((of) => [
      of,
      [pod(of, finishedAs(of.status?.succeeded === undefined ? 'Failed' : 'Succeeded'))],
    ]),
  );
  const runs = jobs.map((of) => run(of.metadata.name, undefined, { jobOf: of }));
  const { actions } = decide({ jobs, pods, runs });
  const counted = actions.flatMap((action) =>
    action.type === 'ApplyRunStatus'
      ? [`${action.run.metadata.name} ${action.run.status?.consecutiveFailures}`]
      : [],
  );
  assert.deepEqual(counted, ['shop-1 1', 'shop-2 2', 'shop-3 0', 'shop-4 1', 'shop-5 2']);
});

function finishedAs(result: 'Succeeded' | 'Failed') {
  const told = report(result === 'Failed' ? { result, reason: 'DatabaseUnreachable' } : {});
  return { exitCode: result === 'Failed' ? 1 : 0, report: told };
}

test('a failure that the runner could not mail has its notify Job before its record is final', () => {
  const of = job('shop-1', { end: 'Failed', reason: 'BackoffLimitExceeded', annotations: mark });
  const told1 = report({
    result: 'Failed',
    reason: 'DatabaseUnreachable',
    message: 'No answer.',
    email: { result: 'NotWanted' },
  });
  const pods = new Map([[of, [pod(of, { exitCode: 1, report: told1 })]]]);
  const earlier = run('shop-0', {
    phase: 'Failed',
    jobUID: 'x',
    completionTime: '2026-02-09T11:00:00Z',
    consecutiveFailures: 2,
  });
  const { actions } = decide({ jobs: [of], pods, runs: [earlier, run('shop-1', undefined, { jobOf: of })] });
  assert.deepEqual(told(actions), ['CreateJob', 'ApplyRunStatus']);
  const status = statusOf(actions);
  assert.deepEqual(
    [status.phase, status.reason, status.consecutiveFailures],
    ['Failed', 'DatabaseUnreachable', 3],
  );
  assert.ok(status.hint);
  assert.equal(status.files, undefined);
  assert.equal(conditionOf(status.conditions, 'Notified')?.reason, 'MailPending');
});

test('a run whose own mail went out has no notify Job', () => {
  const of = job('shop-1', { end: 'Failed', reason: 'PodFailurePolicy', annotations: mark });
  const said = report({ result: 'Failed', reason: 'TokenExpired', message: 'x', email: { result: 'Sent' } });
  const { actions } = decide({
    jobs: [of],
    pods: new Map([[of, [pod(of, { exitCode: 2, report: said })]]]),
    runs: [run('shop-1', undefined, { jobOf: of })],
  });
  assert.deepEqual(told(actions), ['ApplyRunStatus']);
  assert.equal(conditionOf(statusOf(actions).conditions, 'Notified')?.reason, 'MailSent');
});

for (const [what, email, end, result, expected] of [
  ['a relay that was down after a success', 'Always', 'Complete', { result: 'Failed' }, true],
  ['a success with OnFailure', 'OnFailure', 'Complete', { result: 'NotWanted' }, false],
  ['a failure with OnFailure', 'OnFailure', 'Failed', { result: 'NotWanted' }, true],
  ['a failure with Never', 'Never', 'Failed', { result: 'NotWanted' }, false],
] as const) {
  test(`${what}: ${expected ? 'a notify Job' : 'no mail'}`, () => {
    const of = job('shop-1', { end, annotations: mark });
    const success = end === 'Complete';
    const said = report(
      success ? { email: result } : { result: 'Failed', reason: 'LockTimeout', message: 'x', email: result },
    );
    const to = backup({ notification: { email: { when: email, to: ['a@b.c'], smtp: { host: 'relay' } } } });
    const pods = new Map([[of, [pod(of, { exitCode: success ? 0 : 1, report: said })]]]);
    const { actions } = decide({
      backup: to,
      jobs: [of],
      pods,
      runs: [run('shop-1', undefined, { jobOf: of })],
    });
    assert.equal(told(actions).includes('CreateJob'), expected);
  });
}

test('the result of a notify Job stands on the record', () => {
  const pending = {
    type: 'Notified',
    status: 'Unknown' as const,
    reason: 'MailPending',
    message: 'x',
    lastTransitionTime: '2026-02-10T11:00:00Z',
  };
  const record = run('shop-1', { ...finished, phase: 'Failed', conditions: [pending] });
  const [made] = decide({
    jobs: [job('shop-1', { end: 'Failed', annotations: mark })],
    runs: [run('shop-1', undefined, { jobOf: job('shop-1') })],
  }).actions;
  assert.equal(made?.type, 'CreateJob');
  const { name } = made.job.metadata;
  const read = (end: 'Complete' | 'Failed' | undefined, answer?: object) => {
    const notify = job(name, { purpose: 'notify', ...(end ? { end } : {}) });
    const pods = new Map([
      [notify, answer ? [pod(notify, { exitCode: end === 'Complete' ? 0 : 1, report: answer })] : []],
    ]);
    const { actions } = decide({ jobs: [notify], pods, runs: [record] });
    return actions.length === 0 ? undefined : conditionOf(statusOf(actions).conditions, 'Notified');
  };
  const answer = { version: 1, kind: 'NoticeReport' };
  assert.equal(read(undefined), undefined);
  assert.deepEqual(
    [
      read('Complete', { ...answer, result: 'Sent' })?.status,
      read('Complete', { ...answer, result: 'Sent' })?.reason,
    ],
    ['True', 'MailSent'],
  );
  assert.deepEqual(
    read('Failed', { ...answer, result: 'Failed', message: 'The relay is down.' })?.message,
    'The relay is down.',
  );
  assert.equal(read('Complete')?.reason, 'MailFailed');
  assert.equal(
    conditionOf(statusOf(decide({ runs: [record] }).actions).conditions, 'Notified')?.reason,
    'MailFailed',
  );
});

test('a Job that is gone before its result was recorded is JobDeleted, and mailed', () => {
  const active = run('shop-1', {
    phase: 'Running',
    jobUID: 'shop-1-uid',
    trigger: 'Schedule',
    startTime: '2026-02-10T10:00:00Z',
  });
  const { actions } = decide({ runs: [active] });
  assert.deepEqual(told(actions), ['CreateJob', 'ApplyRunStatus']);
  assert.deepEqual(
    [statusOf(actions).phase, statusOf(actions).reason, statusOf(actions).trigger],
    ['Failed', 'JobDeleted', 'Schedule'],
  );
});

test('a request becomes a Job of its name that bears its UID, and a record of the backup', () => {
  const request = run('before-migration', undefined, { isRequest: true, spec: { requestedBy: 'Ann' } });
  const { actions } = decide({ runs: [request] });
  assert.deepEqual(told(actions), ['AdoptRun', 'CreateJob']);
  const made = actions[1];
  assert.equal(made?.type, 'CreateJob');
  assert.equal(made.job.metadata.name, 'before-migration');
  assert.equal(made.job.metadata.annotations?.['dbbackup.dev/run-uid'], 'before-migration-run-uid');
  assert.equal(made.job.metadata.ownerReferences?.[0]?.kind, 'DatabaseBackup');
});

test('a request waits while another run is active and says for which; the oldest goes first', () => {
  const active = job('shop-1', { annotations: mark, status: { active: 1 } });
  const record = run(
    'shop-1',
    {
      phase: 'Running',
      jobUID: 'shop-1-uid',
      trigger: 'Schedule',
      attempts: 1,
      startTime: '2026-02-10T10:00:01Z',
    },
    { jobOf: active },
  );
  const pods = new Map([[active, [pod(active)]]]);
  const younger = run('b', undefined, { isRequest: true, created: '2026-02-10T11:00:02Z' });
  const older = run('c', undefined, { isRequest: true, created: '2026-02-10T11:00:01Z' });
  const waiting = decide({ jobs: [active], pods, runs: [record, younger, older] }).actions;
  assert.deepEqual(
    waiting.map(
      (action) =>
        action.type === 'ApplyRunStatus' && [
          action.run.metadata.name,
          action.run.status?.phase,
          action.run.status?.message,
        ],
    ),
    [
      ['b', 'Pending', 'Waits until run c of the same backup has ended.'],
      ['c', 'Pending', 'Waits until run shop-1 of the same backup has ended.'],
    ],
  );
  const free = decide({ runs: [younger, older] }).actions.find((action) => action.type === 'CreateJob');
  assert.equal(free?.job.metadata.name, 'c');
});

test('of two requests the one whose Job was just made does not wait for the other', () => {
  const first = run('a', undefined, { created: '2026-02-10T11:00:01Z' });
  const second = run('b', undefined, { isRequest: true, created: '2026-02-10T11:00:02Z' });
  const made = job('a', { madeBy: 'API', annotations: { 'dbbackup.dev/run-uid': 'a-run-uid' } });
  const { actions } = decide({ jobs: [made], runs: [first, second] });
  assert.deepEqual(
    actions.map(
      (action) => action.type === 'ApplyRunStatus' && [action.run.metadata.name, action.run.status?.jobUID],
    ),
    [
      ['a', 'a-uid'],
      ['b', undefined],
    ],
  );
});

test('a request that had its Job never gets a second one', () => {
  const done = run('x', { ...finished, jobUID: 'x-uid' }, { isRequest: true });
  assert.deepEqual(decide({ runs: [done] }).actions, []);
  const made = job('x', { madeBy: 'API', annotations: { 'dbbackup.dev/run-uid': 'x-run-uid' } });
  const { actions } = decide({ jobs: [made], runs: [run('x', undefined, { isRequest: true })] });
  assert.deepEqual(told(actions), ['ApplyRunStatus']);
});

test('a request for a backup with an invalid spec fails with the sentence', () => {
  const never = backup({ schedule: '0 2 31 2 *' });
  const { actions } = decide({ backup: never, runs: [run('x', undefined, { isRequest: true })] });
  assert.deepEqual(
    [statusOf(actions).reason, /never fires/.test(statusOf(actions).message ?? '')],
    ['InvalidSpec', true],
  );
});

test('an image that stays unpullable ends the Job after a while, one with a wrong name at once', () => {
  const at = (reason: string, startTime: string) => {
    const of = job('shop-1', { annotations: mark, status: { active: 1, startTime } });
    const pods = new Map([[of, [pod(of, { waiting: { reason } })]]]);
    return decide({ jobs: [of], pods, runs: [run('shop-1', undefined, { jobOf: of })] });
  };
  const early = at('ImagePullBackOff', '2026-02-10T11:59:00Z');
  assert.deepEqual(told(early.actions), ['ApplyRunStatus']);
  assert.equal(statusOf(early.actions).reason, 'ImagePullFailed');
  assert.equal(early.lookAgainAt?.toISOString(), '2026-02-10T12:01:00.000Z');
  for (const [why, late] of [
    ['ImagePullBackOff.', at('ImagePullBackOff', '2026-02-10T11:57:00Z')],
    ['InvalidImageName.', at('InvalidImageName', '2026-02-10T11:59:59Z')],
  ] as const) {
    const patch = late.actions.find((action) => action.type === 'PatchJob')?.patch;
    assert.deepEqual(patch, {
      metadata: {
        annotations: { 'dbbackup.dev/ended-for': 'ImagePullFailed', 'dbbackup.dev/ended-with': why },
      },
      spec: { activeDeadlineSeconds: 1 },
    });
  }
});

test('a Job that makes no pod is PodRefused after a while', () => {
  const at = (startTime: string) => {
    const of = job('shop-1', { annotations: mark, status: { startTime } });
    return decide({ jobs: [of], runs: [run('shop-1', undefined, { jobOf: of })] });
  };
  assert.equal(statusOf(at('2026-02-10T11:59:50Z').actions).reason, undefined);
  assert.equal(at('2026-02-10T11:59:50Z').lookAgainAt?.toISOString(), '2026-02-10T12:00:10.000Z');
  assert.equal(statusOf(at('2026-02-10T11:59:30Z').actions).reason, 'PodRefused');
});

test('records beyond the history go, the oldest of each kind; a mail on its way keeps its record', () => {
  const limited = backup({ runHistoryLimit: { successful: 2, failed: 1 } });
  const record = (name: string, phase: 'Succeeded' | 'Failed', hour: number, pending = false) =>
    run(name, {
      ...{ phase, jobUID: `${name}-uid`, completionTime: `2026-02-10T0${hour}:00:00Z` },
      ...(pending
        ? {
            conditions: [
              {
                type: 'Notified',
                status: 'Unknown' as const,
                reason: 'MailPending',
                message: '',
                lastTransitionTime: '2026-02-10T00:00:00Z',
              },
            ],
          }
        : {}),
    });
  const runs = [
    record('a', 'Succeeded', 1),
    record('d', 'Succeeded', 4),
    record('c', 'Succeeded', 3),
    record('e', 'Failed', 5),
    record('f', 'Failed', 6),
  ];
  const { actions } = decide({ backup: limited, runs });
  assert.deepEqual(
    actions.map((action) => action.type === 'DeleteRun' && action.run.metadata.name),
    ['a', 'e'],
  );
  const notify = job('n', { purpose: 'notify' });
  const pending = decide({
    backup: limited,
    runs: [record('e', 'Failed', 5, true), record('f', 'Failed', 6)],
    jobs: [notify],
  });
  assert.ok(!told(pending.actions).includes('DeleteRun'));
});
