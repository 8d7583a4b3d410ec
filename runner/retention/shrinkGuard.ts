import type { Manifest } from '../../crds/manifest.ts';

/**
 * Why a new set looks like a loss of data, or undefined: rows or bytes below `guard` times the median of the
 * good sets before it, or a table without a row that had some in the newest of them. A guard of 0 is off.
 */
export function shrunk(
  current: Manifest,
  beforeNewestFirst: readonly Manifest[],
  guard: number,
): string | undefined {
  const [previous] = beforeNewestFirst;
  if (guard === 0 || previous === undefined) return undefined;
  for (const [what, size] of [
    ['rows', (set: Manifest) => set.rows],
    ['bytes', comparableBytes(current)],
  ] as const) {
    const usual = median(beforeNewestFirst.map(size));
    const now = size(current);
    if (now < guard * usual) {
      return `the backup has ${now} ${what}, less than ${guard} times the usual ${usual}`;
    }
  }
  const rows = new Map(current.tables.map((table) => [`${table.schema}.${table.name}`, table.rows]));
  for (const { schema, name, rows: before } of previous.tables) {
    // A table that is gone is a migration; one that is there and empty may be an accident.
    if (before > 0 && rows.get(`${schema}.${name}`) === 0) {
      return `table ${schema}.${name} has no rows, and had ${before} in ${previous.set}`;
    }
  }
  return undefined;
}

/** Bytes of the formats that the current set has too: a change of formats is no loss. */
function comparableBytes(current: Manifest): (set: Manifest) => number {
  const formats = new Set(current.files.map(({ format }) => format));
  return (set) => set.files.reduce((sum, { format, bytes }) => sum + (formats.has(format) ? bytes : 0), 0);
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle] ?? 0;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? 0) + upper) / 2;
}
