import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { BackupSpecInput } from '../../crds/backupSpec.ts';
import type { BackupStatus } from '../../crds/backupStatus.ts';
import { decideCheck } from './checkDecisions.ts';
import { decide } from './decide.ts';
import { decideDrill } from './drillDecisions.ts';
import type { LastDrill } from './drillResult.ts';
import { annotations, type Backup, type Job } from './kinds.ts';
import {
  backup,
  drillReport,
  job,
  now,
  type ObservedFixture,
  observed,
  pod,
  policy,
} from './observedFixture.ts';

const at = (text: string) => new Date(`2026-02-${text}Z`);
/** Sundays at five; 2026-02-08 is one, and now is the Tuesday after it. */
const drill = { schedule: '0 5 * * 0', ephemeral: {} };
const schedule = { schedule: '0 5 * * 0 UTC', since: '2026-02-01T00:00:00Z', next: '2026-02-15T05:00:00Z' };
const past = { ...schedule, next: '2026-02-08T05:00:00Z' };
const good: BackupStatus = { lastSuccessTime: '2026-02-10T02:10:00Z', drillSchedule: schedule };
const passed: LastDrill = {
  ...{ job: 'old', time: '2026-02-08T05:10:00Z', result: 'Succeeded' },
  ...{ set: 'backup_20260208_020000', rows: 7, recoverySeconds: 192.4, recoveryTime: '3m12s' },
  scheduleTime: '2026-02-08T05:00:00Z',
};

function shop(status: BackupStatus = good, spec: Partial<BackupSpecInput> = {}): Backup {
  return backup({ drill, ...spec }, status);
}
const look = (of: Backup, more: ObservedFixture = {}, time = now) =>
  decideDrill(observed({ backup: of, ...more }), policy, time);
const drilled = (end: 'Complete' | 'Failed' | undefined, more: Record<string, string> = {}) =>
  job('shop-drill-1', {
    purpose: 'drill',
    endTime: '2026-02-10T11:00:00Z',
    ...(end === undefined ? {} : { end }),
    annotations: { [annotations.drillTime]: past.next, ...more },
  });
const ended = (of: Job, report?: object, exitCode = 0) => ({
  jobs: [of],
  pods: new Map([[of, [pod(of, { exitCode, ...(report === undefined ? {} : { report }) })]]]),
});

test('without spec.drill nothing is said of drills, whatever the status had', () => {
  const state = look(backup({}, { ...good, lastDrill: passed }));
  assert.deepEqual(
    [state.due, state.verdict, state.last, state.schedule, state.lookAgainAt],
    [undefined, undefined, undefined, undefined, undefined],
  );
});

test('a new schedule begins with its next time, and says when to look again', () => {
  const state = look(shop({ lastSuccessTime: '2026-02-10T02:10:00Z' }));
  assert.deepEqual(state.schedule, { ...schedule, since: '2026-02-10T12:00:00Z' });
  assert.equal(state.due, undefined);
  assert.equal(state.lookAgainAt?.getTime(), at('15T05:00:00').getTime());
  assert.deepEqual([state.verdict?.status, state.verdict?.reason], ['Unknown', 'NoDrillYet']);
});

test('when its time has come there is one Job, with a name that another look gives again', () => {
  assert.equal(look(shop(), {}, at('15T04:59:59')).due, undefined);
  const { due } = look(shop(), {}, at('15T05:00:00'));
  assert.match(due?.metadata.name ?? '', /^shop-drill-[0-9a-f]{8}$/);
  assert.equal(look(shop(), {}, at('15T05:00:30')).due?.metadata.name, due?.metadata.name);
  assert.equal(due?.metadata.annotations?.[annotations.drillTime], schedule.next);
  assert.equal(due?.metadata.labels?.['dbbackup.dev/purpose'], 'drill');
  assert.equal(due?.spec.ttlSecondsAfterFinished, 86_400);
});

test('a time that passed while the operator was away is made up for, once', () => {
  const away = shop({ ...good, drillSchedule: { ...past, next: '2026-01-18T05:00:00Z' } });
  assert.equal(look(away).due?.metadata.annotations?.[annotations.drillTime], '2026-01-18T05:00:00Z');
  const job = drilled(undefined, { [annotations.drillTime]: '2026-01-18T05:00:00Z' });
  const going = look(away, { jobs: [job] });
  assert.deepEqual([going.due, going.schedule?.next], [undefined, schedule.next]);
});

test('a crash before the status knows of the Job makes no second one', () => {
  const of = shop({ ...good, drillSchedule: past });
  assert.ok(look(of).due);
  assert.equal(look(of, { jobs: [drilled(undefined)] }).due, undefined);
  const after = look(of, ended(drilled('Complete'), drillReport()));
  assert.deepEqual([after.due, after.schedule?.next], [undefined, schedule.next]);
});

test('before the first success, suspended, or with another schedule no time is due', () => {
  const overdue = { ...good, drillSchedule: past };
  assert.ok(look(shop(overdue)).due);
  assert.equal(look(shop({ drillSchedule: past })).due, undefined);
  const suspended = look(shop(overdue, { suspend: true }));
  assert.deepEqual([suspended.due, suspended.schedule], [undefined, undefined]);
  const changed = look(shop(overdue, { drill: { ...drill, schedule: '0 6 * * 0' } }));
  assert.deepEqual([changed.due, changed.schedule?.next], [undefined, '2026-02-15T06:00:00Z']);
  assert.equal(look(shop(overdue, { timeZone: 'Europe/Moscow' })).due, undefined);
  assert.equal(look(shop(good, { drill: { ephemeral: {} } })).schedule, undefined);
});

test('@every counts from the time before', () => {
  const every = { ...drill, schedule: '@every 48h' };
  const known = { schedule: '@every 48h UTC', since: '2026-02-01T01:00:00Z', next: '2026-02-09T01:00:00Z' };
  const of = shop({ ...good, drillSchedule: known }, { drill: every });
  assert.ok(look(of).due);
  const job = drilled('Complete', { [annotations.drillTime]: known.next });
  assert.equal(look(of, ended(job, drillReport())).schedule?.next, '2026-02-11T01:00:00Z');
});

test('a new value of drill-now asks for a drill, once, schedule or not', () => {
  const asking = (value: string, status: BackupStatus, spec = {}): Backup => {
    const of = shop(status, spec);
    return { ...of, metadata: { ...of.metadata, annotations: { [annotations.drillNow]: value } } };
  };
  const { due } = look(asking('1', {}, { drill: { ephemeral: {} }, suspend: true }));
  assert.equal(due?.metadata.annotations?.[annotations.drillNow], '1');
  const answered = { ...good, lastDrill: { ...passed, drillNow: '1' } };
  assert.equal(look(asking('1', answered)).due, undefined);
  assert.ok(look(asking('2', answered)).due);
  assert.equal(look(asking('', answered)).due, undefined);
  assert.equal(look(asking('2', answered), { jobs: [drilled(undefined)] }).due, undefined);
});

test('a drill that succeeded is recorded with its recovery time, told once, and is no mail', () => {
  const of = shop({ ...good, drillSchedule: past });
  const state = look(of, ended(drilled('Complete'), drillReport()));
  assert.deepEqual(state.last, {
    ...{ job: 'shop-drill-1', time: '2026-02-10T11:00:00Z', result: 'Succeeded' },
    ...{ set: 'backup_20260210_100003', tables: 3, rows: 7, comparedTables: 3 },
    ...{ recoverySeconds: 192.4, recoveryTime: '3m12s', scheduleTime: past.next },
  });
  assert.equal(state.lastSuccessTime, '2026-02-10T11:00:00Z');
  assert.deepEqual([state.verdict?.status, state.verdict?.reason], ['True', 'DrillSucceeded']);
  assert.match(state.verdict?.message ?? '', /^backup_20260210_100003 can be restored: 7 rows in 3m12s\.$/);
  assert.deepEqual(
    [state.told.actions.length, state.told.events.map(({ type, reason }) => `${type} ${reason}`)],
    [0, ['Normal DrillSucceeded']],
  );
  const again = look(shop({ ...good, lastDrill: state.last }), ended(drilled('Complete'), drillReport()));
  assert.deepEqual([again.last, again.told.events], [state.last, []]);
});

test('a drill that failed says why, is told by an event and one mail, and keeps the last success', () => {
  const failed = drillReport({
    result: 'Failed',
    reason: 'AssertionFailed',
    message: 'Of 2 assertions one does not hold: newest.',
  });
  const status = { ...good, lastDrill: passed, lastDrillSuccessTime: passed.time };
  const state = look(shop(status), ended(drilled('Failed'), failed, 2));
  const { result, reason, recoverySeconds } = state.last ?? {};
  assert.deepEqual([result, reason, recoverySeconds], ['Failed', 'AssertionFailed', undefined]);
  assert.equal(state.lastSuccessTime, passed.time);
  assert.deepEqual([state.verdict?.status, state.verdict?.reason], ['False', 'AssertionFailed']);
  assert.deepEqual(
    state.told.events.map(({ type, reason: why }) => `${type} ${why}`),
    ['Warning AssertionFailed'],
  );
  const [mail] = state.told.actions;
  assert.ok(mail?.type === 'CreateJob');
  const same = look(shop(status), ended(drilled('Failed'), failed, 2)).told.actions[0];
  assert.equal(same?.type === 'CreateJob' && same.job.metadata.name, mail.job.metadata.name);
  const silent = { email: { to: ['a@example.com'], smtp: { host: 'relay' }, when: 'Never' as const } };
  assert.equal(
    look(shop(status, { notification: silent }), ended(drilled('Failed'), failed, 2)).told.actions.length,
    0,
  );
});

test('a Job without a report is a failure, by what its pod tells', () => {
  const gone = look(shop(), { jobs: [drilled('Failed')] });
  assert.deepEqual([gone.last?.result, gone.last?.reason], ['Failed', 'PodDeleted']);
  const silent = look(shop(), ended(drilled('Complete')));
  assert.deepEqual([silent.last?.result, silent.last?.reason], ['Failed', 'ReportMissing']);
  const killed = drilled('Failed');
  const memory = look(shop(), {
    jobs: [killed],
    pods: new Map([[killed, [pod(killed, { exitCode: 137, terminationReason: 'OOMKilled' })]]]),
  });
  assert.equal(memory.last?.reason, 'OutOfMemory');
});

test('a drill whose Job was deleted has failed, and is not begun anew', () => {
  const active = { job: 'shop-drill-1', scheduleTime: past.next };
  const of = shop({ ...good, drillSchedule: past });
  const going = look(of, { jobs: [drilled(undefined)] });
  assert.deepEqual(going.active, active);
  const gone = look(shop({ ...good, drillSchedule: past, activeDrill: active }));
  assert.deepEqual(
    [gone.last?.job, gone.last?.result, gone.last?.reason],
    ['shop-drill-1', 'Failed', 'JobDeleted'],
  );
  assert.deepEqual([gone.due, gone.active, gone.schedule?.next], [undefined, undefined, schedule.next]);
  const recorded = look(
    shop({ ...good, activeDrill: active, lastDrill: { ...passed, job: 'shop-drill-1' } }),
  );
  assert.equal(recorded.last?.result, 'Succeeded');
});

test('an image of the PostgreSQL beside the runner that cannot be pulled ends the drill', () => {
  const going = drilled(undefined);
  const started = pod(going, { waiting: { reason: 'PodInitializing' } });
  const waiting = { reason: 'ImagePullBackOff', message: 'Back-off pulling image "postgres:99"' };
  const stuck = {
    ...started,
    status: { ...started.status, initContainerStatuses: [{ name: 'postgres', state: { waiting } }] },
  };
  const state = look(shop(), { jobs: [going], pods: new Map([[going, [stuck]]]) });
  const [action] = state.ended;
  assert.ok(action?.type === 'PatchJob');
  const message = 'ImagePullBackOff: Back-off pulling image "postgres:99".';
  const marks = { [annotations.endedFor]: 'ImagePullFailed', [annotations.endedWith]: message };
  assert.deepEqual(action.patch, { metadata: { annotations: marks }, spec: { activeDeadlineSeconds: 1 } });
  // By then its pod is gone.
  const { last } = look(shop(), { jobs: [drilled('Failed', marks)] });
  assert.deepEqual([last?.reason, last?.message], ['ImagePullFailed', message]);
});

test('the last good drill is overdue after two scheduled times, or after maxAgeDays', () => {
  const old = { ...good, lastDrill: passed, lastDrillSuccessTime: passed.time };
  const verdict = (time: Date, spec: Partial<BackupSpecInput> = {}) => {
    const state = look(shop(old, spec), {}, time);
    return `${state.verdict?.status} ${state.verdict?.reason}`;
  };
  // Of the 15th and the 22nd neither came; the second may take an hour.
  assert.equal(verdict(at('22T05:59:59')), 'True DrillSucceeded');
  assert.equal(verdict(at('22T06:00:00')), 'False DrillOverdue');
  const maxAge = { drill: { ...drill, maxAgeDays: 3 } };
  assert.equal(verdict(at('11T05:09:59'), maxAge), 'True DrillSucceeded');
  assert.equal(verdict(at('11T05:10:00'), maxAge), 'False DrillOverdue');
  const never = look(shop(), {}, at('22T07:00:00'));
  assert.equal(never.verdict?.reason, 'DrillOverdue');
  assert.equal(verdict(at('22T07:00:00'), { suspend: true }), 'True DrillSucceeded');
  assert.equal(verdict(at('22T07:00:00'), { suspend: true, ...maxAge }), 'True DrillSucceeded');
  const onRequest = { drill: { ephemeral: {} } };
  assert.equal(verdict(at('27T00:00:00'), onRequest), 'True DrillSucceeded');
});

test('a drill is neither begun for a CronJob of somebody else nor while the API server refuses', () => {
  const of = shop({ ...good, drillSchedule: past });
  const made = (rest: ObservedFixture['rest']) =>
    decide(observed({ backup: of, rest: rest ?? {} }), policy, now).actions.filter(
      (action) =>
        action.type === 'CreateJob' && action.job.metadata.labels?.['dbbackup.dev/purpose'] === 'drill',
    ).length;
  assert.equal(made({}), 1);
  assert.equal(made({ refusal: { reason: 'PodRefused', message: 'no', at: now } }), 0);
});

interface Container {
  readonly name: string;
  readonly env: readonly { name: string; value: string }[];
  readonly [field: string]: unknown;
}
interface Template {
  readonly spec: {
    readonly initContainers?: readonly Container[];
    readonly containers: readonly Container[];
    readonly volumes: readonly { name: string; emptyDir?: object; secret?: { secretName: string } }[];
  };
}

function template(spec: Partial<BackupSpecInput>): { pod: Template['spec']; job: Job['spec'] } {
  const { due } = look(shop({ ...good, drillSchedule: past }, spec));
  const job = due?.spec ?? {};
  return { pod: (job.template as Template).spec, job };
}

test('the pod has a PostgreSQL as its sidecar, with a socket in common, and its own limits of time', () => {
  const ephemeral = {
    image: 'postgres:17',
    runAsUser: 70,
    storage: { sizeLimit: '3Gi', medium: 'Memory' as const },
  };
  const { pod: made, job: of } = template({
    retries: 0,
    drill: { ...drill, timeoutSeconds: 600, ephemeral },
  });
  const [sidecar] = made.initContainers ?? [];
  assert.deepEqual(
    [sidecar?.name, sidecar?.image, sidecar?.restartPolicy],
    ['postgres', 'postgres:17', 'Always'],
  );
  assert.deepEqual(sidecar?.securityContext, {
    runAsUser: 70,
    allowPrivilegeEscalation: false,
    readOnlyRootFilesystem: true,
    capabilities: { drop: ['ALL'] },
  });
  const volume = (name: string) => made.volumes.find((one) => one.name === name)?.emptyDir;
  assert.deepEqual(volume('drill-data'), { sizeLimit: '3Gi', medium: 'Memory' });
  const socket = { name: 'drill-socket', mountPath: '/var/run/dbbackup-drill' };
  for (const container of [sidecar, made.containers[0]]) {
    assert.ok(JSON.stringify(container?.volumeMounts).includes(JSON.stringify(socket)));
  }
  assert.deepEqual(made.containers[0]?.args, ['runner', 'drill']);
  // One attempt of 600 s, its start and its end.
  assert.deepEqual([of.backoffLimit, of.activeDeadlineSeconds], [0, 930]);
});

test('a drill gets the Secrets of the folder and of its own server, and no run gets the drill', () => {
  const target = { secretRef: { name: 'scratch' }, caSecretRef: { name: 'scratch-ca' } };
  const { pod: made } = template({ drill: { schedule: drill.schedule, target } });
  const secrets = made.volumes.flatMap(({ secret }) => secret?.secretName ?? []);
  assert.deepEqual(secrets, ['drive', 'scratch', 'scratch-ca']);
  assert.equal(made.initContainers, undefined);
  const resource = JSON.parse(
    made.containers[0]?.env.find(({ name }) => name === 'DBBACKUP_RESOURCE')?.value ?? '',
  );
  assert.deepEqual(resource.spec.drill.target.secretRef, { name: 'scratch' });
  // A check looks whether a drill could go.
  const checked = decideCheck(observed({ backup: shop({}, { drill: { target } }) }), policy, now).due;
  assert.ok(JSON.stringify(checked?.spec).includes('scratch-ca'));
  const { cronJob } = observed({ backup: shop() });
  assert.ok(!JSON.stringify(cronJob?.spec).includes('drill'));
});
