import { type Manifest, manifest, setOfManifestName } from '../../crds/manifest.ts';
import type { Destination, StoredFile } from '../destinations/destination.ts';

/** A set whose every file lies at the destination as its manifest says. */
export interface GoodSet {
  /** ID of the manifest: names are not unique. */
  readonly id: string;
  readonly name: string;
  /** When its manifest was stored, by the destination's clock. */
  readonly time: Date;
  readonly manifest: Manifest;
  /** The manifest's own file first, then those that it names. */
  readonly files: readonly StoredFile[];
}

/** A manifest that cannot be trusted, and why, in words. */
export interface DamagedSet {
  readonly name: string;
  readonly id: string;
  readonly why: string;
}

export interface Sets {
  readonly good: readonly GoodSet[];
  readonly damaged: readonly DamagedSet[];
  /** Own files that no manifest names: of runs that are going on, or that died. */
  readonly loose: readonly StoredFile[];
  /** Sets (by their tags, or manifests without tags) that belong to others. */
  readonly foreign: number;
}

const largestManifest = 64 * 1024 * 1024;

/**
 * Sorts a listing into the owner's good and damaged sets, its loose files and the number of foreign sets.
 * A set is good if every file that its manifest names is listed with that size and checksum and belongs to the
 * owner. Throws if a manifest cannot be read for another reason than its content.
 */
export async function setsOf(
  destination: Destination,
  listing: readonly StoredFile[],
  owner: string,
  signal: AbortSignal,
): Promise<Sets> {
  const own = listing.filter(({ tags }) => tags?.owner === owner);
  const byID = new Map(own.map((file) => [file.id, file]));
  const good: GoodSet[] = [];
  const damaged: DamagedSet[] = [];
  const named = new Set<string>();
  for (const file of own) {
    const name = setOfManifestName(file.name);
    if (name === undefined) continue;
    named.add(file.id);
    const content = await readManifest(destination, file, signal);
    if (typeof content === 'string') {
      damaged.push({ name, id: file.id, why: content });
      continue;
    }
    for (const { id } of content.files) named.add(id);
    const files = content.files.map(({ id }) => byID.get(id));
    const why = damageOf(content, files);
    if (why !== undefined) damaged.push({ name, id: file.id, why });
    else
      good.push({
        id: file.id,
        name,
        time: file.createdAt,
        manifest: content,
        files: [file, ...(files as StoredFile[])],
      });
  }
  // A damaged manifest may have named files that we cannot tell from loose ones.
  const unreadable = new Set(damaged.map(({ name }) => name));
  const loose = own.filter(({ id, tags }) => !named.has(id) && !unreadable.has(tags?.set ?? ''));
  const foreign = new Set(
    listing
      .filter((file) => file.tags?.owner !== owner)
      .map((file) => (file.tags ? `${file.tags.owner}/${file.tags.set}` : setOfManifestName(file.name)))
      .filter((name) => name !== undefined),
  );
  return { good, damaged, loose, foreign: foreign.size };
}

/** The manifest in a file, or why it is none. */
export async function readManifest(
  destination: Destination,
  file: StoredFile,
  signal: AbortSignal,
): Promise<Manifest | string> {
  if (file.bytes > largestManifest) return 'its manifest is too large to be one';
  const parts: Uint8Array[] = [];
  for await (const part of destination.read(file.id, signal)) parts.push(part);
  try {
    const parsed = manifest.safeParse(JSON.parse(Buffer.concat(parts).toString('utf8')));
    return parsed.success ? parsed.data : 'its manifest has not the form of one';
  } catch {
    return 'its manifest is not JSON';
  }
}

/** What is wrong with the files that a manifest names, as they were found (in its order), in words; undefined if nothing is. */
export function damageOf(
  { files }: Manifest,
  found: readonly (StoredFile | undefined)[],
): string | undefined {
  for (const [index, { name, bytes, sha256 }] of files.entries()) {
    const file = found[index];
    if (file === undefined) return `${name} is missing`;
    if (file.bytes !== bytes) return `${name} has ${file.bytes} bytes instead of ${bytes}`;
    if (file.sha256 !== sha256) return `${name} has another checksum than when it was written`;
  }
  return files.length === 0 ? 'its manifest names no files' : undefined;
}
