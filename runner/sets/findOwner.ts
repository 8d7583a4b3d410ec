import { BackupError } from '../../crds/failureReason.ts';
import { type Manifest, setOfManifestName } from '../../crds/manifest.ts';
import type { Destination } from '../destinations/destination.ts';
import { readManifest } from '../retention/goodSets.ts';

/** Whose sets are wanted of a folder that nobody told us about. */
export interface WantedOwner {
  /** An owner, or NAMESPACE/NAME of a backup; undefined where the folder has sets of one alone. */
  readonly from: string | undefined;
  /** What the reader is told to write it in: `--from`, `spec.source.from`. */
  readonly field: string;
}

/**
 * The owner of the sets in a folder. Throws InvalidSpec that names the owners, where the folder has several or not the wanted one,
 * and what listing throws.
 */
export async function findOwner(
  destination: Destination,
  { from, field }: WantedOwner,
  signal: AbortSignal,
): Promise<string> {
  const names = new Map<string, Set<string>>();
  for (const file of await destination.list(signal)) {
    const owner = file.tags?.owner;
    if (owner === undefined || setOfManifestName(file.name) === undefined) continue;
    const known = names.get(owner) ?? new Set();
    names.set(owner, known);
    // One manifest tells the name of all of an owner.
    if (known.size > 0) continue;
    const manifest = await readManifest(destination, file, signal);
    if (typeof manifest === 'object') known.add(backupName(manifest));
  }
  const owners = [...names].map(([owner, known]) => ({
    owner,
    name: [...known][0] ?? 'a backup that cannot be read',
  }));
  const matching =
    from === undefined ? owners : owners.filter(({ owner, name }) => owner === from || name === from);
  const [only, ...others] = matching;
  if (only && others.length === 0) return only.owner;
  if (owners.length === 0) {
    throw new BackupError(
      'InvalidSpec',
      'The folder holds no set that this token may see: check the folder, and the OAuth client of the token.',
    );
  }
  const choices = owners.map(({ owner, name }) => `${name} (${owner})`).join(', ');
  const what = matching.length === 0 ? `has no sets of ${from}` : 'has sets of several backups';
  throw new BackupError('InvalidSpec', `The folder ${what}: write one of these with ${field}: ${choices}.`);
}

const backupName = ({ backup }: Manifest) => `${backup.namespace}/${backup.name}`;
