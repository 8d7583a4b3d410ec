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

/** Whether a file is, by its name and tags, the manifest of a set of the owner. */
export function isManifestOf(owner: string, { name, tags }: Pick<StoredFile, 'name' | 'tags'>): boolean {
  return tags?.owner === owner && setOfManifestName(name) !== undefined;
}

const largestManifest = 64 * 1024 * 1024;

/**
 * Sorts a listing into the owner's good and damaged sets, its loose files and the number of foreign sets.
 * A set is good if every file that its manifest names is listed with that size and checksum, belongs to the
 * owner and to no older set. Throws if a manifest cannot be read for another reason than its content.
 */
export async function setsOf(
  destination: Destination,
  listing: readonly StoredFile[],
  owner: string,
  signal: AbortSignal,
): Promise<Sets> {
  // By ID: a listing in pages names a file twice if files come meanwhile, and no set may count twice.
  const byID = new Map(listing.filter(({ tags }) => tags?.owner === owner).map((file) => [file.id, file]));
  const good: GoodSet[] = [];
  const damaged: DamagedSet[] = [];
  const named = new Map<string, string>();
  // Of a damaged set nobody knows what files it has.
  const unknown = new Set<string | undefined>();
  for (const file of oldestFirst(byID.values())) {
    const name = setOfManifestName(file.name);
    if (name === undefined) continue;
    const content = await readManifest(destination, file, signal);
    if (typeof content === 'string' || content === undefined) {
      unknown.add(name).add(file.tags?.set);
      // Another run has just removed it.
      if (content === undefined) continue;
      damaged.push({ name, id: file.id, why: content });
      continue;
    }
    const files = content.files.map(({ id }) => byID.get(id));
    const why = damageOf(content, files) ?? sharing(content, named);
    for (const { id } of content.files) if (!named.has(id)) named.set(id, name);
    if (why !== undefined) {
      unknown.add(file.tags?.set);
      damaged.push({ name, id: file.id, why });
    } else {
      const { id, createdAt: time } = file;
      good.push({ id, name, time, manifest: content, files: [file, ...(files as StoredFile[])] });
    }
  }
  const loose = [...byID.values()].filter(
    ({ id, name, tags }) =>
      !named.has(id) && setOfManifestName(name) === undefined && !unknown.has(tags?.set),
  );
  return { good, damaged, loose, foreign: foreignSets(listing, owner) };
}

/** The manifest in a file, why it is none, or undefined if the file has just gone. */
export async function readManifest(
  destination: Destination,
  file: StoredFile,
  signal: AbortSignal,
): Promise<Manifest | string | undefined> {
  if (file.bytes > largestManifest) return 'its manifest is too large to be one';
  const parts: Uint8Array[] = [];
  try {
    for await (const part of destination.read(file.id, signal)) parts.push(part);
  } catch (error) {
    signal.throwIfAborted();
    if ((await destination.get(file.id, signal)) === undefined) return undefined;
    throw error;
  }
  try {
    const parsed = manifest.safeParse(JSON.parse(Buffer.concat(parts).toString('utf8')));
    return parsed.success ? parsed.data : 'its manifest has not the form of one';
  } catch {
    return 'its manifest is not JSON';
  }
}

function oldestFirst(files: Iterable<StoredFile>): StoredFile[] {
  return [...files].sort((a, b) => a.createdAt.getTime() - b.createdAt.getTime());
}

function foreignSets(listing: readonly StoredFile[], owner: string): number {
  const names = listing
    .filter(({ tags }) => tags?.owner !== owner)
    .map(({ name, tags }) => (tags ? `${tags.owner}/${tags.set}` : setOfManifestName(name)));
  return new Set(names.filter((name) => name !== undefined)).size;
}

/** What is wrong with the files that a manifest names, as they were found (in its order), in words; undefined if nothing is. */
function damageOf({ files }: Manifest, found: readonly (StoredFile | undefined)[]): string | undefined {
  for (const [index, { name, bytes, sha256 }] of files.entries()) {
    const file = found[index];
    if (file === undefined) return `${name} is missing`;
    if (file.bytes !== bytes) return `${name} has ${file.bytes} bytes instead of ${bytes}`;
    if (file.sha256 !== sha256) return `${name} has another checksum than when it was written`;
  }
  return files.length === 0 ? 'its manifest names no files' : undefined;
}

// A copy of a manifest, made by hand, is no second backup.
function sharing({ files }: Manifest, named: ReadonlyMap<string, string>): string | undefined {
  for (const { id, name } of files) {
    const other = named.get(id);
    if (other !== undefined) return `${name} belongs to the older set ${other}: its manifest is a copy`;
  }
  return undefined;
}
