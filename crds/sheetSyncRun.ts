import { z } from 'zod';
import { apiVersion, metadata } from './databaseBackup.ts';
import { longestRunName, recordColumns, recordRules, requestedBy, unchanging } from './runRecord.ts';
import { longestSyncName } from './sheetSync.ts';
import { objectName } from './specTypes.ts';
import { syncRunStatus } from './syncStatus.ts';

/** spec of a SheetSyncRun: creating one by hand starts a sync. */
export const syncRunSpec = z
  .strictObject({
    syncName: objectName.max(longestSyncName).describe('Name of the SheetSync, in the same namespace.'),
    requestedBy,
  })
  .meta(unchanging('SheetSyncRun'))
  .describe('Which sync is run. It cannot be changed afterwards.');

/** One run of a SheetSync: its request, and afterwards its record. */
export const sheetSyncRun = z.strictObject({
  apiVersion: z.literal(apiVersion),
  kind: z.literal('SheetSyncRun'),
  metadata: metadata(longestRunName, ', the most that a Job may have'),
  spec: syncRunSpec,
  status: syncRunStatus.optional(),
});
export type SheetSyncRun = z.output<typeof sheetSyncRun>;

/** What the CRD says beside the schema. */
export const sheetSyncRunResource = {
  kind: 'SheetSyncRun',
  plural: 'sheetsyncruns',
  shortName: 'ssr',
  description:
    'One run of a SheetSync. Create one by hand to start a sync; every run leaves one as its record.',
  spec: syncRunSpec,
  status: syncRunStatus,
  rules: recordRules,
  selectableFields: ['.spec.syncName'],
  columns: recordColumns({ name: 'Sync', jsonPath: '.spec.syncName' }, []),
};
