import type { Manifest } from '../../crds/manifest.ts';

/**
 * Why a new set looks like a loss of data, or undefined: rows or bytes below `guard` times the median of the
 * good sets before it, or a table without a row that had some in the newest of them or in most of them.
 * A guard of 0 is off.
 */
export function shrunk(
  current: Manifest,
  beforeNewestFirst: readonly Manifest[],
  guard: number,
): string | undefined {
  if (guard === 0 || beforeNewestFirst.length === 0) return undefined;
  const usualRows = median(beforeNewestFirst.map(({ rows }) => rows));
  if (current.rows < guard * usualRows) return lessThanUsual('rows', current.rows, usualRows, guard);
  const { bytes, usualBytes } = comparedBytes(current, beforeNewestFirst);
  if (bytes < guard * usualBytes) return lessThanUsual('bytes', bytes, usualBytes, guard);
  return emptiedTable(current, beforeNewestFirst);
}

/** Sets with less than `guard` times the median of all rows: what a wiped database leaves behind. */
export function smallSets<T extends { readonly manifest: Manifest }>(
  sets: readonly T[],
  guard: number,
): ReadonlySet<T> {
  const usual = median(sets.map(({ manifest }) => manifest.rows));
  return new Set(sets.filter(({ manifest }) => manifest.rows < guard * usual));
}

function lessThanUsual(what: string, now: number, usual: number, guard: number): string {
  return `the backup has ${now} ${what}, less than ${guard} times the usual ${usual}`;
}

/** Compares only what is alike: another format or compression than before is no loss. */
function comparedBytes(
  { files }: Manifest,
  before: readonly Manifest[],
): { bytes: number; usualBytes: number } {
  const kind = ({ format, contentType }: Manifest['files'][number]) => `${format} ${contentType}`;
  const sum = { bytes: 0, usualBytes: 0 };
  for (const file of files) {
    const like = before.flatMap((set) => set.files.filter((other) => kind(other) === kind(file)));
    if (like.length === 0) continue;
    sum.bytes += file.bytes;
    sum.usualBytes += median(like.map(({ bytes }) => bytes));
  }
  return sum;
}

/** A table that is gone is a migration; one that is there and empty may be an accident. */
function emptiedTable({ tables }: Manifest, before: readonly Manifest[]): string | undefined {
  for (const { schema, name, rows } of tables) {
    if (rows > 0) continue;
    const had = before.flatMap((set) => {
      const table = set.tables.find((other) => other.schema === schema && other.name === name);
      return table ? [{ rows: table.rows, set: set.set }] : [];
    });
    // The newest alone would forget the accident after one run, while retention still removes older sets.
    const usual = median(had.map((table) => table.rows));
    const [last] = had;
    if (last !== undefined && (last.rows > 0 || usual > 0)) {
      const full = last.rows > 0 ? last : had.find((table) => table.rows > 0);
      return `table ${schema}.${name} has no rows, and had ${full?.rows} in ${full?.set}`;
    }
  }
  return undefined;
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle] ?? 0;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? 0) + upper) / 2;
}
