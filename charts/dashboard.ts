interface Panel {
  readonly title: string;
  readonly type: 'stat' | 'table' | 'timeseries';
  readonly unit?: string;
  /** Width and height on Grafana's grid of 24 columns. */
  readonly size: readonly [number, number];
  /** Expression, and the legend of its series. */
  readonly queries: readonly (readonly [string, string])[];
  readonly description?: string;
  /** From this value on it is red. */
  readonly redFrom?: number;
}

const chosen = '{namespace=~"$namespace", name=~"$backup"}';
const backup = '{{namespace}}/{{name}}';

const panels: readonly Panel[] = [
  {
    ...{ title: 'Backups', type: 'stat', size: [4, 4] },
    queries: [[`count(dbbackup_ready${chosen}) or vector(0)`, '']],
  },
  {
    ...{ title: 'Not ready', type: 'stat', size: [5, 4], redFrom: 1 },
    queries: [[`count(dbbackup_ready${chosen} == 0) or vector(0)`, '']],
    description: 'A run would fail now, or the backup is not set up.',
  },
  {
    ...{ title: 'Last run failed', type: 'stat', size: [5, 4], redFrom: 1 },
    queries: [[`count(dbbackup_last_run_succeeded${chosen} == 0) or vector(0)`, '']],
  },
  {
    ...{ title: 'Stale', type: 'stat', size: [5, 4], redFrom: 1 },
    queries: [[`count(dbbackup_stale${chosen} == 1) or vector(0)`, '']],
    description: 'Two scheduled times in a row passed without a success.',
  },
  {
    ...{ title: 'Oldest last success', type: 'stat', size: [5, 4], unit: 's' },
    queries: [[`max(time() - dbbackup_last_success_timestamp_seconds${chosen})`, '']],
  },
  {
    ...{ title: 'What is wrong', type: 'table', size: [24, 7] },
    queries: [
      [
        `dbbackup_condition_reason{namespace=~"$namespace", name=~"$backup", reason!~"CheckPassed|CheckPending|NoRunYet|RunSucceeded|SuccessIsRecent|NotScheduled|OnTime|NoDrillYet|DrillSucceeded"} == 1`,
        '',
      ],
    ],
    description: 'Every reason is explained in docs/reasons.md.',
  },
  {
    ...{ title: 'Time since the last success', type: 'timeseries', unit: 's', size: [12, 8] },
    queries: [[`time() - dbbackup_last_success_timestamp_seconds${chosen}`, backup]],
  },
  {
    ...{ title: 'Duration of the last run', type: 'timeseries', unit: 's', size: [12, 8] },
    queries: [
      [`dbbackup_last_run_duration_seconds${chosen}`, backup],
      [`dbbackup_last_run_snapshot_seconds${chosen}`, `${backup} snapshot`],
    ],
  },
  {
    ...{ title: 'Bytes of the last run', type: 'timeseries', unit: 'bytes', size: [12, 8] },
    queries: [[`dbbackup_last_run_bytes${chosen}`, backup]],
  },
  {
    ...{ title: 'Rows of the last run', type: 'timeseries', unit: 'short', size: [12, 8] },
    queries: [[`dbbackup_last_run_rows${chosen}`, backup]],
  },
  {
    ...{ title: 'Time since the last drill', type: 'timeseries', unit: 's', size: [12, 8] },
    queries: [[`time() - dbbackup_last_drill_timestamp_seconds${chosen}`, backup]],
    description: 'A drill restores the newest set into a scratch database and compares it.',
  },
  {
    ...{ title: 'Time that a recovery takes', type: 'timeseries', unit: 's', size: [12, 8] },
    queries: [[`dbbackup_recovery_time_seconds${chosen}`, backup]],
  },
  {
    ...{ title: 'Operator: reconciliations', type: 'timeseries', unit: 'ops', size: [12, 8] },
    queries: [
      [
        'sum by (result) (rate(controller_runtime_reconcile_total{controller="databasebackup"}[5m]))',
        '{{result}}',
      ],
    ],
  },
  {
    ...{ title: 'Operator: requests to the API server', type: 'timeseries', unit: 'reqps', size: [12, 8] },
    queries: [['sum by (code) (rate(rest_client_requests_total{code!=""}[5m]))', '{{code}}']],
  },
];

/** The Grafana dashboard as its JSON model. https://grafana.com/docs/grafana/latest/dashboards/build-dashboards/view-dashboard-json-model/ */
export function dashboard(): object {
  return {
    title: 'Database backups',
    uid: 'dbbackup',
    tags: ['dbbackup', 'postgresql'],
    schemaVersion: 39,
    editable: true,
    refresh: '1m',
    time: { from: 'now-7d', to: 'now' },
    templating: {
      list: [
        { name: 'datasource', type: 'datasource', query: 'prometheus', label: 'Prometheus' },
        variable('namespace', 'label_values(dbbackup_ready, namespace)'),
        variable('backup', 'label_values(dbbackup_ready{namespace=~"$namespace"}, name)'),
      ],
    },
    panels: placed(panels),
  };
}

const datasource = { type: 'prometheus', uid: '$datasource' };

function variable(name: string, query: string): object {
  const all = { includeAll: true, multi: true, allValue: '.*', current: { text: 'All', value: '$__all' } };
  return { name, type: 'query', datasource, query: { query, refId: name }, refresh: 2, sort: 1, ...all };
}

/** Panels from left to right, row by row; those of a row are of one height. */
function placed(all: readonly Panel[]): object[] {
  let [x, y] = [0, 0];
  return all.map((panel, index) => {
    const [w, h] = panel.size;
    const at = { x, y, w, h };
    x += w;
    if (x >= 24) [x, y] = [0, y + h];
    return { id: index + 1, gridPos: at, ...model(panel) };
  });
}

function model({ title, type, description, unit, queries, redFrom }: Panel): object {
  const now = type !== 'timeseries';
  return {
    ...{ title, type, datasource },
    ...(description === undefined ? {} : { description }),
    targets: queries.map(([expr, legendFormat], index) => ({
      ...{ refId: String.fromCharCode(65 + index), datasource, expr, legendFormat },
      ...(now ? { instant: true, range: false } : {}),
      ...(type === 'table' ? { format: 'table' } : {}),
    })),
    fieldConfig: {
      defaults: { ...(unit === undefined ? {} : { unit }), ...thresholds(redFrom) },
      overrides: [],
    },
    ...(type === 'table' ? { transformations: [onlyOurLabels] } : {}),
  };
}

const onlyOurLabels = {
  id: 'filterFieldsByName',
  options: { include: { names: ['namespace', 'name', 'type', 'reason'] } },
};

function thresholds(redFrom: number | undefined): object {
  if (redFrom === undefined) return {};
  const steps = [
    { color: 'green', value: null },
    { color: 'red', value: redFrom },
  ];
  return { color: { mode: 'thresholds' }, thresholds: { mode: 'absolute', steps } };
}
