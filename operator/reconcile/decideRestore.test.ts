import assert from 'node:assert/strict';
import { test } from 'node:test';
import { restoreOrder } from '../../crds/databaseRestore.ts';
import { reasonFacts } from '../../crds/failureReason.ts';
import type { RestoreStatus } from '../../crds/restoreStatus.ts';
import { conditionOf } from './conditions.ts';
import { decideRestore } from './decideRestore.ts';
import { annotations, type Job, type Restore } from './kinds.ts';
import type { Action } from './observed.ts';
import { backup, now, type PodFixture, pod, policy } from './observedFixture.ts';
import {
  jobOfRestore,
  type ObservedRestoreFixture,
  observedRestore,
  restore,
  restoreReport,
} from './observedRestoreFixture.ts';

const decide = (options: ObservedRestoreFixture, at = now) =>
  decideRestore(observedRestore(options), policy, at);
const types = (actions: readonly Action[]) => actions.map(({ type }) => type);
const soon = new Date('2026-02-10T10:00:05Z');

/** The one write of a plan, a status. */
function statusOf({ actions }: { readonly actions: readonly Action[] }): RestoreStatus {
  const [action, ...others] = actions;
  assert.equal(others.length, 0, JSON.stringify(types(actions)));
  assert.equal(action?.type, 'ApplyStatus');
  return (action.object as Restore).status ?? {};
}

/** The Job that a plan makes. */
function jobOf({ actions }: { readonly actions: readonly Action[] }): Job {
  const [action, ...others] = actions;
  assert.equal(others.length, 0, JSON.stringify(types(actions)));
  assert.equal(action?.type, 'CreateJob');
  return action.job;
}

interface PodSpec {
  readonly nodeSelector?: Record<string, string>;
  readonly containers: [
    { args: string[]; env: { name: string; value: string }[]; volumeMounts: { mountPath: string }[] },
  ];
}

const podOf = ({ spec }: Job) => (spec.template as { spec: PodSpec }).spec;
function orderOf(job: Job) {
  const { env } = podOf(job).containers[0];
  return restoreOrder.parse(JSON.parse(env.find(({ name }) => name === 'DBBACKUP_RESOURCE')?.value ?? ''));
}

test('a restore gets one Job, of its name, that goes with it', () => {
  const job = jobOf(decide({}));
  assert.equal(job.metadata.name, 'back');
  assert.deepEqual(job.metadata.labels, {
    'dbbackup.dev/restore': 'back',
    'dbbackup.dev/purpose': 'restore',
    'app.kubernetes.io/managed-by': 'database-backup-operator',
  });
  const [owner] = job.metadata.ownerReferences ?? [];
  assert.deepEqual([owner?.kind, owner?.uid, owner?.controller], ['DatabaseRestore', 'back-uid', undefined]);
  assert.equal(job.spec.backoffLimit, 2);
  assert.deepEqual(podOf(job).containers[0].args, ['runner', 'restore']);
});

test('the runner gets the restore and of its backup only what it needs', () => {
  const of = backup({ runner: { nodeSelector: { disk: 'fast' } }, schedule: '0 3 * * *' });
  const job = jobOf(decide({ backup: of }));
  const { spec, backup: given, metadata } = orderOf(job);
  assert.deepEqual([metadata.uid, spec.set, spec.retries], ['back-uid', 'latest', 2]);
  assert.deepEqual(given?.metadata, { name: 'shop', namespace: 'team', uid: 'backup-uid' });
  assert.deepEqual(Object.keys(given?.spec ?? {}).sort(), ['database', 'destination']);
  // Its pod is like those of the backup, where it says nothing else.
  assert.deepEqual(podOf(job).nodeSelector, { disk: 'fast' });
  const own = restore({ runner: { nodeSelector: { disk: 'slow' } } });
  assert.deepEqual(podOf(jobOf(decide({ restore: own, backup: of }))).nodeSelector, { disk: 'slow' });
});

test('Secrets are those of the target and the token of the folder, no others', () => {
  const mounts = (options: ObservedRestoreFixture) =>
    podOf(jobOf(decide(options))).containers[0].volumeMounts.map(({ mountPath }) => mountPath);
  const secrets = '/var/run/secrets/dbbackup.dev';
  assert.deepEqual(mounts({}), ['/tmp', `${secrets}/copy-db`, `${secrets}/drive`]);
  const { backupName, ...spec } = restore().spec;
  const source = { directory: { path: '/sets', claimName: 'sets' } };
  assert.deepEqual(mounts({ restore: { ...restore(), spec: { ...spec, source } }, backup: 'none' }), [
    '/tmp',
    `${secrets}/copy-db`,
    '/sets',
  ]);
});

test('a backup that is not there is waited for, then the restore has failed for good', () => {
  const waiting = decide({ backup: 'none' }, soon);
  const status = statusOf(waiting);
  assert.equal(status.phase, 'Pending');
  assert.match(status.message ?? '', /no DatabaseBackup shop in namespace team/);
  assert.equal(waiting.lookAgainAt?.toISOString(), '2026-02-10T10:00:30.000Z');
  const again = decide({ backup: 'none', restore: restore({}, status) }, soon);
  assert.deepEqual(again.actions, []);
  const over = statusOf(decide({ backup: 'none', restore: restore({}, status) }));
  assert.deepEqual([over.phase, over.reason], ['Failed', 'BackupNotFound']);
  assert.deepEqual(decide({ restore: restore({}, over) }).actions, []);
});

test('a spec that the schema let through ends it, and so does a backup that tells no folder', () => {
  const wrong = statusOf(decide({ restore: restore({ set: '' }) }));
  assert.deepEqual([wrong.phase, wrong.reason], ['Failed', 'InvalidSpec']);
  const bare = backup({ destination: {} });
  const { reason, message } = statusOf(decide({ backup: bare }));
  assert.equal(reason, 'InvalidSpec');
  assert.match(message ?? '', /^DatabaseBackup shop: spec\.destination/);
});

test('the Job of an earlier restore of the name is waited for, and makes no second one', () => {
  const [owner] = jobOfRestore().metadata.ownerReferences ?? [];
  assert.ok(owner);
  const made = jobOfRestore();
  const earlier = {
    ...made,
    metadata: { ...made.metadata, ownerReferences: [{ ...owner, uid: 'old-uid' }] },
  };
  const status = statusOf(decide({ job: earlier }));
  assert.deepEqual([status.phase, status.jobUID], ['Pending', undefined]);
  assert.match(status.message ?? '', /an earlier restore back is gone/);
  assert.equal(jobOf(decide({ restore: restore({}, status) })).metadata.name, 'back');
});

test('a Job that runs says so, and the next look changes nothing', () => {
  const job = jobOfRestore();
  const pods = [pod(job)];
  const status = statusOf(decide({ job, pods }));
  assert.deepEqual([status.phase, status.jobUID], ['Running', 'back-uid']);
  assert.equal(conditionOf(status.conditions, 'Ready')?.status, 'Unknown');
  assert.deepEqual(decide({ job, pods, restore: restore({}, status) }).actions, []);
});

test('a success tells rows, target and duration, and is Ready; then the Job may go', () => {
  const job = jobOfRestore({ end: 'Complete' });
  const report = restoreReport({ dropped: ['2 tables: public.a, public.b'], notes: ['a note'] });
  const pods = [pod(job, { exitCode: 0, report })];
  const status = statusOf(decide({ job, pods }));
  assert.deepEqual(
    [status.phase, status.rows, status.tables, status.target, status.set, status.duration],
    ['Succeeded', 300_123, 3, 'copy:5432/shop', 'backup_20260210_020000', '59m59s'],
  );
  assert.deepEqual([status.dropped, status.notes], [report.dropped, report.notes]);
  const ready = conditionOf(status.conditions, 'Ready');
  assert.deepEqual([ready?.status, ready?.reason], ['True', 'RestoreSucceeded']);
  const [last, ...others] = decide({ job, pods, restore: restore({}, status) }).actions;
  assert.equal(others.length, 0);
  assert.equal(last?.type, 'PatchJob');
  assert.deepEqual(last.patch, { spec: { ttlSecondsAfterFinished: 3600 } });
});

test('a success without a report is none', () => {
  const job = jobOfRestore({ end: 'Complete' });
  const { phase, reason, rows } = statusOf(decide({ job, pods: [pod(job, { exitCode: 0 })] }));
  assert.deepEqual([phase, reason, rows], ['Failed', 'ReportMissing', undefined]);
});

const endings: [title: string, job: Job, podOptions: PodFixture | undefined, reason: string][] = [
  [
    'its own report',
    jobOfRestore({ end: 'Failed', reason: 'PodFailurePolicy' }),
    { exitCode: 2, report: restoreReport({ result: 'Failed', reason: 'TargetNotEmpty', message: 'Full.' }) },
    'TargetNotEmpty',
  ],
  [
    'too little memory',
    jobOfRestore({ end: 'Failed', reason: 'BackoffLimitExceeded' }),
    { exitCode: 137, terminationReason: 'OOMKilled' },
    'OutOfMemory',
  ],
  [
    'the deadline of the Job',
    jobOfRestore({ end: 'Failed', reason: 'DeadlineExceeded' }),
    undefined,
    'DeadlineExceeded',
  ],
  [
    'a pod that is gone',
    jobOfRestore({ end: 'Failed', reason: 'BackoffLimitExceeded' }),
    undefined,
    'PodDeleted',
  ],
];
for (const [title, job, podOptions, reason] of endings) {
  test(`the end by ${title} is ${reason}, with what to do`, () => {
    const pods = podOptions ? [pod(job, podOptions)] : [];
    const status = statusOf(decide({ job, pods }));
    assert.deepEqual([status.phase, status.reason, status.rows], ['Failed', reason, undefined]);
    assert.equal(status.hint, reasonFacts(reason as 'OutOfMemory').hint);
    const ready = conditionOf(status.conditions, 'Ready');
    assert.deepEqual([ready?.status, ready?.reason], ['False', reason]);
  });
}

test('a target that an attempt before may have filled is told as that', () => {
  const job = jobOfRestore({ end: 'Failed', status: { failed: 2 } });
  const report = restoreReport({ result: 'Failed', reason: 'TargetNotEmpty', message: 'It holds table a.' });
  const { message } = statusOf(decide({ job, pods: [pod(job, { exitCode: 2, report })] }));
  assert.match(message ?? '', /^It holds table a\. It may be an earlier attempt that filled it/);
});

test('a Job that is gone, or on its way out, ends it for good and makes no second one', () => {
  const running = statusOf(decide({ job: jobOfRestore(), pods: [] }));
  const gone = statusOf(decide({ restore: restore({}, running) }));
  assert.deepEqual([gone.phase, gone.reason, gone.jobUID], ['Failed', 'JobDeleted', 'back-uid']);
  assert.deepEqual(decide({ restore: restore({}, gone) }).actions, []);
  const made = jobOfRestore();
  const leaving = { ...made, metadata: { ...made.metadata, deletionTimestamp: '2026-02-10T10:10:00Z' } };
  const left = statusOf(decide({ restore: restore({}, running), job: leaving }));
  assert.equal(left.reason, 'JobDeleted');
  assert.deepEqual(decide({ restore: restore({}, left), job: leaving }).actions, []);
});

test('a Job that goes on though its record is final is cancelled', () => {
  const final = restore({}, { phase: 'Failed', reason: 'JobDeleted' });
  assert.deepEqual(types(decide({ restore: final, job: jobOfRestore() }).actions), ['DeleteJob']);
});

test('a pod that cannot come up ends after its time, and says why', () => {
  const job = jobOfRestore();
  const pods = [pod(job, { waiting: { reason: 'ImagePullBackOff', message: 'no such image' } })];
  const waiting = decide({ job, pods }, soon);
  assert.equal(statusOf(waiting).reason, 'ImagePullFailed');
  assert.equal(waiting.lookAgainAt?.toISOString(), '2026-02-10T10:02:01.000Z');
  const late = decide({ job, pods, restore: restore({}, statusOf(waiting)) });
  const [patch] = late.actions;
  assert.equal(patch?.type, 'PatchJob');
  assert.deepEqual(patch.patch, {
    metadata: {
      annotations: {
        [annotations.endedFor]: 'ImagePullFailed',
        [annotations.endedWith]: 'ImagePullBackOff: no such image.',
      },
    },
    spec: { activeDeadlineSeconds: 1 },
  });
});

test('a restore that is being deleted is left alone', () => {
  const of = restore();
  const leaving = { ...of, metadata: { ...of.metadata, deletionTimestamp: '2026-02-10T10:10:00Z' } };
  for (const job of [undefined, jobOfRestore()]) {
    assert.deepEqual(decide({ restore: leaving, ...(job && { job }) }).actions, []);
  }
});
