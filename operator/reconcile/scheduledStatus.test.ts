import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { BackupStatus } from '../../crds/backupStatus.ts';
import { backupKind } from './backupKind.ts';
import { dailyAfter, decideCheck } from './checkDecisions.ts';
import { conditionOf } from './conditions.ts';
import type { Backup } from './kinds.ts';
import {
  appliedCronJob,
  backup,
  job,
  now,
  type ObservedFixture,
  observed,
  policy,
  run,
} from './observedFixture.ts';
import { decideStatus } from './scheduledStatus.ts';

const passed = {
  job: 'c',
  time: '2026-02-10T11:00:00Z',
  generation: 1,
  result: 'Passed' as const,
  failures: 0,
};
const ready: BackupStatus = {
  lastCheck: passed,
  lastScheduleTime: '2026-02-10T02:00:00Z',
  lastSuccessTime: '2026-02-10T02:10:00Z',
};

function decide(options: ObservedFixture, at = now, isForeign = false) {
  const seen = observed(options);
  const { actions, lookAgainAt } = decideStatus(
    seen,
    { check: decideCheck(seen, policy, at), more: backupKind.more?.(seen, policy, !isForeign, at) },
    isForeign,
    policy,
    at,
  );
  const written = actions.find((action) => action.type === 'ApplyStatus');
  const jobs = actions.flatMap((action) => (action.type === 'CreateJob' ? [action.job.metadata.name] : []));
  const events = written?.events.map(({ reason }) => reason) ?? [];
  return {
    status: (written?.object as Backup | undefined)?.status,
    lookAgainAt,
    jobs,
    events,
    types: actions.map(({ type }) => type),
  };
}
const condition = (status: BackupStatus | undefined, type: string) => {
  const found = conditionOf(status?.conditions, type);
  return found && [found.status, found.reason];
};

const of = backup({}, ready);
const cron = appliedCronJob(of, '2026-02-10T02:00:00Z');

test('a status tells of the schedule, the last run and the check, and is written once', () => {
  const last = run('shop-1', {
    phase: 'Succeeded',
    jobUID: 'x',
    rows: 3,
    size: '1 MiB',
    completionTime: '2026-02-10T02:10:00Z',
    consecutiveFailures: 0,
  });
  const { status, lookAgainAt, events } = decide({ backup: of, cronJob: cron, runs: [last] });
  assert.deepEqual(
    status?.conditions?.map(({ type, status: is, reason }) => [type, is, reason]),
    [
      ['Ready', 'True', 'CheckPassed'],
      ['LastRunSucceeded', 'True', 'RunSucceeded'],
      ['Stale', 'False', 'SuccessIsRecent'],
      ['ScheduleMissed', 'False', 'OnTime'],
    ],
  );
  assert.deepEqual(
    [status?.nextScheduleTime, status?.lastRun?.name, status?.consecutiveFailures],
    ['2026-02-11 02:00 +00:00', 'shop-1', 0],
  );
  assert.equal(status?.lastRun && 'jobUID' in status.lastRun, false);
  assert.deepEqual(events, ['CheckPassed']);
  // The daily check comes before the next run.
  assert.equal(lookAgainAt?.getTime(), dailyAfter(Date.parse(passed.time), 'backup-uid'));
  const again = decide({ backup: backup({}, status), cronJob: cron, runs: [last] });
  assert.deepEqual(again.types, []);
});

test('lastTransitionTime changes with the status of a condition alone', () => {
  const { status } = decide({ backup: of, cronJob: cron });
  const later = new Date('2026-02-10T13:00:00Z');
  const failed = {
    ...passed,
    result: 'Failed' as const,
    reason: 'TokenExpired' as const,
    message: 'x',
    failures: 1,
    time: '2026-02-10T12:59:50Z',
  };
  const next = decide({ backup: backup({}, { ...status, lastCheck: failed }), cronJob: cron }, later).status;
  assert.equal(conditionOf(next?.conditions, 'Ready')?.lastTransitionTime, '2026-02-10T13:00:00Z');
  assert.equal(conditionOf(next?.conditions, 'Stale')?.lastTransitionTime, '2026-02-10T12:00:00Z');
});

for (const [what, options, expected] of [
  ['before its first check', { backup: backup() }, ['Unknown', 'CheckPending']],
  [
    'with a spec that was not checked yet',
    { backup: { ...of, metadata: { ...of.metadata, generation: 2 } } },
    ['Unknown', 'CheckPending'],
  ],
  [
    'with a schedule that never fires',
    { backup: backup({ schedule: '0 2 31 2 *' }, ready) },
    ['False', 'InvalidSpec'],
  ],
  [
    'with a schedule that the CronJob controller cannot read',
    { backup: backup({ schedule: '0 2 * * 9' }, ready) },
    ['False', 'InvalidSpec'],
  ],
  [
    'with a refused CronJob',
    { backup: of, rest: { refusal: { reason: 'InvalidSpec', message: 'x', at: now } } },
    ['False', 'InvalidSpec'],
  ],
  [
    'with a failed check',
    {
      backup: backup(
        {},
        { ...ready, lastCheck: { ...passed, result: 'Failed', reason: 'FolderNotFound', failures: 1 } },
      ),
    },
    ['False', 'FolderNotFound'],
  ],
] as const) {
  test(`a backup ${what} is Ready ${expected.join(' ')}`, () => {
    assert.deepEqual(condition(decide(options as ObservedFixture).status, 'Ready'), expected);
  });
}

test('a CronJob of somebody else is NameTaken', () => {
  assert.deepEqual(condition(decide({ backup: of }, now, true).status, 'Ready'), ['False', 'NameTaken']);
});

test('a schedule in a skipped hour is a warning with its date', () => {
  const berlin = backup({ schedule: '30 2 * * *', timeZone: 'Europe/Berlin' }, { lastCheck: passed });
  const { status } = decide({ backup: berlin });
  assert.match(conditionOf(status?.conditions, 'Ready')?.message ?? '', /No run at 2026-03-29 02:30/);
});

test('two scheduled times in a row without a success and the timeout make it stale, with one mail', () => {
  const old = { ...ready, lastSuccessTime: '2026-02-08T02:10:00Z', lastScheduleTime: '2026-02-10T02:00:00Z' };
  const at = (time: string, status: BackupStatus = old) =>
    decide({ backup: backup({}, status), cronJob: cron }, new Date(time));
  const before = at('2026-02-10T02:59:59Z');
  assert.deepEqual(condition(before.status, 'Stale'), ['False', 'SuccessIsRecent']);
  assert.equal(before.lookAgainAt?.toISOString(), '2026-02-10T03:00:00.000Z');
  const turned = at('2026-02-10T03:00:00Z');
  assert.deepEqual(condition(turned.status, 'Stale'), ['True', 'NoRecentSuccess']);
  assert.deepEqual([turned.jobs.length, turned.types.at(0)], [1, 'CreateJob']);
  assert.ok(turned.events.includes('NoRecentSuccess'));
  assert.deepEqual(at('2026-02-10T03:00:05Z').jobs, turned.jobs);
  assert.deepEqual(at('2026-02-10T04:00:00Z', turned.status).jobs, []);
  const recovered = at('2026-02-10T05:00:00Z', { ...turned.status, lastSuccessTime: '2026-02-10T04:30:00Z' });
  assert.deepEqual([condition(recovered.status, 'Stale')?.[0], recovered.jobs.length], ['False', 0]);
});

test('a suspended schedule is neither stale nor missed', () => {
  const suspended = backup({ suspend: true }, { lastCheck: passed });
  const { status } = decide({ backup: suspended });
  assert.deepEqual(
    [condition(status, 'Stale'), condition(status, 'ScheduleMissed')],
    [
      ['False', 'NotScheduled'],
      ['False', 'NotScheduled'],
    ],
  );
  assert.equal(status?.nextScheduleTime, undefined);
});

test('a scheduled time that passes without a Job is missed, told once, and over with the next run', () => {
  const before = {
    ...ready,
    lastScheduleTime: '2026-02-09T02:00:00Z',
    lastSuccessTime: '2026-02-09T02:10:00Z',
  };
  const late = appliedCronJob(of, '2026-02-09T02:00:00Z');
  const at = (time: string, status: BackupStatus, cronJob = late) =>
    decide({ backup: backup({}, status), cronJob }, new Date(time));
  // Half of a day is the default startingDeadlineSeconds of a daily schedule.
  assert.deepEqual(condition(at('2026-02-10T14:00:30Z', before).status, 'ScheduleMissed'), [
    'False',
    'OnTime',
  ]);
  const missed = at('2026-02-10T14:01:00Z', before);
  assert.deepEqual(condition(missed.status, 'ScheduleMissed'), ['True', 'ScheduleMissed']);
  assert.match(
    conditionOf(missed.status?.conditions, 'ScheduleMissed')?.message ?? '',
    /The run of 2026-02-10T02:00:00Z did not start/,
  );
  assert.deepEqual([missed.jobs.length, missed.events.includes('ScheduleMissed')], [1, true]);
  const still = at('2026-02-10T15:00:00Z', missed.status as BackupStatus);
  assert.deepEqual(still.types, []);
  const next = at(
    '2026-02-11T02:00:10Z',
    missed.status as BackupStatus,
    appliedCronJob(of, '2026-02-11T02:00:00Z'),
  );
  assert.deepEqual([condition(next.status, 'ScheduleMissed')?.[0], next.jobs.length], ['False', 0]);
});

test('times that the CronJob controller skipped are missed, those that ran while nobody looked are not', () => {
  const before = { ...ready, lastScheduleTime: '2026-02-07T02:00:00Z' };
  const minute = (time: string) => `shop-${Date.parse(time) / 60_000}`;
  const ran = ['2026-02-08T02:00:00Z', '2026-02-10T02:00:00Z'].map((time) =>
    job(minute(time), { end: 'Complete', ttl: 1 }),
  );
  const { status } = decide({ backup: backup({}, before), cronJob: cron, jobs: ran });
  assert.deepEqual(condition(status, 'ScheduleMissed'), ['True', 'ScheduleMissed']);
  assert.equal(status?.missedUntil, '2026-02-09T02:00:00Z');
  const complete = decide({
    backup: backup({}, before),
    cronJob: cron,
    jobs: [...ran, job(minute('2026-02-09T02:00:00Z'), { end: 'Failed', ttl: 1 })],
  });
  assert.deepEqual(condition(complete.status, 'ScheduleMissed'), ['False', 'OnTime']);
});

test('the last success and the count of failures outlive their records', () => {
  const before = { ...ready, lastSuccessTime: '2026-02-09T02:10:00Z', consecutiveFailures: 4 };
  const { status } = decide({ backup: backup({}, before), cronJob: cron });
  assert.deepEqual([status?.lastSuccessTime, status?.consecutiveFailures], ['2026-02-09T02:10:00Z', 4]);
});
