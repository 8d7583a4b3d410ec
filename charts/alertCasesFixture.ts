/** Series, and the alerts that then fire. */
export interface AlertCase {
  name: string;
  /** Samples by series in promtool's notation: one a minute, from 0 on. */
  series: Record<string, string>;
  at: string;
  /** Alerts that fire then, with their labels besides severity. */
  firing: Record<string, Record<string, string>[]>;
}

/** Labels of the object in question. */
export const shop = { namespace: 'shop', name: 'shop' };
/** A metric of it. */
export const labelled = (metric: string, more = '') => `${metric}{namespace="shop", name="shop"${more}}`;
/** The metric of who acts. */
export const leader =
  'leader_election_master_status{namespace="system", name="test-database-backup-operator"}';
const acting = { [leader]: '1x4320' };
const scheduled = { [labelled('dbbackup_next_run_timestamp_seconds')]: '9999999x4320' };

/** What holds for every kind that runs on a schedule: `alert` and `metric` are how its names begin. */
const scheduledCases = (noun: string, alert: string, metric: string): AlertCase[] => [
  {
    name: `nothing fires for a ${noun} that is well`,
    series: {
      ...acting,
      [labelled(`${metric}_next_run_timestamp_seconds`)]: '9999999x4320',
      [labelled(`${metric}_ready`)]: '1x4320',
      [labelled(`${metric}_stale`)]: '0x4320',
      [labelled(`${metric}_schedule_missed`)]: '0x4320',
      [labelled(`${metric}_last_run_succeeded`)]: '1x4320',
      [labelled(`${metric}_last_success_timestamp_seconds`)]: '0+60x4320',
      [labelled(`${metric}_condition_reason`, ', type="Ready", reason="CheckPassed"')]: '1x4320',
    },
    at: '60h',
    firing: {},
  },
  {
    name: `a failed run of a ${noun}`,
    series: { ...acting, [labelled(`${metric}_last_run_succeeded`)]: '1x600 0x3600' },
    at: '12h',
    firing: { [`${alert}Failed`]: [shop] },
  },
  {
    name: `a success of a ${noun} after it ends the alert`,
    series: { ...acting, [labelled(`${metric}_last_run_succeeded`)]: '0x600 1x3600' },
    at: '13h',
    firing: {},
  },
  {
    name: `a stale ${noun}, and one that missed its time`,
    series: {
      ...acting,
      [labelled(`${metric}_stale`)]: '1x4320',
      [`${metric}_schedule_missed{namespace="blog", name="blog"}`]: '1x4320',
    },
    at: '2h',
    firing: { [`${alert}Stale`]: [shop], [`${alert}Missed`]: [{ namespace: 'blog', name: 'blog' }] },
  },
  {
    name: `a dying token of a ${noun} is one alert and not two`,
    series: {
      ...acting,
      [labelled(`${metric}_ready`)]: '0x4320',
      [labelled(`${metric}_condition_reason`, ', type="Ready", reason="TokenExpired"')]: '1x4320',
    },
    at: '3h',
    firing: { [`${alert}TokenDying`]: [{ ...shop, type: 'Ready', reason: 'TokenExpired' }] },
  },
  {
    name: `a token that only failed a run of a ${noun} is no dying token`,
    series: {
      ...acting,
      [labelled(`${metric}_ready`)]: '1x4320',
      [labelled(`${metric}_condition_reason`, ', type="LastRunSucceeded", reason="TokenExpired"')]: '1x4320',
    },
    at: '3h',
    firing: {},
  },
  {
    name: `a ${noun} that is not ready for another reason`,
    series: {
      ...acting,
      [labelled(`${metric}_ready`)]: '0x4320',
      [labelled(`${metric}_condition_reason`, ', type="Ready", reason="DatabaseNotFound"')]: '1x4320',
    },
    at: '3h',
    firing: { [`${alert}NotReady`]: [shop] },
  },
];

/** What the alerts of the chart are to say of each situation. */
export const alertCases: AlertCase[] = [
  ...scheduledCases('backup', 'DatabaseBackup', 'dbbackup'),
  ...scheduledCases('sync', 'SheetSync', 'dbbackup_sync'),
  {
    name: 'a backup and a sync of one name are not taken for each other',
    series: {
      ...acting,
      [labelled('dbbackup_ready')]: '0x4320',
      [labelled('dbbackup_sync_condition_reason', ', type="Ready", reason="TokenExpired"')]: '1x4320',
    },
    at: '3h',
    firing: {
      DatabaseBackupNotReady: [shop],
      SheetSyncTokenDying: [{ ...shop, type: 'Ready', reason: 'TokenExpired' }],
    },
  },
  {
    name: 'hours are not counted for a sync, which may rest over a weekend',
    series: {
      ...acting,
      [labelled('dbbackup_sync_next_run_timestamp_seconds')]: '9999999x4320',
      [labelled('dbbackup_sync_last_success_timestamp_seconds')]: '0x4320',
    },
    at: '70h',
    firing: {},
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
