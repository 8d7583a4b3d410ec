import type pg from 'pg';
import { BackupError } from '../../crds/failureReason.ts';
import type { SheetSpec } from '../../crds/sheetSpec.ts';
import { describeQuery } from '../database/describeQuery.ts';
import { selectStatement } from '../database/selectStatement.ts';
import type { SourceTable } from '../database/tables.ts';
import type { Column } from '../exporters/exporter.ts';
import { queryError } from './queryError.ts';
import { tableOrder } from './tableOrder.ts';

/** What a sheet reads. */
export interface SheetSource {
  readonly sheet: SheetSpec;
  readonly sql: string;
  /** Of the result, in its order. */
  readonly columns: readonly Column[];
  /** Places of the columns that are written. */
  readonly picks: readonly number[];
  /** Place of keyColumn. */
  readonly key: number | undefined;
  /** OID of its table; undefined for a query. */
  readonly table: number | undefined;
  /** As the planner sees it. */
  readonly estimatedRows: number;
}

/**
 * Finds what a sheet reads, within the snapshot. A query is parsed and planned, which also locks its tables, and not run. Throws
 * NoTablesMatch, InvalidSpec for a column that is not there, InvalidQuery.
 */
export async function sheetSource(
  client: pg.Client,
  sheet: SheetSpec,
  tables: readonly SourceTable[],
): Promise<SheetSource> {
  if (sheet.table === undefined) return querySource(client, sheet, sheet.query ?? '');
  const table = tables.find(({ schema, name }) => `${schema}.${name}` === sheet.table);
  if (table === undefined) {
    throw new BackupError('NoTablesMatch', `Sheet ${sheet.name}: the database has no table ${sheet.table}.`);
  }
  const picked = placesOf(sheet, table.columns).map((place) => table.columns[place] as Column);
  const select = selectStatement({ ...table, columns: picked }, false);
  // What is appended is put in order by its keys.
  const sql = sheet.mode === 'Append' ? select : select + (await tableOrder(client, table.oid));
  const places = picked.map((_, place) => place);
  return {
    ...{ sheet, sql, columns: picked, picks: places, table: table.oid },
    key: keyPlace(sheet, picked),
    estimatedRows: await estimatedRows(client, sheet, sql),
  };
}

async function querySource(client: pg.Client, sheet: SheetSpec, sql: string): Promise<SheetSource> {
  const columns = await describeQuery(client, sql).catch((error: unknown) => {
    throw queryError(error, sheet.name, sql);
  });
  // PostgreSQL returns at most 1,664 columns; Google takes 18,278.
  if (columns === undefined || columns.length === 0) {
    throw new BackupError(
      'InvalidQuery',
      `Sheet ${sheet.name}: the query returns no columns: write one SELECT.`,
    );
  }
  return {
    ...{ sheet, sql, columns, table: undefined },
    picks: placesOf(sheet, columns),
    key: keyPlace(sheet, columns),
    estimatedRows: await estimatedRows(client, sheet, sql),
  };
}

async function estimatedRows(client: pg.Client, sheet: SheetSpec, sql: string): Promise<number> {
  const query = { text: `EXPLAIN (FORMAT JSON) ${sql}`, queryMode: 'extended' };
  try {
    const { rows } = await client.query<{ 'QUERY PLAN': { Plan?: { 'Plan Rows'?: number } }[] }>(query);
    return rows[0]?.['QUERY PLAN'][0]?.Plan?.['Plan Rows'] ?? 0;
  } catch (error) {
    throw queryError(error, sheet.name);
  }
}

function placesOf(sheet: SheetSpec, columns: readonly Column[]): number[] {
  return sheet.columns?.map((name) => placeOf(sheet, name, columns)) ?? columns.map((_, place) => place);
}

function keyPlace(sheet: SheetSpec, columns: readonly Column[]): number | undefined {
  return sheet.keyColumn === undefined ? undefined : placeOf(sheet, sheet.keyColumn, columns);
}

function placeOf(sheet: SheetSpec, name: string, columns: readonly Column[]): number {
  const places = [...columns.entries()].flatMap(([place, column]) => (column.name === name ? [place] : []));
  const [place] = places;
  if (place !== undefined && places.length === 1) return place;
  const known = columns.slice(0, 20).map((column) => column.name);
  const more = columns.length > known.length ? ` and ${columns.length - known.length} more` : '';
  throw new BackupError(
    'InvalidSpec',
    places.length > 1
      ? `Sheet ${sheet.name}: the query has ${places.length} columns ${name}: give them different names.`
      : `Sheet ${sheet.name}: there is no column ${name}, but ${known.join(', ')}${more}.`,
  );
}
