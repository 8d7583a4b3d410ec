import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { BackupStatus } from '../../crds/backupStatus.ts';
import { dailyAfter, decideCheck, type LastCheck } from './checkDecisions.ts';
import type { Backup, Job } from './kinds.ts';
import { backup, job, now, type ObservedFixture, observed, pod, policy, run } from './observedFixture.ts';

const passed: LastCheck = {
  job: 'old',
  time: '2026-02-10T11:59:00Z',
  generation: 1,
  result: 'Passed',
  failures: 0,
};
const decide = (options: ObservedFixture) => decideCheck(observed(options), policy, now);
const withCheck = (lastCheck: LastCheck, more: Partial<BackupStatus> = {}) =>
  backup({}, { lastCheck, ...more });
const ago = (seconds: number) => new Date(now.getTime() - seconds * 1000).toISOString();

test('a new backup is checked at once, a changed one when it stays as it is', () => {
  assert.ok(decide({}).due);
  const changed: Backup = { ...withCheck(passed), metadata: { ...backup().metadata, generation: 2 } };
  const early = decide({ backup: changed, rest: { seenAt: new Date(now.getTime() - 500) } });
  assert.deepEqual([early.due, early.lookAgainAt], [undefined, new Date(now.getTime() + 1500)]);
  assert.ok(decide({ backup: changed, rest: { seenAt: new Date(now.getTime() - 2000) } }).due);
});

test('the same question gives the same Job, another result another one', () => {
  const name = (lastCheck: LastCheck) => decide({ backup: withCheck(lastCheck) }).due?.metadata.name;
  const failed = { ...passed, result: 'Failed' as const, failures: 9, time: ago(700) };
  assert.equal(name(failed), name(failed));
  assert.notEqual(name(failed), name({ ...failed, time: ago(800) }));
  assert.match(name(failed) ?? '', /^shop-check-[0-9a-f]{8}$/);
});

for (const [failures, seconds] of [
  [1, 30],
  [2, 60],
  [3, 120],
  [4, 240],
  [5, 480],
  [6, 600],
  [7, 600],
  [50, 600],
] as const) {
  test(`after ${failures} failed checks the next one comes after ${seconds} s`, () => {
    const at = (since: number) =>
      decide({ backup: withCheck({ ...passed, result: 'Failed', failures, time: ago(since) }) });
    assert.equal(at(seconds - 1).due, undefined);
    assert.equal(at(seconds - 1).lookAgainAt?.getTime(), now.getTime() + 1000);
    assert.ok(at(seconds).due);
  });
}

test('a good check is repeated once a day, at a time of the backup of its own', () => {
  const time = Date.parse(passed.time);
  const next = dailyAfter(time, 'backup-uid');
  assert.equal(dailyAfter(next, 'backup-uid'), next + 86_400_000);
  const many = Array.from({ length: 200 }, (_, i) => dailyAfter(time, `uid-${i}`));
  const [hour, day] = [3_600_000, 86_400_000];
  assert.ok(many.every((at) => at > time + hour && at <= time + hour + day));
  const hours = new Set(many.map((at) => new Date(at).getUTCHours()));
  assert.ok(hours.size > 20, `${hours.size} different hours`);
  assert.equal(decide({ backup: withCheck(passed) }).lookAgainAt?.getTime(), next);
});

test('a new value of check-now asks for a check, once', () => {
  const asking = (value: string, answered?: string): Backup => ({
    ...withCheck({ ...passed, ...(answered === undefined ? {} : { checkNow: answered }) }),
    metadata: { ...backup().metadata, annotations: { 'dbbackup.dev/check-now': value } },
  });
  assert.ok(decide({ backup: asking('1') }).due);
  assert.equal(decide({ backup: asking('1') }).due?.metadata.annotations?.['dbbackup.dev/check-now'], '1');
  assert.ok(decide({ backup: asking('2', '1') }).due);
  assert.equal(decide({ backup: asking('2', '2') }).due, undefined);
  assert.equal(decide({ backup: asking('') }).due, undefined);
});

test('a run that succeeded after a failed check, or failed for good after a good one, asks for a check', () => {
  const failed: LastCheck = { ...passed, result: 'Failed', failures: 1, time: ago(20) };
  assert.ok(decide({ backup: withCheck(failed, { lastSuccessTime: ago(10) }) }).due);
  assert.equal(decide({ backup: withCheck(failed, { lastSuccessTime: ago(600) }) }).due, undefined);
  const ended = (reason: 'TokenExpired' | 'LockTimeout') =>
    run('r', { phase: 'Failed', reason, completionTime: ago(10), jobUID: 'x' });
  assert.ok(decide({ backup: withCheck(passed), runs: [ended('TokenExpired')] }).due);
  assert.equal(decide({ backup: withCheck(passed), runs: [ended('LockTimeout')] }).due, undefined);
});

const check = (end?: 'Complete' | 'Failed', generation = 1, endTime = '2026-02-10T11:59:30Z'): Job =>
  job('shop-check-1', {
    purpose: 'check',
    ...(end ? { end } : {}),
    endTime,
    annotations: { 'dbbackup.dev/generation': String(generation) },
  });
const reportOf = (result: string, probes: object[]) => ({ version: 1, kind: 'CheckReport', result, probes });

test('there is one check at a time, and an invalid spec is not checked', () => {
  assert.equal(decide({ jobs: [check()] }).due, undefined);
  assert.equal(decide({ backup: backup({ schedule: '0 2 31 2 *' }) }).due, undefined);
});

test('a check of an older spec that does not come up gives way to that of the new one', () => {
  const of = check();
  const waiting = { reason: 'ImagePullBackOff', message: 'not found' };
  const pods = new Map([[of, [pod(of, { waiting })]]]);
  const changed: Backup = { ...backup(), metadata: { ...backup().metadata, generation: 2 } };
  assert.equal(decide({ backup: changed, jobs: [of], pods }).outdated, of);
  assert.equal(decide({ jobs: [of], pods }).outdated, undefined);
  const running = new Map([[of, [pod(of)]]]);
  assert.equal(decide({ backup: changed, jobs: [of], pods: running }).outdated, undefined);
});

test('the probe that failed, its reason and the hint are the result', () => {
  const of = check('Failed');
  const probes = [
    { name: 'database', ok: true, message: 'It answers.' },
    {
      name: 'folder',
      ok: false,
      message: 'Folder 1X not found.',
      reason: 'FolderNotFound',
      hint: 'Check the folder ID.',
    },
    { name: 'write', ok: false, notChecked: true, message: 'not checked' },
  ];
  const pods = new Map([[of, [pod(of, { exitCode: 2, report: reportOf('Failed', probes) })]]]);
  const { lastCheck } = decide({ jobs: [of], pods });
  assert.deepEqual(lastCheck, {
    ...{ job: 'shop-check-1', time: '2026-02-10T11:59:30Z', generation: 1, failures: 1, result: 'Failed' },
    ...{ reason: 'FolderNotFound', message: 'folder: Folder 1X not found. Check the folder ID.' },
  });
  const again = decide({
    backup: withCheck({ ...passed, result: 'Failed', failures: 3, time: ago(300) }),
    jobs: [of],
    pods,
  });
  assert.equal(again.lastCheck?.failures, 4);
  assert.equal(
    decide({ backup: withCheck(lastCheck as LastCheck), jobs: [of], pods }).lastCheck?.failures,
    1,
  );
});

test('a check that passed keeps its warnings', () => {
  const of = check('Complete');
  const probes = [{ name: 'room', ok: true, warning: true, message: 'Drive is nearly full.' }];
  const { lastCheck } = decide({
    jobs: [of],
    pods: new Map([[of, [pod(of, { exitCode: 0, report: reportOf('Passed', probes) })]]]),
  });
  assert.deepEqual([lastCheck?.result, lastCheck?.message], ['Passed', 'room: Drive is nearly full.']);
});

for (const [what, pods, reason] of [
  ['without a pod', [], 'PodRefused'],
  [
    'whose pod was killed for memory',
    [pod(check('Failed'), { exitCode: 137, terminationReason: 'OOMKilled' })],
    'OutOfMemory',
  ],
  [
    'whose image could not be pulled',
    [pod(check('Failed'), { waiting: { reason: 'ImagePullBackOff' } })],
    'ImagePullFailed',
  ],
  ['whose pod left no report', [pod(check('Failed'), { exitCode: 1 })], 'ReportMissing'],
] as const) {
  test(`a check ${what} is ${reason}`, () => {
    const of = check('Failed');
    assert.equal(decide({ jobs: [of], pods: new Map([[of, pods]]) }).lastCheck?.reason, reason);
  });
}

test('a complete check without a report of success has not passed', () => {
  const of = check('Complete');
  assert.equal(
    decide({ jobs: [of], pods: new Map([[of, [pod(of, { exitCode: 0 })]]]) }).lastCheck?.result,
    'Failed',
  );
});

test('the result for an older spec does not count, and why a check does not start is known at once', () => {
  const newer: Backup = {
    ...withCheck({ ...passed, generation: 2 }),
    metadata: { ...backup().metadata, generation: 2 },
  };
  assert.equal(decide({ backup: newer, jobs: [check('Complete', 1)] }).lastCheck?.generation, 2);
  const of = check();
  const stuck = decide({
    jobs: [of],
    pods: new Map([[of, [pod(of, { waiting: { reason: 'ErrImagePull' } })]]]),
  });
  assert.equal(stuck.waiting?.reason, 'ImagePullFailed');
});
