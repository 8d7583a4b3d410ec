import type { Manifest } from '../../crds/manifest.ts';
import type { Destination, StoredFile } from '../destinations/destination.ts';
import { inspectTimed, type TimedState } from '../retention/clockDifference.ts';
import { readManifest, type Sets, setsOf } from '../retention/goodSets.ts';
import type { Services } from '../services.ts';

/** A set at the destination, good or damaged. */
export interface ListedSet {
  readonly name: string;
  /** ID of the file of its manifest. */
  readonly id: string;
  /** When its manifest was stored, by the destination's clock. */
  readonly time: Date;
  /** Undefined where the manifest cannot be read. */
  readonly manifest: Manifest | undefined;
  /** What is wrong with it, in words; undefined for a good set. */
  readonly damage: string | undefined;
}

export interface Inventory extends Sets, TimedState {
  readonly listing: readonly StoredFile[];
  /** The backup's own sets, the newest first. */
  readonly sets: readonly ListedSet[];
}

/** A folder as one owner sees it. */
export interface Folder {
  readonly destination: Destination;
  readonly owner: string;
  readonly services: Pick<Services, 'clock'>;
}

/** Looks at the whole folder of a backup. Throws what inspecting and listing throw. */
export async function takeInventory(
  { destination, owner, services }: Folder,
  signal: AbortSignal,
): Promise<Inventory> {
  const timed = await inspectTimed(destination, services.clock, signal);
  const listing = await destination.list(signal);
  const found = await setsOf(destination, listing, owner, signal);
  const byID = new Map(listing.map((file) => [file.id, file]));
  const sets: ListedSet[] = found.good.map(({ name, id, time, manifest }) => {
    return { name, id, time, manifest, damage: undefined };
  });
  for (const { name, id, why } of found.damaged) {
    const file = byID.get(id);
    if (file === undefined) continue;
    const content = await readManifest(destination, file, signal);
    const manifest = typeof content === 'object' ? content : undefined;
    sets.push({ name, id, time: file.createdAt, manifest, damage: why });
  }
  sets.sort((a, b) => b.time.getTime() - a.time.getTime() || (a.name < b.name ? 1 : -1));
  return { ...found, ...timed, listing, sets };
}
