import type { Manifest, ManifestTable } from '../../crds/manifest.ts';
import { clearName } from '../encryption/encryptedName.ts';

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

/** Compares only what is alike: another format or compression than before is no loss, and encryption changes no size. */
function comparedBytes(
  current: Manifest,
  before: readonly Manifest[],
): { bytes: number; usualBytes: number } {
  const sum = { bytes: 0, usualBytes: 0 };
  for (const file of current.files) {
    const kind = kindOf(current, file);
    const like = before.flatMap((set) => set.files.filter((other) => kindOf(set, other) === kind));
    if (like.length === 0) continue;
    sum.bytes += file.bytes;
    sum.usualBytes += median(like.map(({ bytes }) => bytes));
  }
  return sum;
}

/** What follows the set in the name, `.csv.gz`: format and compression. */
const kindOf = ({ set }: Manifest, { name, format }: Manifest['files'][number]) =>
  `${format} ${clearName(name).slice(set.length)}`;

/** A table that is gone is a migration; one that is there and empty may be an accident. */
function emptiedTable(current: Manifest, before: readonly Manifest[]): string | undefined {
  const rowsBefore = before.map((set) => ({ set: set.set, rowsOf: tableRows(set, current) }));
  for (const table of current.tables) {
    if (table.rows > 0) continue;
    const had = rowsBefore.flatMap(({ set, rowsOf }) => {
      const rows = rowsOf(table);
      return rows === undefined ? [] : [{ rows, set }];
    });
    // The newest alone would forget the accident after one run, while retention still removes older sets.
    const usual = median(had.map(({ rows }) => rows));
    const [last] = had;
    if (last !== undefined && (last.rows > 0 || usual > 0)) {
      const full = last.rows > 0 ? last : had.find(({ rows }) => rows > 0);
      return `table ${table.schema}.${table.name} has no rows, and had ${full?.rows === some ? 'some' : full?.rows} in ${full?.set}`;
    }
  }
  return undefined;
}

/** Of a set that tells no numbers; greater than none. */
const some = 0.5;

/**
 * How to ask a set for the rows of a table; undefined if it has no such table. An encrypted set knows its tables by their OIDs
 * alone, which say nothing in another database.
 */
function tableRows(set: Manifest, current: Manifest): (table: ManifestTable) => number | undefined {
  if (set.encryption === undefined) {
    const rows = new Map(set.tables.map((table) => [JSON.stringify([table.schema, table.name]), table.rows]));
    return ({ schema, name }) => rows.get(JSON.stringify([schema, name]));
  }
  if (!sameDatabase(set.database, current.database)) return () => undefined;
  const filled = new Set(set.encryption.filledTables);
  const empty = new Set(set.encryption.emptyTables);
  return ({ oid = -1 }) => (filled.has(oid) ? some : empty.has(oid) ? 0 : undefined);
}

function sameDatabase(a: Manifest['database'], b: Manifest['database']): boolean {
  return a.systemIdentifier === b.systemIdentifier && a.oid === b.oid;
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle] ?? 0;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? 0) + upper) / 2;
}
