import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { stringify } from 'yaml';
import { failureReasons } from '../crds/failureReason.ts';
import { runtimeMetrics } from '../operator/controller/metrics.ts';
import { Store } from '../operator/controller/store.ts';
import { backupMetrics } from '../operator/reconcile/backupMetrics.ts';
import type { Backup } from '../operator/reconcile/kinds.ts';
import { requireProgram, temporaryDirectory } from '../sandbox/testing.ts';
import { projectFile } from './chartFiles.ts';
import { execute, find, helm, type Values } from './chartFixture.ts';
import { dashboard } from './dashboard.ts';

const install = 'apt-get install prometheus';

interface Rule {
  alert: string;
  expr: string;
  for: string;
  labels: Record<string, string>;
  annotations: Record<string, string>;
}

/** The rules as the chart renders them; undefined: skipped. */
async function rules(t: TestContext, given: Values = {}): Promise<Rule[] | undefined> {
  const program = await helm(t);
  const all = await program?.render({ metrics: { rules: { enabled: true, ...given } } });
  return all && find(all, 'PrometheusRule').spec.groups[0].rules;
}

interface Case {
  name: string;
  /** Samples by series in promtool's notation: one a minute, from 0 on. */
  series: Record<string, string>;
  at: string;
  /** Alerts that fire then, with their labels besides severity. */
  firing: Record<string, Record<string, string>[]>;
}

const shop = { namespace: 'shop', name: 'shop' };
const labelled = (metric: string, more = '') => `${metric}{namespace="shop", name="shop"${more}}`;
const leader = 'leader_election_master_status{namespace="system", name="test-database-backup-operator"}';
const acting = { [leader]: '1x4320' };
const scheduled = { [labelled('dbbackup_next_run_timestamp_seconds')]: '9999999x4320' };

const cases: Case[] = [
  {
    name: 'nothing fires for a backup that is well',
    series: {
      ...acting,
      ...scheduled,
      [labelled('dbbackup_ready')]: '1x4320',
      [labelled('dbbackup_stale')]: '0x4320',
      [labelled('dbbackup_schedule_missed')]: '0x4320',
      [labelled('dbbackup_last_run_succeeded')]: '1x4320',
      [labelled('dbbackup_last_success_timestamp_seconds')]: '0+60x4320',
      [labelled('dbbackup_condition_reason', ', type="Ready", reason="CheckPassed"')]: '1x4320',
    },
    at: '60h',
    firing: {},
  },
  {
    name: 'a failed run',
    series: { ...acting, [labelled('dbbackup_last_run_succeeded')]: '1x600 0x3600' },
    at: '12h',
    firing: { DatabaseBackupFailed: [shop] },
  },
  {
    name: 'a success after it ends the alert',
    series: { ...acting, [labelled('dbbackup_last_run_succeeded')]: '0x600 1x3600' },
    at: '13h',
    firing: {},
  },
  {
    name: 'a stale backup, and one that missed its time',
    series: {
      ...acting,
      [labelled('dbbackup_stale')]: '1x4320',
      'dbbackup_schedule_missed{namespace="blog", name="blog"}': '1x4320',
    },
    at: '2h',
    firing: { DatabaseBackupStale: [shop], DatabaseBackupMissed: [{ namespace: 'blog', name: 'blog' }] },
  },
  {
    name: 'a dying token is one alert and not two',
    series: {
      ...acting,
      [labelled('dbbackup_ready')]: '0x4320',
      [labelled('dbbackup_condition_reason', ', type="Ready", reason="TokenExpired"')]: '1x4320',
    },
    at: '3h',
    firing: { DatabaseBackupTokenDying: [{ ...shop, type: 'Ready', reason: 'TokenExpired' }] },
  },
  {
    name: 'a token that only failed a run is no dying token',
    series: {
      ...acting,
      [labelled('dbbackup_ready')]: '1x4320',
      [labelled('dbbackup_condition_reason', ', type="LastRunSucceeded", reason="TokenExpired"')]: '1x4320',
    },
    at: '3h',
    firing: {},
  },
  {
    name: 'a backup that is not ready for another reason',
    series: {
      ...acting,
      [labelled('dbbackup_ready')]: '0x4320',
      [labelled('dbbackup_condition_reason', ', type="Ready", reason="FolderNotFound"')]: '1x4320',
    },
    at: '3h',
    firing: { DatabaseBackupNotReady: [shop] },
  },
  {
    name: 'no success for two days and a bit',
    series: { ...acting, ...scheduled, [labelled('dbbackup_last_success_timestamp_seconds')]: '0x4320' },
    at: '50h',
    firing: { DatabaseBackupNoRecentSuccess: [shop] },
  },
  {
    name: 'none for a day and a half is no alert, nor is an old success of a backup without a schedule',
    series: {
      ...acting,
      [labelled('dbbackup_next_run_timestamp_seconds')]: '9999999x2160 _x2400',
      [labelled('dbbackup_last_success_timestamp_seconds')]: '0x4320',
    },
    at: '36h',
    firing: {},
  },
  {
    name: 'a backup that never succeeded, from the hour on when it should have',
    series: { ...acting, ...scheduled },
    at: '49h',
    firing: { DatabaseBackupNeverSucceeded: [shop] },
  },
  {
    name: 'a drill that failed, and one that succeeded and is too long ago',
    series: {
      ...acting,
      [labelled('dbbackup_last_drill_succeeded')]: '1x60 0x4320',
      [labelled('dbbackup_condition_reason', ', type="DrillSucceeded", reason="RowsDiffer"')]: '_x60 1x4320',
      'dbbackup_last_drill_succeeded{namespace="blog", name="blog"}': '1x4320',
      'dbbackup_condition_reason{namespace="blog", name="blog", type="DrillSucceeded", reason="DrillOverdue"}':
        '1x4320',
    },
    at: '3h',
    firing: {
      DatabaseBackupDrillFailed: [shop],
      DatabaseBackupDrillOverdue: [
        { namespace: 'blog', name: 'blog', type: 'DrillSucceeded', reason: 'DrillOverdue' },
      ],
    },
  },
  {
    name: 'a backup without drills, or whose first one is still to come',
    series: {
      ...acting,
      [labelled('dbbackup_condition_reason', ', type="DrillSucceeded", reason="NoDrillYet"')]: '1x4320',
    },
    at: '3h',
    firing: {},
  },
  {
    name: 'no operator at all',
    series: { 'up{job="other"}': '1x4320' },
    at: '1h',
    firing: { DatabaseBackupOperatorDown: [{ namespace: 'system', name: 'test-database-backup-operator' }] },
  },
  {
    name: 'replicas of which none leads',
    series: { [leader]: '0x4320' },
    at: '1h',
    firing: { DatabaseBackupOperatorDown: [{ namespace: 'system', name: 'test-database-backup-operator' }] },
  },
  {
    name: 'two replicas, one of which leads',
    series: { [leader.replace('}', ', pod="a"}')]: '0x4320', [leader.replace('}', ', pod="b"}')]: '1x4320' },
    at: '2h',
    firing: {},
  },
];

test('promtool takes the rules, and they fire when they should', async (t) => {
  const promtool = requireProgram(t, 'promtool', install);
  const all = promtool && (await rules(t));
  if (!all) return;
  const directory = await temporaryDirectory(t);
  const ruleFile = join(directory, 'rules.yaml');
  await writeFile(ruleFile, stringify({ groups: [{ name: 'chart', rules: all }] }));
  const checked = await execute(promtool, ['check', 'rules', '--lint-fatal', ruleFile]);
  assert.equal(checked.status, 0, checked.stdout + checked.stderr);
  for (const each of cases) {
    await t.test(each.name, async () => {
      const testFile = join(directory, 'test.yaml');
      await writeFile(testFile, stringify(promtoolTest(each, all, ruleFile)));
      const { status, stdout, stderr } = await execute(promtool, ['test', 'rules', testFile]);
      assert.equal(status, 0, stdout + stderr);
    });
  }
});

/** ALERTS is what Prometheus itself keeps of each alert, after its `for`. */
function promtoolTest({ series, at, firing }: Case, all: readonly Rule[], ruleFile: string): object {
  const severity = (alert: string) => all.find((rule) => rule.alert === alert)?.labels.severity;
  const samples = Object.entries(firing).flatMap(([alertname, labelSets]) =>
    labelSets.map((labels) => {
      const told = { alertname, alertstate: 'firing', severity: severity(alertname), ...labels };
      const text = Object.entries(told).map(([name, value]) => `${name}="${value}"`);
      return { labels: `ALERTS{${text.join(', ')}}`, value: 1 };
    }),
  );
  return {
    rule_files: [ruleFile],
    evaluation_interval: '1m',
    tests: [
      {
        interval: '1m',
        input_series: Object.entries(series).map(([name, values]) => ({ series: name, values })),
        promql_expr_test: [{ expr: 'ALERTS{alertstate="firing"}', eval_time: at, exp_samples: samples }],
      },
    ],
  };
}

test('an alert says which backup, what is wrong and where to look', async (t) => {
  const promtool = requireProgram(t, 'promtool', install);
  const all = promtool && (await rules(t, { alertLabels: { team: 'platform' } }));
  if (!all) return;
  const directory = await temporaryDirectory(t);
  const ruleFile = join(directory, 'rules.yaml');
  await writeFile(ruleFile, stringify({ groups: [{ name: 'chart', rules: all }] }));
  const input = [
    { series: leader, values: '1x5000' },
    { series: labelled('dbbackup_next_run_timestamp_seconds'), values: '9999999x5000' },
    { series: labelled('dbbackup_last_success_timestamp_seconds'), values: '0x5000' },
  ];
  const expected = {
    exp_labels: { severity: 'critical', team: 'platform', ...shop },
    exp_annotations: {
      summary: 'Backup shop/shop had no success for 48 hours.',
      description: 'The last one was 2d 2h 0m 0s ago. See `kubectl -n shop describe databasebackup shop`.',
    },
  };
  const alert = { alertname: 'DatabaseBackupNoRecentSuccess', eval_time: '50h', exp_alerts: [expected] };
  const testFile = join(directory, 'test.yaml');
  await writeFile(
    testFile,
    stringify({
      rule_files: [ruleFile],
      tests: [{ interval: '1m', input_series: input, alert_rule_test: [alert] }],
    }),
  );
  const { status, stdout, stderr } = await execute(promtool, ['test', 'rules', testFile]);
  assert.equal(status, 0, stdout + stderr);
});

test('with noSuccessHours 0 no alert counts hours', async (t) => {
  const all = await rules(t, { noSuccessHours: 0 });
  if (!all) return;
  const names = all.map(({ alert }) => alert);
  assert.ok(names.includes('DatabaseBackupStale') && !names.some((name) => /NoRecent|Never/.test(name)));
});

test('docs/chart.md lists every alert with its severity', async (t) => {
  const all = await rules(t);
  if (!all) return;
  const page = projectFile('docs/chart.md');
  for (const { alert, labels } of all)
    assert.match(page, new RegExp(`^\\| ${alert} \\| ${labels.severity} `, 'm'));
});

test('alerts and dashboard speak of metrics, labels and reasons that the operator has', async (t) => {
  const all = await rules(t);
  if (!all) return;
  const { registry } = runtimeMetrics();
  const kind = { apiVersion: 'dbbackup.dev/v1alpha1', kind: 'DatabaseBackup' };
  backupMetrics(registry, new Store<Backup>(kind as never), {
    nextRun: () => undefined,
    isLeader: () => true,
  });
  const known = new Set(registry.getMetricsAsArray().map(({ name }) => name));
  const texts = [...all.map(({ expr }) => expr), JSON.stringify(dashboard())].join('\n');
  const named =
    texts.match(/\b(dbbackup|leader_election|controller_runtime|rest_client|workqueue)_[a-z_]+/g) ?? [];
  assert.ok(named.length > 15);
  assert.deepEqual(
    [...new Set(named)].filter((name) => !known.has(name)),
    [],
  );
  const reasons = all.flatMap(({ expr }) => /reason=~"([^"]+)"/.exec(expr)?.[1]?.split('|') ?? []);
  const have: readonly string[] = failureReasons;
  assert.deepEqual(
    reasons.filter((reason) => !have.includes(reason)),
    [],
  );
});
