import assert from 'node:assert/strict';
import { test } from 'node:test';
import { apiVersion } from '../../crds/databaseBackup.ts';
import type { SyncSpec, SyncSpecInput } from '../../crds/sheetSync.ts';
import type { SyncStatus } from '../../crds/syncStatus.ts';
import { conditionOf } from './conditions.ts';
import { decide } from './decide.ts';
import type { CronJob, Job, Run, Sync } from './kinds.ts';
import type { Action, Observed } from './observed.ts';
import { job, now, pod, policy, syncReport } from './observedFixture.ts';
import { parseSpec } from './parseSpec.ts';
import { ownLabels } from './podTemplate.ts';
import { syncKind } from './syncKind.ts';

const passed = {
  job: 'c',
  time: '2026-02-10T11:00:00Z',
  generation: 1,
  result: 'Passed',
  failures: 0,
} as const;

function sync(spec: Partial<SyncSpecInput> = {}, status: SyncStatus = { lastCheck: passed }): Sync {
  return {
    ...{ apiVersion, kind: 'SheetSync' },
    metadata: { name: 'shop', namespace: 'team', uid: 'sync-uid', generation: 1 },
    spec: {
      schedule: '0 7 * * *',
      database: { secretRef: { name: 'shop-db' }, caSecretRef: { name: 'shop-ca' } },
      spreadsheet: {
        googleSheets: { spreadsheetID: '1AbCdEfGhIj', credentialsSecretRef: { name: 'drive' } },
      },
      sheets: [{ name: 'Customers', table: 'public.customers' }],
      notification: { email: { to: ['ops@example.com'], smtp: { host: 'relay' } } },
      ...spec,
    },
    status,
  };
}

interface Options {
  readonly of?: Sync;
  readonly cronJob?: CronJob;
  readonly jobs?: readonly Job[];
  readonly runs?: readonly Run[];
  readonly podsOf?: Observed['podsOf'];
}

function observed({
  of = sync(),
  cronJob,
  jobs = [],
  runs = [],
  podsOf = () => [],
}: Options): Observed<Sync, SyncSpec> {
  const parsed = parseSpec(syncKind, of, now);
  const by = (purpose: string) =>
    jobs.filter(({ metadata }) => metadata.labels?.['dbbackup.dev/purpose'] === purpose);
  return {
    ...{ kind: syncKind, owner: of, parsed, cronJob, podsOf, runs },
    jobs: { run: by('sync'), check: by('check'), notify: by('notify'), drill: [] },
    ...{ refusal: undefined, settledGeneration: undefined, checkMustWait: false, seenAt: now },
  };
}

const decided = (options: Options) => decide(observed(options), policy, now).actions;

function only<T extends Action['type']>(actions: readonly Action[], type: T): Extract<Action, { type: T }> {
  const found = actions.filter((action) => action.type === type);
  assert.equal(found.length, 1, JSON.stringify(actions.map((action) => action.type)));
  return found[0] as Extract<Action, { type: T }>;
}

/** The CronJob as it would have been applied. */
function applied(of = sync()): CronJob {
  const { cronJob } = only(decided({ of }), 'ApplyCronJob');
  return cronJob;
}

interface PodSpec {
  readonly containers: readonly {
    readonly args: readonly string[];
    readonly env: readonly { name: string; value: string }[];
  }[];
  readonly volumes: readonly { readonly secret?: { readonly secretName: string } }[];
}
const podOf = (spec: unknown) => (spec as { template: { spec: PodSpec } }).template.spec;
const secretsOf = ({ volumes }: PodSpec) => volumes.flatMap(({ secret }) => secret?.secretName ?? []).sort();

test('the CronJob of a sync is NAME-sync, and its pod gets the spec and the Secrets of database, sheet and relay', () => {
  const smtp = { host: 'relay', caSecretRef: { name: 'relay-ca' } };
  const { metadata, spec } = applied(sync({ notification: { email: { to: ['ops@example.com'], smtp } } }));
  assert.deepEqual([metadata.name, spec.schedule, spec.suspend], ['shop-sync', '0 7 * * *', false]);
  assert.deepEqual(metadata.labels, ownLabels(sync(), 'sync'));
  assert.equal(metadata.labels?.['dbbackup.dev/sync'], 'shop');
  const inPod = podOf((spec.jobTemplate as { spec: unknown }).spec);
  const [container] = inPod.containers;
  assert.deepEqual(container?.args, ['runner', 'sync']);
  const resource = JSON.parse(container?.env.find(({ name }) => name === 'DBBACKUP_RESOURCE')?.value ?? '');
  assert.deepEqual([resource.kind, resource.metadata.name], ['SheetSync', 'shop']);
  assert.deepEqual(resource.spec.sheets[0].mode, 'Replace');
  assert.equal(resource.spec.notification.email.when, 'OnFailure');
  assert.deepEqual(secretsOf(inPod), ['drive', 'relay-ca', 'shop-ca', 'shop-db']);
});

test('its check and its mails are Jobs whose names begin with that of its CronJob', () => {
  const check = only(decided({ of: sync({}, {}), cronJob: applied() }), 'CreateJob').job;
  assert.match(check.metadata.name, /^shop-sync-check-[0-9a-f]{8}$/);
  assert.deepEqual(podOf(check.spec).containers[0]?.args, ['runner', 'check']);
});

/** A Job of the sync's CronJob, ended. */
function ended(end: 'Complete' | 'Failed'): Job {
  const made = job('shop-sync-29510100', { end });
  const { metadata } = made;
  const [owner] = metadata.ownerReferences ?? [];
  assert.ok(owner);
  return {
    ...made,
    metadata: {
      ...metadata,
      labels: ownLabels(sync(), 'sync'),
      ownerReferences: [{ ...owner, name: 'shop-sync' }],
    },
  };
}

/** The record that the Job gets, as the API server has it. */
function recordOf(of: Job): Run {
  const { run } = only(decided({ cronJob: applied(), jobs: [of] }), 'CreateRun');
  return { ...run, metadata: { ...run.metadata, uid: 'run-uid' } };
}

test('a Job of it becomes a SheetSyncRun, which holds what the report tells of the tabs', () => {
  const complete = ended('Complete');
  const made = recordOf(complete);
  assert.deepEqual(
    [made.kind, made.metadata.name, made.spec],
    ['SheetSyncRun', 'shop-sync-29510100', { syncName: 'shop' }],
  );
  const notes = ['Customers: 2 values of column text were cut at 50,000 characters.'];
  const podsOf = () => [pod(complete, { exitCode: 0, report: syncReport({ notes }) })];
  const actions = decided({ cronJob: applied(), jobs: [complete], runs: [recordOf(complete)], podsOf });
  const { run, event } = only(actions, 'ApplyRunStatus');
  assert.equal(event?.note, 'Run shop-sync-29510100 succeeded: 7 rows in 1 tab.');
  const {
    phase,
    rows,
    sheets,
    notes: told,
    link,
  } = (run as Run<SyncStatus['lastRun'] & object>).status ?? {};
  assert.deepEqual([phase, rows, told], ['Succeeded', 7, notes]);
  assert.deepEqual(sheets, [{ name: 'Customers', mode: 'Replace', rows: 7, columns: 3 }]);
  assert.match(link ?? '', /^https:/);
});

test('a failed one is mailed by a notify Job where its runner could not, and a success is not', () => {
  const failed = ended('Failed');
  const actions = decided({ cronJob: applied(), jobs: [failed], runs: [recordOf(failed)] });
  const notify = only(actions, 'CreateJob').job;
  assert.match(notify.metadata.name, /^shop-sync-notify-/);
  const { containers } = podOf(notify.spec);
  const env = new Map(containers[0]?.env.map(({ name, value }) => [name, value]));
  const notice = JSON.parse(env.get('DBBACKUP_NOTICE') ?? '');
  assert.deepEqual(
    [notice.report.kind, notice.report.result, notice.report.reason, notice.report.sheets],
    ['SyncReport', 'Failed', 'PodDeleted', []],
  );
  assert.deepEqual(secretsOf(podOf(notify.spec)), []);
  const complete = ended('Complete');
  const podsOf = () => [pod(complete, { exitCode: 0, report: syncReport() })];
  const good = decided({ cronJob: applied(), jobs: [complete], runs: [recordOf(complete)], podsOf });
  assert.ok(good.every(({ type }) => type !== 'CreateJob'));
});

test('the status of a sync has the conditions of a backup, in its own words', () => {
  const cronJob = applied();
  const { object } = only(
    decided({ of: sync({}, {}), cronJob, jobs: [job('c', { purpose: 'check' })] }),
    'ApplyStatus',
  );
  const message = (type: string) => conditionOf(object.status?.conditions, type)?.message;
  assert.equal(message('Ready'), 'A check Job tries database, queries, spreadsheet and mail relay.');
  const foreign = { ...cronJob, metadata: { ...cronJob.metadata, ownerReferences: [] } };
  const taken = only(decided({ cronJob: foreign }), 'ApplyStatus').object;
  const ready = conditionOf(taken.status?.conditions, 'Ready');
  assert.equal(ready?.reason, 'NameTaken');
  assert.match(
    ready.message,
    /^CronJob shop-sync exists and does not belong to this SheetSync\. Choose another name/,
  );
});

test('queries that no environment of a pod holds are refused as InvalidSpec, with what to do', () => {
  const query = `SELECT 1 -- ${'x'.repeat(16_000)}`;
  const sheets = Array.from({ length: 8 }, (_, index) => ({ name: `Sheet ${index}`, query }));
  const { object } = only(decided({ of: sync({ sheets }) }), 'ApplyStatus');
  const ready = conditionOf(object.status?.conditions, 'Ready');
  assert.deepEqual([ready?.status, ready?.reason], ['False', 'InvalidSpec']);
  assert.match(ready?.message ?? '', /more than 120000 bytes as JSON.*make views of long queries/);
});
