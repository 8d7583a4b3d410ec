import type { RestoreOrder } from '../../crds/databaseRestore.ts';
import { BackupError } from '../../crds/failureReason.ts';
import type { Destination } from '../destinations/destination.ts';
import { openDestination } from '../openDestination.ts';
import { ownerOf } from '../ownerOf.ts';
import type { Services } from '../services.ts';
import { findOwner } from '../sets/findOwner.ts';

/** A folder with sets, and whose of them are meant. */
export interface RestoreFolder extends AsyncDisposable {
  readonly destination: Destination;
  readonly owner: string;
}

/** Opens the folder of the backup that a restore names, or the one of spec.source. Throws what opening and listing throw. */
export async function restoreFolder(
  { spec, backup }: RestoreOrder,
  services: Services,
  signal: AbortSignal,
): Promise<RestoreFolder> {
  const place = backup?.spec.destination ?? spec.source;
  if (place === undefined) {
    throw new BackupError(
      'InvalidSpec',
      `The DatabaseBackup ${spec.backupName} was not given to the runner.`,
    );
  }
  const destination = await openDestination(place, services);
  const dispose = () => destination[Symbol.asyncDispose]();
  try {
    const owner =
      backup === undefined
        ? await findOwner(destination, { from: spec.source?.from, field: 'spec.source.from' }, signal)
        : ownerOf(backup);
    return { destination, owner, [Symbol.asyncDispose]: dispose };
  } catch (error) {
    await dispose();
    throw error;
  }
}
