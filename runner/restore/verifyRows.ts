import { openedManifest } from '../encryption/openedManifest.ts';
import type { Services } from '../services.ts';
import { compareContents } from './compareContents.ts';
import type { Restore, Restored } from './restoreSet.ts';
import { chosenTables } from './targetTables.ts';

/**
 * Compares what is in the target after a restore, which was committed, with the checksums of the manifest. Gives how many
 * tables were compared; throws what compareContents throws.
 */
export async function verifyRows(
  { manifest: told, destination, identities, target, tables }: Restore,
  { format }: Restored,
  { progress }: Pick<Services, 'progress'>,
  signal: AbortSignal,
): Promise<number> {
  progress.stage = 'compare';
  const manifest = await openedManifest(told, { destination, identities, onBytes: () => {} }, signal);
  const chosen = tables === undefined ? manifest.tables : chosenTables(manifest, tables);
  return compareContents({ target, tables: chosen, format, progress }, signal);
}
