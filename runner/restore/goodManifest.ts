import { BackupError } from '../../crds/failureReason.ts';
import type { Manifest } from '../../crds/manifest.ts';
import type { ListedSet } from '../sets/listedSet.ts';

/** The manifest of a set that is complete and intact. Throws ChecksumMismatch for another one, before anything was changed. */
export function goodManifest({ name, manifest, damage }: ListedSet): Manifest {
  if (damage === undefined && manifest !== undefined) return manifest;
  throw new BackupError(
    'ChecksumMismatch',
    `Set ${name} is damaged: ${damage}. Nothing was changed. Choose another one; dbbackup download --force fetches what is left of it.`,
  );
}
