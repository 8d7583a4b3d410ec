import type { SyncSpecInput } from '../crds/sheetSync.ts';
import type { Sync, SyncRun } from '../operator/reconcile/kinds.ts';
import { syncKind } from '../operator/reconcile/syncKind.ts';
import { tabValues } from '../sandbox/tabValues.ts';
import type { BackupWorld } from './backupWorld.ts';
import { type ScheduledObjects, scheduledObjects } from './scheduledObjects.ts';

/** The SheetSyncs of a world, and a spreadsheet of the fake that they write into. */
export interface SheetSyncs extends ScheduledObjects<Sync, SyncRun> {
  readonly spreadsheetID: string;
  /** The SheetSync of `shop-db` into the spreadsheet; mails as by default, of failures alone. */
  resource(name: string, spec: SyncFields): object;
  apply(name: string, spec: SyncFields): Promise<void>;
  /** What stands in a tab, as any client of the Sheets API reads it. */
  values(tab: string): Promise<unknown[][]>;
}

type SyncFields = Partial<SyncSpecInput> & Pick<SyncSpecInput, 'sheets'>;

/** Makes the spreadsheet. */
export function sheetSyncs(world: BackupWorld): SheetSyncs {
  const { google } = world;
  const spreadsheetID = google.createSpreadsheet('Shop');
  const googleSheets = { spreadsheetID, credentialsSecretRef: { name: 'drive-oauth' } };
  const resource: SheetSyncs['resource'] = (name, spec) =>
    world.object('SheetSync', name, { spreadsheet: { googleSheets }, ...spec });
  return {
    ...scheduledObjects<Sync, SyncRun>(syncKind, world),
    ...{ spreadsheetID, resource },
    apply: (name, spec) => world.apply(resource(name, spec)),
    values: (tab) => tabValues(google, spreadsheetID, tab),
  };
}
