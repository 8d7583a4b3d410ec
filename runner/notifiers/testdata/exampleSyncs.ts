import type { SyncReport } from '../../../crds/syncReport.ts';
import type { SyncInput } from '../reportInput.ts';

/** The report of a good sync, with changes. */
export function syncReport(changes: Partial<SyncReport> = {}): SyncReport {
  return {
    ...{ version: 1, kind: 'SyncReport', result: 'Succeeded' },
    startedAt: '2026-02-10T04:00:01.412Z',
    finishedAt: '2026-02-10T04:00:19.020Z',
    database: 'shop',
    serverVersion: '16.4',
    snapshotTime: '2026-02-10T04:00:02.118Z',
    spreadsheet: 'Shop, for the analysts',
    link: 'https://docs.google.com/spreadsheets/d/1AbCdEfGhIjKlMnOpQrStUv/edit',
    sheets: [
      { name: 'Customers', mode: 'Replace', rows: 20_000, columns: 3 },
      { name: 'Umsatz & Größe 🎨', mode: 'Replace', rows: 1, columns: 2 },
      { name: 'Orders', mode: 'Append', rows: 1_204, columns: 9 },
    ],
    rows: 21_205,
    stages: [
      { name: 'spreadsheet', seconds: 0.31 },
      { name: 'connect', seconds: 0.08 },
      { name: 'snapshot', seconds: 0.12 },
      { name: 'sheet Customers', seconds: 9.4 },
      { name: 'sheet Umsatz & Größe 🎨', seconds: 1.1 },
      { name: 'sheet Orders', seconds: 5.62 },
    ],
    warnings: [],
    notes: [],
    ...changes,
  };
}

/** What a mail about a good sync is made from, with changes of its report. */
export function synced(changes: Partial<SyncReport> = {}): SyncInput {
  return {
    resource: { namespace: 'shop', name: 'shop' },
    owner: '5d1f6f0e-0e1c-4a56-8a0e-3c7f0a9b2d22',
    report: syncReport(changes),
    timeZone: 'Europe/Moscow',
    nextRun: '2026-02-11T04:00:00Z',
  };
}

/** A sync that had to write in place, and found more than the spreadsheet holds. */
export const warnedSync = () =>
  synced({
    sheets: [{ name: 'Customers', mode: 'Replace', rows: 900_000, columns: 6, inPlace: true }],
    rows: 900_000,
    stages: [{ name: 'sheet Customers', seconds: 310.4 }],
    warnings: [
      'Sheet Customers was written in place: 10,000,000 cells do not suffice for a second copy, so people saw it half-written meanwhile.',
      'Sheet Customers has the first 900,000 rows alone (maxRows); there are more.',
    ],
    notes: ['Sheet Customers, column note: 2 values had more than 50,000 characters and were cut.'],
  });

/** A sync whose second query failed; the first tab is new. */
export function failedSync(changes: Partial<SyncReport> = {}): SyncInput {
  const { sheets, stages } = syncReport();
  const report = syncReport({
    ...{ result: 'Failed', reason: 'InvalidQuery' },
    message: 'Sheet Revenue: PostgreSQL refused the query while it ran: SQLSTATE 22012.',
    ...{ sheets: sheets.slice(0, 1), rows: 20_000, stages: stages.slice(0, 4) },
    ...changes,
  });
  return { ...synced(report), lastSuccess: '2026-02-09T04:00:19Z' };
}

/** What the operator tells of a sync that could not tell itself. */
function untold(changes: Partial<SyncReport>): SyncInput {
  const { version, kind, warnings, notes, finishedAt, startedAt } = syncReport();
  const nothing = { sheets: [], stages: [], warnings, notes };
  const report: SyncReport = {
    ...{ version, kind, result: 'Failed', startedAt, finishedAt },
    ...nothing,
    ...changes,
  };
  return { ...failedSync(), report };
}

/** A scheduled time that passed without a sync. */
export const missedSync = (): SyncInput => ({
  ...untold({
    reason: 'ScheduleMissed',
    message: 'The sync of Tue, 10 Feb 2026, 07:00:00 (Europe/Moscow) did not start within 8 h 0 min.',
    startedAt: '2026-02-10T04:00:00Z',
    finishedAt: '2026-02-10T12:00:00Z',
  }),
  id: 'shop-missed-0a1b2c3d',
});

/** Two scheduled times in a row without a success. */
export const staleSync = (): SyncInput => ({
  ...untold({
    reason: 'NoRecentSuccess',
    message: 'The last two scheduled syncs did not succeed.',
    startedAt: '2026-02-10T05:00:00Z',
    finishedAt: '2026-02-10T05:00:00Z',
  }),
  id: 'shop-stale-0a1b2c3d',
});

/** A sync that was tried three times and whose runner could not tell of it. */
export const killedSync = (): SyncInput => ({
  ...untold({
    reason: 'OutOfMemory',
    message: 'The runner was killed at its limit of 512Mi.',
    finishedAt: '2026-02-10T04:04:44Z',
  }),
  ...{ id: 'shop-sync-29510100', run: 'shop-sync-29510100', attempts: 3 },
});
