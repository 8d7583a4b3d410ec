import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { BackupSpecInput } from '../../crds/backupSpec.ts';
import { expandVariables } from '../../sandbox/kubernetes/node/expandVariables.ts';
import { backupKind } from './backupKind.ts';
import { cronJob, needsApply } from './cronJob.ts';
import { decide } from './decide.ts';
import { jobDeadline } from './jobTemplate.ts';
import type { CronJob } from './kinds.ts';
import { appliedCronJob, backup, now, observed, policy } from './observedFixture.ts';
import { parseSpec } from './parseSpec.ts';

function made(spec: Partial<BackupSpecInput> = {}, current?: CronJob) {
  const of = backup(spec);
  const parsed = parseSpec(backupKind, of, now);
  assert.ok(parsed.spec, parsed.problem ?? 'no spec');
  return cronJob({
    kind: backupKind,
    owner: of,
    spec: parsed.spec,
    defaults: policy.defaults,
    startingDeadlineSeconds: 3600,
    current,
    now,
  });
}
interface Template {
  spec: {
    backoffLimit: number;
    activeDeadlineSeconds: number;
    ttlSecondsAfterFinished?: number;
    podFailurePolicy: { rules: { action: string; onExitCodes?: { values: number[] } }[] };
    template: {
      spec: { containers: Record<string, unknown>[]; volumes: { name: string; secret?: object }[] } & Record<
        string,
        unknown
      >;
    };
  };
  metadata: { labels: Record<string, string> };
}
const template = (of: CronJob) => of.spec.jobTemplate as Template;

test('the CronJob has the schedule, the zone and the promises of the spec', () => {
  const { metadata, spec } = made({ timeZone: 'Europe/Berlin', retries: 1, timeoutSeconds: 600 });
  assert.equal(metadata.name, 'shop');
  assert.deepEqual(
    [spec.schedule, spec.timeZone, spec.suspend, spec.concurrencyPolicy],
    ['0 2 * * *', 'Europe/Berlin', false, 'Forbid'],
  );
  const job = template(made({ retries: 1, timeoutSeconds: 600 }));
  assert.equal(job.spec.backoffLimit, 1);
  assert.equal(job.spec.activeDeadlineSeconds, 2 * (300 + 600 + 30) + 10);
  assert.deepEqual(
    job.spec.podFailurePolicy.rules.map(({ action }) => action),
    ['FailJob', 'Ignore'],
  );
  assert.deepEqual(job.spec.podFailurePolicy.rules[0]?.onExitCodes?.values, [2]);
  assert.equal(job.spec.ttlSecondsAfterFinished, undefined);
  assert.equal(job.metadata.labels['dbbackup.dev/purpose'], 'run');
});

test('the deadline of the Job lies above all attempts and the waiting between them', () => {
  assert.equal(jobDeadline({ timeoutSeconds: 100, retries: 0 }), 430);
  assert.equal(
    jobDeadline({ timeoutSeconds: 100, retries: 10 }),
    11 * 430 + 10 + 20 + 40 + 80 + 160 + 320 + 4 * 360,
  );
});

test('without a schedule, or suspended, the CronJob is there and suspended', () => {
  const { schedule, ...none } = backup().spec;
  const of = { ...backup(), spec: none };
  const parsed = parseSpec(backupKind, of, now);
  assert.ok(parsed.spec);
  const idle = cronJob({
    kind: backupKind,
    owner: of,
    spec: parsed.spec,
    defaults: policy.defaults,
    startingDeadlineSeconds: 3600,
    current: undefined,
    now,
  });
  assert.deepEqual([idle.spec.schedule, idle.spec.suspend], ['0 0 1 1 *', true]);
  assert.equal(made({ suspend: true }).spec.suspend, true);
});

test('a pod of ours fits pod security restricted, has no token, and its Secrets by key where the key is known', () => {
  const { spec } = template(
    made({
      database: { secretRef: { name: 'db' }, caSecretRef: { name: 'db-ca' } },
      encryption: { recipientsSecretRef: { name: 'keys' } },
      notification: {
        email: {
          to: ['a@b.c'],
          smtp: {
            host: 'relay',
            tls: 'Required',
            credentialsSecretRef: { name: 'smtp' },
            caSecretRef: { name: 'db-ca', key: 'smtp.crt' },
          },
        },
      },
    }),
  ).spec.template;
  const [container] = spec.containers;
  assert.equal(spec.automountServiceAccountToken, false);
  assert.deepEqual(spec.securityContext, { runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } });
  assert.deepEqual(container?.securityContext, {
    allowPrivilegeEscalation: false,
    readOnlyRootFilesystem: true,
    capabilities: { drop: ['ALL'] },
  });
  assert.deepEqual(container?.args, ['runner', 'run']);
  const secrets = spec.volumes.flatMap(({ secret }) => secret ?? []);
  const key = (name: string) => ({ key: name, path: name });
  assert.deepEqual(secrets, [
    { secretName: 'db', optional: true, defaultMode: 0o444 },
    { secretName: 'db-ca', optional: true, defaultMode: 0o444, items: [key('ca.crt'), key('smtp.crt')] },
    { secretName: 'drive', optional: true, defaultMode: 0o444, items: [key('token.json')] },
    { secretName: 'keys', optional: true, defaultMode: 0o444, items: [key('recipients.txt')] },
    { secretName: 'smtp', optional: true, defaultMode: 0o444 },
  ]);
});

test('the runner gets the whole spec with its defaults and nothing of the pod', () => {
  const { spec } = template(
    made({
      runner: {
        env: [{ name: 'NO_PROXY', value: 'x' }],
      },
    }),
  ).spec.template;
  const env = spec.containers[0]?.env as { name: string; value: string }[];
  assert.deepEqual(
    env.map(({ name }) => name),
    ['NO_PROXY', 'DBBACKUP_RESOURCE'],
  );
  const resource = JSON.parse(env[1]?.value ?? '');
  assert.deepEqual(
    [resource.kind, resource.metadata.uid, resource.spec.retention.minKeep],
    ['DatabaseBackup', 'backup-uid', 3],
  );
  assert.equal(resource.spec.runner, undefined);
});

test('claims and staging are mounted where the runner looks for them', () => {
  const { spec } = template(
    made({
      destination: { directory: { path: '/backups', claimName: 'nas' } },
      staging: { sizeLimit: '1Gi' },
    }),
  ).spec.template;
  const mounts = spec.containers[0]?.volumeMounts as { name: string; mountPath: string }[];
  assert.deepEqual(
    mounts.map(({ name, mountPath }) => [name, mountPath]),
    [
      ['tmp', '/tmp'],
      ['secret-0', '/var/run/secrets/dbbackup.dev/shop-db'],
      ['destination', '/backups'],
      ['staging', '/staging'],
    ],
  );
});

test('since when a schedule holds changes with schedule, zone and suspend alone', () => {
  const since = (of: CronJob) => of.metadata.annotations?.['dbbackup.dev/scheduled-since'];
  const first = appliedCronJob(backup());
  assert.equal(since(made({ retries: 5 }, first)), since(first));
  for (const change of [{ schedule: '0 3 * * *' }, { timeZone: 'Europe/Berlin' }, { suspend: true }]) {
    assert.equal(since(made(change, first)), now.toISOString());
  }
});

test('a CronJob as we applied it is left alone, whatever Kubernetes adds', () => {
  const wanted = made({}, appliedCronJob(backup()));
  const live = structuredClone(wanted) as CronJob & { spec: { jobTemplate: Template } };
  Object.assign(live.spec.jobTemplate.spec.template.spec, {
    dnsPolicy: 'ClusterFirst',
    schedulerName: 'default-scheduler',
  });
  assert.equal(needsApply(wanted, live), false);
  live.spec.jobTemplate.spec.template.spec.containers.push({ name: 'foreign' });
  assert.equal(needsApply(wanted, live), true);
  assert.equal(needsApply(wanted, { ...wanted, foreignFields: true }), true);
  assert.equal(needsApply(wanted, { ...wanted, metadata: { ...wanted.metadata, labels: {} } }), true);
});

test('what the API server writes in another way than we do is settled after our own apply', () => {
  const lastCheck = {
    job: 'c',
    time: now.toISOString(),
    generation: 1,
    result: 'Passed' as const,
    failures: 0,
  };
  const lastSuccessTime = '2026-02-10T02:00:00Z';
  const of = backup(
    { runner: { resources: { limits: { cpu: '0.5' } } } },
    { lastCheck, lastScheduleTime: lastSuccessTime, lastSuccessTime },
  );
  const live = JSON.parse(
    JSON.stringify(appliedCronJob(of)).replaceAll('"cpu":"0.5"', '"cpu":"500m"'),
  ) as CronJob;
  const at = { ...live, metadata: { ...live.metadata, generation: 3 } };
  const types = (settledGeneration?: number) =>
    decide(observed({ backup: of, cronJob: at, rest: { settledGeneration } }), policy, now).actions.map(
      ({ type }) => type,
    );
  assert.deepEqual(types(), ['ApplyCronJob']);
  assert.deepEqual(types(3), ['ApplyStatus']);
  assert.deepEqual(types(2), ['ApplyCronJob']);
});

test('an invalid spec leaves the last valid CronJob as it is, and a foreign one is never touched', () => {
  const never = backup({ schedule: '0 2 31 2 *' });
  const last = appliedCronJob(backup());
  const types = (plan: ReturnType<typeof decide>) => plan.actions.map(({ type }) => type);
  assert.deepEqual(types(decide(observed({ backup: never, cronJob: last }), policy, now)), ['ApplyStatus']);
  const foreign = { ...last, metadata: { ...last.metadata, ownerReferences: [] } };
  assert.deepEqual(types(decide(observed({ cronJob: foreign }), policy, now)), ['ApplyStatus']);
});

test('what the kubelet would take for variables reaches the runner as the spec has it', () => {
  const include = ['public.a$$b', 'public.$(HOSTNAME)', 'public.$x$$$'];
  const { spec } = template(made({ database: { secretRef: { name: 'shop-db' }, tables: { include } } })).spec
    .template;
  const env = spec.containers[0]?.env as { name: string; value: string }[];
  const value = env.find(({ name }) => name === 'DBBACKUP_RESOURCE')?.value ?? '';
  const resource = JSON.parse(expandVariables(value, () => 'expanded'));
  assert.deepEqual(resource.spec.database.tables.include, include);
});
