import { databaseBackup } from '../../crds/databaseBackup.ts';
import { sheetSync } from '../../crds/sheetSync.ts';
import { resourceOfKind } from '../config.ts';

/** What a pod checks or tells of: a DatabaseBackup or a SheetSync, by its kind. Throws InvalidSpec. */
export const scheduledResource = () =>
  resourceOfKind({ DatabaseBackup: databaseBackup, SheetSync: sheetSync });
