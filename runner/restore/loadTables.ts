import type pg from 'pg';
import { BackupError } from '../../crds/failureReason.ts';
import type { ManifestTable } from '../../crds/manifest.ts';
import { ContentError } from '../content/tableRows.ts';
import { zipEntries } from '../content/zipEntries.ts';
import { clearName } from '../encryption/encryptedName.ts';
import { safeFileName, UniqueNames } from '../exporters/uniqueNames.ts';
import { keepsRows } from './compareRows.ts';
import { jsonTables } from './jsonTables.ts';
import { loadCSV } from './loadCsv.ts';
import { JSONLoader } from './loadJson.ts';
import type { TargetTable } from './targetTables.ts';

/** Which tables of a file are loaded, and where to. */
export interface TableLoad {
  readonly client: pg.Client;
  /** All tables of the manifest: they say what is where in the file. */
  readonly all: readonly ManifestTable[];
  /** Those that are loaded. */
  readonly tables: readonly TargetTable[];
  readonly begins: (table: TargetTable) => void;
}

/** Gives the rows of a csv or json file, plain or as a zip archive, to the tables that they belong to. */
export async function loadTables(
  name: string,
  load: TableLoad,
  content: AsyncIterable<Uint8Array>,
): Promise<void> {
  const bare = clearName(name).replace(/\.(gz|zst)$/, '');
  if (bare.endsWith('.json')) return loadJSONTables(load, content);
  if (bare.endsWith('.zip')) return loadArchive(load, content);
  const [only, ...more] = load.all;
  if (only === undefined || more.length > 0)
    throw new ContentError('a plain CSV file holds exactly one table');
  await loadOne(load, tableNamed(load, only), content);
}

async function loadArchive(load: TableLoad, content: AsyncIterable<Uint8Array>): Promise<void> {
  const byEntry = entries(load.all, safeFileName, '.csv');
  const seen = new Set<ManifestTable>();
  for await (const { name, content: entry } of zipEntries(content)) {
    const table = byEntry.get(name);
    if (table === undefined) throw new ContentError(`the archive has an entry that is no table of the set`);
    seen.add(table);
    await loadOne(load, tableNamed(load, table), entry);
  }
  refuseMissing(load, seen);
}

async function loadJSONTables(load: TableLoad, content: AsyncIterable<Uint8Array>): Promise<void> {
  const byKey = entries(load.all, (title) => title, '');
  const seen = new Set<ManifestTable>();
  let loader: JSONLoader | undefined;
  for await (const { table: key, begins, rows } of jsonTables(content)) {
    if (begins) {
      await loader?.flush();
      const table = byKey.get(key);
      if (table === undefined) throw new ContentError('it has a key that is no table of the set');
      seen.add(table);
      const target = tableNamed(load, table);
      loader = target && new JSONLoader(load.client, target);
      if (target) load.begins(target);
    }
    await loader?.add(rows);
  }
  await loader?.flush();
  refuseMissing(load, seen);
}

async function loadOne(
  { client, begins }: TableLoad,
  table: TargetTable | undefined,
  content: AsyncIterable<Uint8Array>,
): Promise<void> {
  if (table === undefined) {
    for await (const _ of content);
    return;
  }
  begins(table);
  const rows = await loadCSV(client, table, content);
  if (rows === table.rows) return;
  throw new BackupError('RowsDiffer', `${table.title} got ${rows} rows instead of ${table.rows}.`);
}

/** The target of a table; undefined for one that is not wanted or whose rows are computed. */
function tableNamed({ tables }: TableLoad, { schema, name }: ManifestTable): TargetTable | undefined {
  return tables.find((table) => table.schema === schema && table.name === name && keepsRows(table.kind));
}

/** The exporters' own rule, from the same titles in the same order. */
function entries(all: readonly ManifestTable[], safe: (title: string) => string, extension: string) {
  const names = new UniqueNames();
  return new Map(all.map((table) => [`${names.take(safe(table.title))}${extension}`, table]));
}

function refuseMissing({ all }: TableLoad, seen: ReadonlySet<ManifestTable>): void {
  const missing = all.find((table) => !seen.has(table));
  if (missing) throw new ContentError(`table ${missing.title} is missing in it`);
}
