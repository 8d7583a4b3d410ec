import { BackupError } from '../crds/failureReason.ts';
import type { Manifest } from '../crds/manifest.ts';
import { setOfManifestName } from '../crds/manifest.ts';
import type { Destination, DestinationState, StoredFile } from './destinations/destination.ts';
import { sizeInWords } from './inWords.ts';
import { readManifest } from './retention/goodSets.ts';

export interface Survey {
  readonly state: DestinationState;
  /** Names in the folder; empty where the listing failed, which a warning says. */
  readonly names: readonly string[];
  /** When the newest set of the owner was stored. */
  readonly lastSuccess: Date | undefined;
  readonly warnings: readonly string[];
}

const warnBelow = 1.2;
const warnDays = 14;
const day = 86_400_000;

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
  const last = lastManifest(listing, owner);
  if (last) warnings.push(...(await roomWarnings(destination, state, last, signal)));
  if (state.credentialsExpireAt) warnings.push(...expiryWarnings(state.credentialsExpireAt, state.now));
  return { state, names: listing.map(({ name }) => name), lastSuccess: last?.createdAt, warnings };
}

/** The file of the owner's newest manifest. */
export function lastManifest(listing: readonly StoredFile[], owner: string): StoredFile | undefined {
  return listing
    .filter(({ tags, name }) => tags?.owner === owner && setOfManifestName(name) !== undefined)
    .sort((a, b) => b.createdAt.getTime() - a.createdAt.getTime())[0];
}

/** What to say of the room for a set as large as the last one. Throws QuotaExceeded or DestinationFull if there is none. */
export async function roomWarnings(
  destination: Destination,
  state: DestinationState,
  last: StoredFile,
  signal: AbortSignal,
): Promise<string[]> {
  if (state.freeBytes === undefined) return [];
  const content: Manifest | string = await readManifest(destination, last, signal);
  if (typeof content === 'string') return [];
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

/** What to say of a refresh token that ends within two weeks. */
export function expiryWarnings(expiry: Date, now: Date): string[] {
  const days = Math.floor((expiry.getTime() - now.getTime()) / day);
  if (days > warnDays) return [];
  return [
    `The refresh token expires in ${days} ${days === 1 ? 'day' : 'days'} (${expiry.toISOString().slice(0, 10)}): if the OAuth app is in "Testing", press PUBLISH APP; then run \`dbbackup auth login\` again.`,
  ];
}
