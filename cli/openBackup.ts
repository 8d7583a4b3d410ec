import type { DatabaseBackup } from '../crds/databaseBackup.ts';
import type { Destination } from '../runner/destinations/destination.ts';
import { openDestination } from '../runner/openDestination.ts';
import { ownerOf } from '../runner/ownerOf.ts';
import type { Services } from '../runner/services.ts';
import { readBackupFiles } from './backupFile.ts';
import { cliServices } from './cliServices.ts';
import type { Invocation } from './command.ts';

/** A backup of the YAML with its destination, which closes with `await using`. */
export interface OpenedBackup extends AsyncDisposable {
  readonly backup: DatabaseBackup;
  readonly owner: string;
  /** `shop/shop`. */
  readonly title: string;
  readonly services: Services;
  readonly destination: Destination;
}

/** Reads -f and opens the destination. Throws InvalidSpec, SecretNotFound and what opening throws. */
export async function openBackup({ values, io }: Invocation): Promise<OpenedBackup> {
  const { backup, secrets } = await readBackupFiles(values, io.stdin);
  const services = cliServices(secrets, io);
  const destination = await openDestination(backup.spec.destination, services);
  return {
    backup,
    owner: ownerOf(backup),
    title: `${backup.metadata.namespace}/${backup.metadata.name}`,
    services,
    destination,
    [Symbol.asyncDispose]: () => destination[Symbol.asyncDispose](),
  };
}
