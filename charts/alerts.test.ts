import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { stringify } from 'yaml';
import { failureReasons } from '../crds/failureReason.ts';
import { runtimeMetrics } from '../operator/controller/metrics.ts';
import { Store } from '../operator/controller/store.ts';
import { backupMetrics } from '../operator/reconcile/backupMetrics.ts';
import type { Backup, Sync } from '../operator/reconcile/kinds.ts';
import { syncMetrics } from '../operator/reconcile/syncMetrics.ts';
import { requireProgram, temporaryDirectory } from '../sandbox/testing.ts';
import { type AlertCase, alertCases, labelled, leader, shop } from './alertCasesFixture.ts';
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

test('promtool takes the rules, and they fire when they should', async (t) => {
  const promtool = requireProgram(t, 'promtool', install);
  const all = promtool && (await rules(t));
  if (!all) return;
  const directory = await temporaryDirectory(t);
  const ruleFile = join(directory, 'rules.yaml');
  await writeFile(ruleFile, stringify({ groups: [{ name: 'chart', rules: all }] }));
  const checked = await execute(promtool, ['check', 'rules', '--lint-fatal', ruleFile]);
  assert.equal(checked.status, 0, checked.stdout + checked.stderr);
  for (const each of alertCases) {
    await t.test(each.name, async () => {
      const testFile = join(directory, 'test.yaml');
      await writeFile(testFile, stringify(promtoolTest(each, all, ruleFile)));
      const { status, stdout, stderr } = await execute(promtool, ['test', 'rules', testFile]);
      assert.equal(status, 0, stdout + stderr);
    });
  }
});

/** ALERTS is what Prometheus itself keeps of each alert, after its `for`. */
function promtoolTest({ series, at, firing }: AlertCase, all: readonly Rule[], ruleFile: string): object {
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

test('promtool takes every expression of the dashboard', async (t) => {
  const promtool = requireProgram(t, 'promtool', install);
  if (!promtool) return;
  const { panels } = dashboard() as { panels: { targets?: { expr: string }[] }[] };
  const expressions = panels.flatMap(({ targets = [] }) => targets.map(({ expr }) => expr));
  assert.ok(expressions.length > 20);
  const written = expressions.map((expr, index) => ({ record: `panel:${index}`, expr }));
  const ruleFile = join(await temporaryDirectory(t), 'rules.yaml');
  await writeFile(ruleFile, stringify({ groups: [{ name: 'dashboard', rules: written }] }));
  const { status, stdout, stderr } = await execute(promtool, ['check', 'rules', ruleFile]);
  assert.equal(status, 0, stdout + stderr);
});

test('alerts and dashboard speak of metrics, labels and reasons that the operator has', async (t) => {
  const all = await rules(t);
  if (!all) return;
  const { registry } = runtimeMetrics();
  const context = { nextRun: () => undefined, isLeader: () => true };
  const kind = (name: string) => ({ apiVersion: 'dbbackup.dev/v1alpha1', kind: name }) as never;
  backupMetrics(registry, new Store<Backup>(kind('DatabaseBackup')), context);
  syncMetrics(registry, new Store<Sync>(kind('SheetSync')), context);
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
