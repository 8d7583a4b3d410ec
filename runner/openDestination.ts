import type { DestinationSpec } from '../crds/destinationSpec.ts';
import { BackupError } from '../crds/failureReason.ts';
import type { Destination } from './destinations/destination.ts';
import type { GoogleDriveOptions } from './destinations/googleDrive.ts';
import { googleOptions } from './googleOptions.ts';
import type { Services } from './services.ts';

const mebibyte = 1024 * 1024;

export interface OpenOptions extends Pick<GoogleDriveOptions, 'retries' | 'idleMs'> {
  /** How many files are written at a time: each holds two chunks, and all of them together 32 MiB at most. */
  readonly uploads?: number;
}

/** Opens the destination of the spec. Its code is loaded only now, so that the other kind costs nothing. */
export async function openDestination(
  spec: DestinationSpec,
  services: Services,
  { uploads = 1, ...patience }: OpenOptions = {},
): Promise<Destination> {
  const { googleDrive, directory } = spec;
  if (googleDrive) {
    const options = await googleOptions(googleDrive.credentialsSecretRef, services);
    const { openGoogleDrive } = await import('./destinations/googleDrive.ts');
    return openGoogleDrive({
      ...options,
      folderID: googleDrive.folderID,
      ...patience,
      chunkBytes: uploads > 2 ? 4 * mebibyte : 8 * mebibyte,
    });
  }
  if (directory) {
    const { openDirectory } = await import('./destinations/directory.ts');
    return openDirectory({ path: directory.path });
  }
  throw new BackupError('InvalidSpec', 'spec.destination: name exactly one of googleDrive and directory.');
}
