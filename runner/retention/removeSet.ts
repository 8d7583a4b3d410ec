import { BackupError } from '../../crds/failureReason.ts';
import type { Destination, StoredFile } from '../destinations/destination.ts';

/** What came of it: `gone` before we came, `kept` whole, `partly` removed: no manifest, but files. */
export type Removal =
  | { readonly kind: 'removed' | 'gone' }
  | { readonly kind: 'kept' | 'partly'; readonly why: string };

/** Files that go together, the manifest first where there is one. */
export interface RemovableSet {
  readonly name: string;
  readonly files: readonly StoredFile[];
  /** With a manifest every file must still be there, else somebody is moving them away. */
  readonly complete: boolean;
}

/**
 * Removes the files of a set after a fresh look at each of them: nothing of it goes if one was renamed, re-tagged,
 * changed or moved since it was listed. The manifest goes first, so that no half set looks whole. Throws only the
 * signal's reason, and only before anything was removed.
 */
export async function removeSet(
  destination: Destination,
  { name: set, files, complete }: RemovableSet,
  mode: 'Trash' | 'Delete',
  signal: AbortSignal,
): Promise<Removal> {
  let removed = 0;
  try {
    const present: StoredFile[] = [];
    for (const [index, file] of files.entries()) {
      const now = await destination.get(file.id, signal);
      if (now !== undefined && !same(now, file)) {
        return kept(`${file.name} of set ${set} changed since it was listed: the set was left alone.`);
      }
      if (now !== undefined) present.push(now);
      else if (complete && index === 0) return { kind: 'gone' };
      else if (complete) {
        return kept(`${file.name} of set ${set} went away since it was listed: the set was left alone.`);
      }
    }
    for (const file of present) {
      await destination.remove(file.id, mode, signal);
      removed += 1;
    }
    return { kind: present.length > 0 ? 'removed' : 'gone' };
  } catch (error) {
    if (removed > 0 && complete) {
      return {
        kind: 'partly',
        why: `Set ${set} is removed, but ${files.length - removed} of its files are still there; a later run removes them: ${inWords(error)}`,
      };
    }
    signal.throwIfAborted();
    return kept(`Set ${set} could not be removed: ${inWords(error)}`);
  }
}

/** Whether a file is still the one that was listed. */
export function same(now: StoredFile, listed: StoredFile): boolean {
  return (
    now.name === listed.name &&
    now.bytes === listed.bytes &&
    now.sha256 === listed.sha256 &&
    now.tags?.owner === listed.tags?.owner &&
    now.tags?.set === listed.tags?.set
  );
}

/** The sentence of an error that is understood; of another one only its kind, since it may quote anything. */
export function inWords(error: unknown): string {
  if (error instanceof BackupError) return error.message;
  return `an unexpected ${error instanceof Error ? error.constructor.name : typeof error}.`;
}

const kept = (why: string): Removal => ({ kind: 'kept', why });
