import type { RunReport } from '../../../crds/runReport.ts';
import type { BackupInput } from '../reportInput.ts';

const set = 'backup_20260210_020003';
const folder = 'https://drive.google.com/drive/folders/1AbCdEfGhIjKlMnOpQrStUv';
const link = (id: string) => `https://drive.google.com/file/d/${id}/view`;

/** The report of a good run, with changes. */
export function report(changes: Partial<RunReport> = {}): RunReport {
  return {
    version: 1,
    result: 'Succeeded',
    startedAt: '2026-02-09T23:00:01.412Z',
    finishedAt: '2026-02-09T23:01:13.020Z',
    database: 'shop',
    serverVersion: '16.4',
    set,
    snapshotTime: '2026-02-09T23:00:03.118Z',
    snapshotSeconds: 58.2,
    tables: 10,
    rows: 300_123,
    bytes: 24_109_431,
    files: [
      { name: `${set}.csv.zip`, format: 'csv', rows: 300_123, bytes: 7_203_118, link: link('1csv') },
      { name: `${set}.xlsx`, format: 'xlsx', rows: 300_123, bytes: 9_118_204, link: link('1xlsx') },
      { name: `${set}.json`, format: 'json', rows: 300_123, bytes: 3_912_870, link: link('1json') },
      { name: `${set}.sql.gz`, format: 'sql', bytes: 3_871_022, link: link('1sql') },
      { name: `${set}.manifest.json`, format: 'manifest', bytes: 4_217, link: link('1manifest') },
    ],
    folderLink: folder,
    stages: [
      { name: 'connect', seconds: 0.31 },
      { name: 'snapshot', seconds: 0.08 },
      { name: 'export', seconds: 58.12 },
      { name: 'verify', seconds: 2.4 },
      { name: 'prune', seconds: 3.62 },
    ],
    retention: {
      removed: [
        { set: 'backup_20260109_020002', why: 'older than 30 days, and no day, week or month needs it' },
        { set: 'backup_20260108_020004', why: 'older than 30 days, and no day, week or month needs it' },
      ],
      removedCount: 2,
      kept: 30,
      foreignSets: 3,
      damagedSets: 0,
    },
    warnings: [],
    notes: [],
    ...changes,
  };
}

/** What a mail about a good run is made from, with changes. */
export function input(changes: Partial<BackupInput> = {}): BackupInput {
  return {
    resource: { namespace: 'shop', name: 'shop' },
    owner: '0c5b2c1e-6a35-4f0e-9f6b-0a8c1f5f2f11',
    report: report(),
    timeZone: 'Europe/Moscow',
    tables: [
      { name: 'public.customers', rows: 20_000 },
      { name: 'public.order_items', rows: 148_211 },
      { name: 'public.orders', rows: 60_000 },
      { name: 'public.payments', rows: 58_912 },
      { name: 'public.price_history', rows: 9_000 },
      { name: 'public.products', rows: 1_200 },
      { name: 'public.reviews', rows: 1_600 },
      { name: 'public.stock', rows: 1_200 },
      { name: 'public."Größe & Farbe 🎨"', rows: 0 },
      { name: 'audit.sessions', rows: 0 },
    ],
    nextRun: '2026-02-10T23:00:00Z',
    restore: [
      `Download ${set}.sql.gz from the folder.`,
      'createdb restored',
      `gunzip --stdout ${set}.sql.gz | psql --set ON_ERROR_STOP=1 --dbname restored`,
      `Compare the rows with ${set}.manifest.json.`,
    ],
    ...changes,
  };
}

/** A run that failed before anything was written. */
export function failed(changes: Partial<RunReport> = {}): BackupInput {
  const { version, startedAt, database, folderLink, warnings, notes } = report();
  const failure: RunReport = {
    version,
    startedAt,
    database,
    folderLink,
    warnings,
    notes,
    result: 'Failed',
    reason: 'TokenExpired',
    message: 'Google rejected the refresh token of ops@example.com (invalid_grant).',
    finishedAt: '2026-02-09T23:00:04.1Z',
    files: [],
    stages: [{ name: 'connect', seconds: 0.31 }],
    ...changes,
  };
  const { tables: __, restore, ...others } = input();
  return { ...others, report: failure, lastSuccess: '2026-02-08T23:00:03Z' };
}

/** A scheduled time that passed without a run. */
export const missed = (): BackupInput => ({
  ...failed({
    ...{ reason: 'ScheduleMissed', database: undefined, folderLink: undefined, stages: [] },
    message: 'The backup of Tue, 10 Feb 2026, 02:00:00 (Europe/Moscow) did not start within 8 h 0 min.',
    startedAt: '2026-02-09T23:00:00Z',
    finishedAt: '2026-02-10T07:00:00Z',
  }),
  id: 'missed-1770678000',
});

/** Two scheduled times in a row without a success. */
export const stale = (): BackupInput => ({
  ...failed({
    ...{ reason: 'NoRecentSuccess', database: undefined, folderLink: undefined, stages: [] },
    message: 'The last two scheduled backups did not succeed.',
    startedAt: '2026-02-10T00:00:00Z',
    finishedAt: '2026-02-10T00:00:00Z',
  }),
  id: 'stale-1770508803',
});

/** A drill that restored a set in which something was not as it should be. */
export const drill = (): BackupInput => ({
  ...failed({
    ...{ reason: 'AssertionFailed', database: undefined, folderLink: undefined, stages: [] },
    message: 'backup_20260210_020000: Of 3 assertions one does not hold: orders of yesterday.',
    startedAt: '2026-02-10T05:10:00Z',
    finishedAt: '2026-02-10T05:10:00Z',
  }),
  ...{ id: 'shop-drilled-0a1b2c3d', about: 'Drill' },
});

/** A run that was tried three times and whose runner could not tell of it. */
export const killed = (): BackupInput => ({
  ...failed({
    ...{ reason: 'OutOfMemory', database: undefined, folderLink: undefined, stages: [] },
    message: 'The runner was killed at its limit of 512Mi.',
    finishedAt: '2026-02-09T23:04:44Z',
  }),
  ...{ id: 'shop-29510100', run: 'shop-29510100', attempts: 3 },
});

/** A run after most rows of the database went. */
export const shrunk = () =>
  input({
    tables: [{ name: 'public.order_items', rows: 1_204 }],
    restore: [],
    report: report({
      rows: 1_204,
      bytes: 95_310,
      files: [
        { name: `${set}.csv`, format: 'csv', rows: 1_204, bytes: 91_093, link: link('1csv') },
        { name: `${set}.manifest.json`, format: 'manifest', bytes: 4_217, link: link('1manifest') },
      ],
      tables: 1,
      retention: {
        removed: [],
        removedCount: 0,
        kept: 30,
        foreignSets: 0,
        damagedSets: 1,
        skipped: '1,204 rows are less than half the median of 299,870.',
        skippedReason: 'Shrunk',
      },
      notes: ['xlsx: 2 values of reviews.text were cut to 32,767 characters.'],
      warnings: ['The Drive has 26.4 MB free, less than 1.2 × the size of the last set.'],
    }),
  });
