import type pg from 'pg';
import { BackupError } from '../../crds/failureReason.ts';
import { defaultLookback } from '../../crds/sheetSpec.ts';
import { describeQuery } from '../database/describeQuery.ts';
import { quotedIdentifier } from '../database/selectStatement.ts';
import { queryError } from './queryError.ts';
import type { SheetSource } from './sheetSource.ts';
import type { TabKeys } from './tabKeys.ts';

const uniqueIndex = `
SELECT a.attnotnull AND EXISTS (
  SELECT FROM pg_catalog.pg_index i
  WHERE i.indrelid = a.attrelid AND i.indisunique AND i.indisvalid AND i.indpred IS NULL
    AND i.indnkeyatts = 1 AND i.indkey[0] = a.attnum
) AS unique
FROM pg_catalog.pg_attribute a WHERE a.attrelid = $1 AND a.attname = $2 AND NOT a.attisdropped`;

/** float4, float8, boolean, json, jsonb: their texts do not come back from a tab as they went there, or have no order. */
const noKeys: ReadonlySet<number> = new Set([700, 701, 16, 114, 3802]);

/** Rows that a tab may lack. */
export interface AppendSource {
  readonly source: SheetSource;
  /** Keys of these rows that stand in the tab already. */
  readonly known: ReadonlySet<string>;
}

interface Key {
  /** The key of a row, and where rows come from, as SQL. */
  readonly key: string;
  readonly from: string;
  /** Its type. */
  readonly type: string;
}

/**
 * The same source with the rows that a tab may lack: those behind its newest key, and `lookback` rows before it. Throws
 * KeyInvalid if the key does not tell the rows of the source apart, or the tab holds what is no key.
 */
export async function appendSource(
  client: pg.Client,
  source: SheetSource,
  keys: TabKeys,
): Promise<AppendSource> {
  const { sheet } = source;
  const column = keyColumn(source);
  if (column.array || noKeys.has(column.type)) {
    throw new BackupError('KeyInvalid', `Sheet ${sheet.name}: ${column.name} is of a type that is no key.`);
  }
  const key = `q.${quotedIdentifier(column.name)}`;
  const from = `FROM (\n${withoutSemicolon(source.sql)}\n) AS q`;
  try {
    await requireUnique(client, source, key, from);
    const typed = { key, from, type: await typeName(client, column.type) };
    const since = await olderKey(client, typed, keys, sheet.lookback ?? defaultLookback);
    const known = await keysSince(client, typed, keys, since);
    const sql = `SELECT q.* ${from}${since === undefined ? '' : ` WHERE ${key} > ${since}`} ORDER BY ${key}`;
    // It has to stand in parentheses: an INSERT … RETURNING does not.
    await describeQuery(client, sql);
    return { source: { ...source, sql }, known };
  } catch (error) {
    throw queryError(error, sheet.name);
  }
}

function keyColumn({ columns, key }: SheetSource) {
  const column = columns[key ?? -1];
  if (column === undefined) throw new Error('an appending sheet has no key');
  return column;
}

/** By an index of the table, or else by counting. */
async function requireUnique(
  client: pg.Client,
  source: SheetSource,
  key: string,
  from: string,
): Promise<void> {
  const { sheet, table } = source;
  if (table !== undefined) {
    const { rows } = await client.query<{ unique: boolean }>(uniqueIndex, [table, sheet.keyColumn]);
    if (rows[0]?.unique) return;
  }
  const text = `SELECT count(*) = count(${key}) AS "notNull", count(${key}) = count(DISTINCT ${key}) AS unique ${from}`;
  const { rows } = await client.query<{ notNull: boolean; unique: boolean }>({
    text,
    queryMode: 'extended',
  } as object & {
    text: string;
  });
  const [found] = rows;
  if (found?.notNull && found.unique) return;
  const what = found?.notNull ? 'has values that several rows share' : 'is NULL in some rows';
  throw new BackupError('KeyInvalid', `Sheet ${sheet.name}: keyColumn ${sheet.keyColumn} ${what}.`);
}

/** With -1, since `character` would be one of a single letter. */
async function typeName(client: pg.Client, type: number): Promise<string> {
  const text = 'SELECT pg_catalog.format_type($1, -1) AS name';
  const { rows } = await client.query<{ name: string }>(text, [type]);
  return rows[0]?.name ?? 'text';
}

/** An expression that is compared in the order of the key's own collation. */
const ordered = ({ key, from }: Key, expression: string) =>
  `coalesce((SELECT ${key} ${from} WHERE false), ${expression})`;

/** The key before which no row is looked at, as SQL; undefined where all are. */
async function olderKey(
  client: pg.Client,
  typed: Key,
  keys: TabKeys,
  lookback: number,
): Promise<string | undefined> {
  const { key, from, type } = typed;
  let newest: string | undefined;
  for (const part of keys.parts()) {
    const text = `SELECT k::text AS key FROM (
  SELECT e::${type} AS k FROM json_array_elements_text($1::json) AS e UNION ALL SELECT $2::${type} WHERE $2 IS NOT NULL
) AS keys ORDER BY ${ordered(typed, 'k')} DESC LIMIT 1`;
    [newest] = await keysOf(client, type, text, [part, newest]);
  }
  if (newest === undefined) return undefined;
  const text = `SELECT ${key}::text AS key ${from} WHERE ${key} <= $1::${type} ORDER BY ${key} DESC OFFSET ${lookback} LIMIT 1`;
  const { rows } = await client.query<{ key: string }>(text, [newest]);
  return rows[0] && `${client.escapeLiteral(rows[0].key)}::${type}`;
}

/** The keys that rows behind another one may have: all of a large tab would take more memory than the sync has. */
async function keysSince(
  client: pg.Client,
  typed: Key,
  keys: TabKeys,
  since: string | undefined,
): Promise<ReadonlySet<string>> {
  const known = new Set<string>();
  for (const part of keys.parts()) {
    const text = `SELECT e AS key FROM json_array_elements_text($1::json) AS e WHERE e::${typed.type} > ${ordered(typed, String(since))}`;
    const found =
      since === undefined ? (JSON.parse(part) as string[]) : await keysOf(client, typed.type, text, [part]);
    for (const key of found) known.add(key);
  }
  return known;
}

/** Keys of the tab as the server finds them: it reads the JSON of Google, so that we need not take it apart. */
async function keysOf(
  client: pg.Client,
  type: string,
  text: string,
  values: readonly (string | undefined)[],
): Promise<string[]> {
  try {
    return (await client.query<{ key: string }>(text, [...values])).rows.map(({ key }) => key);
  } catch (error) {
    // Invalid text, or a number out of range.
    if (!/^22/.test(String((error as { code?: unknown }).code))) throw error;
    throw new BackupError('KeyInvalid', `A cell in the key column of the tab is no ${type}.`);
  }
}

function withoutSemicolon(sql: string): string {
  return sql.replace(/[;\s]+$/, '');
}
