import type { StoredFile } from '../destinations/destination.ts';

const graceAfterDeadline = 60 * 60_000;
// As fileTypes.ts names them. Any other name was given by a person, perhaps to a manifest.
const dataFile = /^\.(csv|json|xlsx|sql|schema\.sql)(\.(zip|gz|zst))?$/;

/**
 * Loose files of runs that must have ended an hour ago, by set: their own deadline and the destination's clock
 * `now` say so. A set of which anything was renamed stays: a manifest under another name would leave its files
 * looking loose.
 */
export function unfinishedSets(loose: readonly StoredFile[], now: Date): Map<string, readonly StoredFile[]> {
  const bySet = Map.groupBy(loose, ({ tags }) => tags?.set ?? '');
  return new Map([...bySet].filter(([set, files]) => files.every((file) => isDead(file, set, now))));
}

function isDead({ name, tags }: StoredFile, set: string, now: Date): boolean {
  const untouched = name.startsWith(set) && dataFile.test(name.slice(set.length));
  // A deadline that is no time compares as false.
  return untouched && now.getTime() > Date.parse(tags?.deadline ?? '') + graceAfterDeadline;
}
