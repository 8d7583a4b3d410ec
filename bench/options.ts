import { parseArgs } from 'node:util';

/** What the command line asks for. */
export interface BenchOptions {
  /** Names of pairs; empty: all. */
  readonly names: readonly string[];
  /** Rows of table A; the limits are stated for `fullRows`. */
  readonly rows: number;
  /** How often each side of a pair runs. */
  readonly runs: number;
}

/** Table A, for which the limits are stated. */
export const fullRows = 2_000_000;

/** Reads `[name …] [--rows N] [--runs N]`. Throws an Error whose message is for the person who typed it. */
export function benchOptions(args: readonly string[], known: readonly string[]): BenchOptions {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: { rows: { type: 'string' }, runs: { type: 'string' } },
  });
  const unknown = positionals.filter((name) => !known.includes(name));
  if (unknown.length > 0) {
    throw new Error(`There is no pair ${unknown.join(', ')}; the pairs are ${known.join(', ')}.`);
  }
  return {
    names: positionals,
    rows: count(values.rows, '--rows', fullRows),
    runs: count(values.runs, '--runs', 3),
  };
}

function count(text: string | undefined, name: string, otherwise: number): number {
  if (text === undefined) return otherwise;
  const value = Number(text.replaceAll('_', ''));
  if (!Number.isInteger(value) || value < 1) throw new Error(`${name} takes a whole number from 1 on.`);
  return value;
}
