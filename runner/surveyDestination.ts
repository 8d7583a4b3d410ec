import { BackupError } from '../crds/failureReason.ts';
import { sizeInWords } from '../crds/inWords.ts';
import type { Manifest } from '../crds/manifest.ts';
import type { Destination, DestinationState, StoredFile } from './destinations/destination.ts';
import { expiryWarnings } from './destinations/tokenExpiry.ts';
import { isManifestOf, readManifest } from './retention/goodSets.ts';

export interface Survey {
  readonly state: DestinationState;
  /** Names in the folder; empty where the listing failed, which a warning says. */
  readonly names: readonly string[];
  /** When the newest manifest of the owner was stored. */
  readonly lastSuccess: Date | undefined;
  readonly warnings: readonly string[];
}

const warnBelow = 1.2;
const mostTried = 5;

/**
 * Looks at the destination before the first byte: the folder, the names in it, and whether there is room for as
 * much as the last set had. Throws what inspect throws, and QuotaExceeded or DestinationFull for lack of room.
 */
export async function surveyDestination(
  destination: Destination,
  owner: string,
  signal: AbortSignal,
): Promise<Survey> {
  const state = await destination.inspect(signal);
  const warnings: string[] = [];
  let listing: readonly StoredFile[] = [];
  try {
    listing = await destination.list(signal);
  } catch (error) {
    if (!(error instanceof BackupError) || signal.aborted) throw error;
    warnings.push(`The folder could not be listed before the backup: ${error.message}`);
  }
  warnings.push(...(await roomWarnings(destination, state, { listing, owner }, signal)));
  warnings.push(...expiryWarnings(state.credentialsExpireAt, state.now));
  return {
    state,
    names: listing.map(({ name }) => name),
    lastSuccess: manifestsOf(listing, owner)[0]?.createdAt,
    warnings,
  };
}

/** The files of the owner's manifests, the newest first. */
function manifestsOf(listing: readonly StoredFile[], owner: string): StoredFile[] {
  return listing
    .filter((file) => isManifestOf(owner, file))
    .sort((a, b) => b.createdAt.getTime() - a.createdAt.getTime());
}

/** What to say of the room for a set as large as the last one. Throws QuotaExceeded or DestinationFull if there is none. */
export async function roomWarnings(
  destination: Destination,
  state: DestinationState,
  { listing, owner }: { readonly listing: readonly StoredFile[]; readonly owner: string },
  signal: AbortSignal,
): Promise<string[]> {
  const manifests = manifestsOf(listing, owner).slice(0, mostTried);
  if (state.freeBytes === undefined || manifests.length === 0) return [];
  const content = await lastManifest(destination, manifests, signal);
  if (typeof content === 'string') return [content];
  const needed = content.files.reduce((sum, { bytes }) => sum + bytes, 0);
  const sentence = `${sizeInWords(state.freeBytes)} are free, and the last set had ${sizeInWords(needed)}: ${state.usage}.`;
  if (state.freeBytes < needed) {
    throw new BackupError(
      destination.kind === 'directory' ? 'DestinationFull' : 'QuotaExceeded',
      `There is no room for a backup: ${sentence} Nothing old was deleted.`,
    );
  }
  return state.freeBytes < warnBelow * needed ? [`Room is running out: ${sentence}`] : [];
}

/** The newest manifest that can be read, or a warning: a damaged old set is no reason not to make a new one. */
async function lastManifest(
  destination: Destination,
  newestFirst: readonly StoredFile[],
  signal: AbortSignal,
): Promise<Manifest | string> {
  const unknown = 'How much room a set needs is not known: no earlier manifest could be read';
  for (const file of newestFirst) {
    try {
      const content = await readManifest(destination, file, signal);
      if (typeof content === 'object') return content;
    } catch (error) {
      if (!(error instanceof BackupError) || signal.aborted) throw error;
      return `${unknown}: ${error.message}`;
    }
  }
  return `${unknown}.`;
}
