import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Row } from './row.ts';

/** Where and with what it was measured; neither host nor paths. */
export interface Machine {
  /** "2 cores, 24 GiB of memory, linux x64". */
  readonly hardware: string;
  /** "Node 26.10.0, PostgreSQL 15.18, …". */
  readonly versions: string;
}

/** What one pair gave at its last run at full size. */
export interface PairResult {
  readonly name: string;
  /** YYYY-MM-DD. */
  readonly date: string;
  readonly runs: number;
  readonly machine: Machine;
  readonly rows: readonly Row[];
}

const file = join(import.meta.dirname, 'results.json');
const readme = join(import.meta.dirname, 'README.md');
const begin = '<!-- results: written by npm run bench -->';
const end = '<!-- end of results -->';

/** Keeps the results of the pairs that ran in results.json, those of the others as they are, and writes both into README.md. */
export async function keepResults(fresh: readonly PairResult[], order: readonly string[]): Promise<void> {
  const known = JSON.parse(await readFile(file, 'utf8').catch(() => '[]')) as PairResult[];
  const results = order.flatMap(
    (name) =>
      fresh.find((result) => result.name === name) ?? known.find((result) => result.name === name) ?? [],
  );
  await writeFile(file, `${JSON.stringify(results, null, 2)}\n`);
  const text = await readFile(readme, 'utf8');
  const from = text.indexOf(begin);
  const to = text.indexOf(end);
  if (from < 0 || to < from) throw new Error(`bench/README.md has no lines "${begin}" and "${end}".`);
  const block = `${begin}\n${markdown(results)}\n`;
  await writeFile(readme, text.slice(0, from) + block + text.slice(to));
}

/** The rows as a table for the terminal. */
export function textTable(rows: readonly Row[]): string {
  const lines = [heads, ...rows.map(cells)];
  const widths = heads.map((_, column) => Math.max(...lines.map((line) => line[column]?.length ?? 0)));
  return lines
    .map((line) =>
      line
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

const heads = ['work', 'ours', 'peer', 'ratio', 'limit', ''];

function cells({ work, ours, peer, figure, limit, ok }: Row): string[] {
  return [work, ours, peer, figure, limit, ok === undefined ? '–' : ok ? '✓' : '✗'];
}

function markdown(results: readonly PairResult[]): string {
  const line = (texts: readonly string[]) =>
    `| ${texts.map((text) => text.replaceAll('|', '\\|')).join(' | ')} |`;
  const table = [
    line(['pair', ...heads]),
    line(['---', '---', '---', '---', '--:', '--:', '---']),
    ...results.flatMap(({ name, rows }) => rows.map((row) => line([`\`${name}\``, ...cells(row)]))),
  ];
  const when = Map.groupBy(results, ({ date, runs, machine }) =>
    [
      `Measured on ${date}, ${runs === 1 ? 'once' : `medians of ${runs}`}`,
      machine.hardware,
      machine.versions,
    ].join('; '),
  );
  const origins = [...when].map(
    ([origin, of]) => `${origin}${when.size > 1 ? ` (${of.map(({ name }) => name).join(', ')})` : ''}.`,
  );
  return ['', ...table, '', ...origins, ''].join('\n');
}
