import type { Manifest } from '../../crds/manifest.ts';
import { decompressed } from '../../runner/content/decompressed.ts';
import { ignoreContent } from '../../runner/content/readBack.ts';
import { ContentError, type TableRows } from '../../runner/content/tableRows.ts';
import { zipEntries } from '../../runner/content/zipEntries.ts';
import { safeFileName, UniqueNames } from '../../runner/exporters/uniqueNames.ts';
import type { SetFile } from '../../runner/sets/setFiles.ts';
import { csvRecords } from './csvRecords.ts';
import { csvRows } from './csvRows.ts';
import { jsonRows } from './jsonRows.ts';
import { sqlRows } from './sqlRows.ts';
import { xlsxRows } from './xlsxRows.ts';

type Content = AsyncIterable<Uint8Array>;

/** A sheet holds so many rows besides its header; longer tables go on in further sheets. */
const sheetRows = 1_048_575;

/**
 * Reads a file of a set and compares its rows with the manifest; gives their number where they were counted. `deep`
 * parses every format; without it only what counts at the speed of the checksum is counted: plain csv and json.
 * Throws ContentError.
 */
export async function countRows(
  { name, format }: Pick<SetFile, 'name' | 'format'>,
  { tables, rows }: Pick<Manifest, 'tables' | 'rows'>,
  deep: boolean,
  content: Content,
): Promise<number | undefined> {
  const plain = name.endsWith('.csv') || name.endsWith('.json');
  if (format === 'manifest' || !(deep || plain)) return ignoreContent(content);
  const inside = decompressed(name, content);
  switch (format) {
    case 'csv': {
      if (name.endsWith('.zip')) return compare(unique(tables, safeFileName), await zippedRows(inside));
      const counted = deep ? await csvRows(inside) : await csvRecords(inside);
      return compare(tables, [{ name: tables[0]?.title ?? '', rows: counted }]);
    }
    case 'json':
      return compare(unique(tables), await jsonRows(inside));
    case 'xlsx':
      return compare(tables, sheetsAsTables(await xlsxRows(inside), tables));
    case 'schema':
      await sqlRows(inside);
      return undefined;
    case 'tables':
      return ignoreContent(inside);
    case 'sql':
      compareKnown(tables, await sqlRows(inside));
      return rows;
  }
}

async function zippedRows(archive: Content): Promise<TableRows[]> {
  const found: TableRows[] = [];
  for await (const { name, content } of zipEntries(archive)) {
    found.push({ name: name.replace(/\.csv$/, ''), rows: await csvRows(content) });
  }
  return found;
}

type Named = Pick<Manifest['tables'][number], 'title' | 'rows'>;

/** The names that the exporters give to tables in a file: the same rule, from the same titles. */
function unique(tables: readonly Named[], safe = (title: string) => title): Named[] {
  const names = new UniqueNames();
  return tables.map(({ title, rows }) => ({ title: names.take(safe(title)), rows }));
}

function compare(expected: readonly Named[], found: readonly TableRows[]): number {
  if (found.length !== expected.length) {
    throw new ContentError(`it holds ${found.length} tables instead of ${expected.length}`);
  }
  let sum = 0;
  for (const [index, { title, rows }] of expected.entries()) {
    const table = found[index];
    if (table?.name !== title) throw new ContentError(`table ${title} is missing`);
    if (table.rows !== rows)
      throw new ContentError(`table ${title} has ${table.rows} rows instead of ${rows}`);
    sum += rows;
  }
  return sum;
}

/** Rows of sheets as rows of tables: each table has one sheet, or as many as its rows fill. Throws ContentError. */
export function sheetsAsTables(sheets: readonly number[], tables: readonly Named[]): TableRows[] {
  const rest = [...sheets];
  const found = tables.map(({ title, rows }) => {
    const own = rest.splice(0, Math.max(1, Math.ceil(rows / sheetRows)));
    return { name: title, rows: own.reduce((sum, count) => sum + count, 0) };
  });
  // A workbook without a sheet is not valid, so one without tables has an empty one.
  if (rest.length > (tables.length === 0 ? 1 : 0))
    throw new ContentError(`it has ${rest.length} sheets too many`);
  return found;
}

/** A dump has no rows of views and foreign tables, and none of what was left out. */
function compareKnown(tables: Manifest['tables'], found: readonly TableRows[]): void {
  const rows = new Map(found.map((table) => [table.name, table.rows]));
  for (const { schema, name, rows: expected } of tables) {
    const counted = rows.get(`${schema}.${name}`);
    if (counted !== undefined && counted !== expected) {
      throw new ContentError(`table ${schema}.${name} has ${counted} rows instead of ${expected}`);
    }
  }
}
