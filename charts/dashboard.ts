interface Panel {
  readonly title: string;
  /** A row is a line with a title over the panels that follow. */
  readonly type: 'stat' | 'table' | 'timeseries' | 'row';
  readonly unit?: string;
  /** Width and height on Grafana's grid of 24 columns. */
  readonly size: readonly [number, number];
  /** Expression, and the legend of its series. */
  readonly queries: readonly Query[];
  readonly description?: string;
  /** From this value on it is red. */
  readonly redFrom?: number;
}
type Query = readonly [expression: string, legend: string];

interface Kind {
  readonly title: string;
  readonly noun: string;
  /** How the names of its metrics begin. */
  readonly metric: string;
}
const backups: Kind = { title: 'Backups', noun: 'backup', metric: 'dbbackup' };
const syncs: Kind = { title: 'Syncs', noun: 'sync', metric: 'dbbackup_sync' };

/** A metric of those that are chosen; the variable of the dashboard has the noun of the kind. */
const series = ({ metric, noun }: Kind, name: string, more = '') =>
  `${metric}_${name}{namespace=~"$namespace", name=~"$${noun}"${more}}`;
const each = '{{namespace}}/{{name}}';
const row = (title: string): Panel => ({ title, type: 'row', size: [24, 1], queries: [] });
const over = (title: string, width: number, unit: string, queries: readonly Query[]): Panel => ({
  ...{ title, type: 'timeseries', unit, size: [width, 8], queries },
});

/** How many of a kind there are, and what is wrong with which. */
const overview = (kind: Kind): Panel[] => [
  row(kind.title),
  {
    ...{ title: kind.title, type: 'stat', size: [4, 4] },
    queries: [[`count(${series(kind, 'ready')}) or vector(0)`, '']],
  },
  {
    ...{ title: 'Not ready', type: 'stat', size: [5, 4], redFrom: 1 },
    queries: [[`count(${series(kind, 'ready')} == 0) or vector(0)`, '']],
    description: `A run would fail now, or the ${kind.noun} is not set up.`,
  },
  {
    ...{ title: 'Last run failed', type: 'stat', size: [5, 4], redFrom: 1 },
    queries: [[`count(${series(kind, 'last_run_succeeded')} == 0) or vector(0)`, '']],
  },
  {
    ...{ title: 'Stale', type: 'stat', size: [5, 4], redFrom: 1 },
    queries: [[`count(${series(kind, 'stale')} == 1) or vector(0)`, '']],
    description: 'Two scheduled times in a row passed without a success.',
  },
  {
    ...{ title: 'Oldest last success', type: 'stat', size: [5, 4], unit: 's' },
    queries: [[`max(time() - ${series(kind, 'last_success_timestamp_seconds')})`, '']],
  },
  {
    ...{ title: 'What is wrong', type: 'table', size: [24, 7] },
    queries: [
      [
        `${series(kind, 'condition_reason', ', reason!~"CheckPassed|CheckPending|NoRunYet|RunSucceeded|SuccessIsRecent|NotScheduled|OnTime|NoDrillYet|DrillSucceeded"')} == 1`,
        '',
      ],
    ],
    description: 'Every reason is explained in docs/reasons.md.',
  },
];

/** How the runs of a kind went over time, in panels of a width. */
const history = (kind: Kind, width: number, durations: readonly Query[] = []): Panel[] => [
  over('Time since the last success', width, 's', [
    [`time() - ${series(kind, 'last_success_timestamp_seconds')}`, each],
  ]),
  over('Duration of the last run', width, 's', [
    [series(kind, 'last_run_duration_seconds'), each],
    ...durations,
  ]),
  over('Rows of the last run', width, 'short', [[series(kind, 'last_run_rows'), each]]),
];

const panels: readonly Panel[] = [
  ...overview(backups),
  ...history(backups, 12, [[series(backups, 'last_run_snapshot_seconds'), `${each} snapshot`]]),
  over('Bytes of the last run', 12, 'bytes', [[series(backups, 'last_run_bytes'), each]]),
  {
    ...over('Time since the last drill', 12, 's', [
      [`time() - ${series(backups, 'last_drill_timestamp_seconds')}`, each],
    ]),
    description: 'A drill restores the newest set into a scratch database and compares it.',
  },
  over('Time that a recovery takes', 12, 's', [[series(backups, 'recovery_time_seconds'), each]]),
  ...overview(syncs),
  ...history(syncs, 8),
  row('Operator'),
  over('Reconciliations', 12, 'ops', [
    [
      'sum by (controller, result) (rate(controller_runtime_reconcile_total{controller=~"databasebackup|databaserestore|sheetsync"}[5m]))',
      '{{controller}} {{result}}',
    ],
  ]),
  over('Requests to the API server', 12, 'reqps', [
    ['sum by (code) (rate(rest_client_requests_total{code!=""}[5m]))', '{{code}}'],
  ]),
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
        variable('namespace', 'label_values({__name__=~"dbbackup_ready|dbbackup_sync_ready"}, namespace)'),
        ...[backups, syncs].map(({ noun, metric }) =>
          variable(noun, `label_values(${metric}_ready{namespace=~"$namespace"}, name)`),
        ),
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
  if (type === 'row') return { title, type, collapsed: false, panels: [] };
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
