import type { FileFormat } from '../../crds/runReport.ts';
import type { StoredFile } from '../destinations/destination.ts';
import type { Inventory, ListedSet } from './listedSet.ts';

/** A file of a set: what its manifest says of it, and what lies there now. */
export interface SetFile {
  readonly name: string;
  readonly format: FileFormat;
  /** What it had when it was written. */
  readonly bytes: number;
  /** Undefined where nobody wrote it down. */
  readonly sha256: string | undefined;
  /** Undefined if it is missing. */
  readonly stored: StoredFile | undefined;
}

/** The files of a set as its manifest names them, and the manifest itself last. */
export function setFiles(
  { id, manifest }: Pick<ListedSet, 'id' | 'manifest'>,
  { listing }: Pick<Inventory, 'listing'>,
): SetFile[] {
  const byID = new Map(listing.map((file) => [file.id, file]));
  const files: SetFile[] = (manifest?.files ?? []).map(({ name, format, bytes, sha256, id }) => {
    return { name, format, bytes, sha256, stored: byID.get(id) };
  });
  const own = byID.get(id);
  if (own)
    files.push({ name: own.name, format: 'manifest', bytes: own.bytes, sha256: own.sha256, stored: own });
  return files;
}
