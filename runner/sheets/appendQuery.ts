import type pg from 'pg';
import { BackupError } from '../../crds/failureReason.ts';
import { defaultLookback } from '../../crds/sheetSpec.ts';
import { describeQuery } from '../database/describeQuery.ts';
import { quotedIdentifier } from '../database/selectStatement.ts';
import { queryError } from './queryError.ts';
import type { SheetSource } from './sheetSource.ts';

const uniqueIndex = `
SELECT a.attnotnull AND EXISTS (
  SELECT FROM pg_catalog.pg_index i
  WHERE i.indrelid = a.attrelid AND i.indisunique AND i.indisvalid AND i.indpred IS NULL
    AND i.indnkeyatts = 1 AND i.indkey[0] = a.attnum
) AS unique
FROM pg_catalog.pg_attribute a WHERE a.attrelid = $1 AND a.attname = $2 AND NOT a.attisdropped`;

/** float4, float8, boolean, json, jsonb: their texts do not come back from a tab as they went there, or have no order. */
const noKeys: ReadonlySet<number> = new Set([700, 701, 16, 114, 3802]);

/**
 * The same source with the rows that a tab may lack: those behind its newest key, and `lookback` rows before it. Throws
 * KeyInvalid if the key does not tell the rows of the source apart, or the tab holds what is no key.
 */
export async function appendSource(
  client: pg.Client,
  source: SheetSource,
  keys: ReadonlySet<string>,
): Promise<SheetSource> {
  const { sheet } = source;
  const column = keyColumn(source);
  if (column.array || noKeys.has(column.type)) {
    throw new BackupError('KeyInvalid', `Sheet ${sheet.name}: ${column.name} is of a type that is no key.`);
  }
  const key = `q.${quotedIdentifier(column.name)}`;
  const from = `FROM (\n${withoutSemicolon(source.sql)}\n) AS q`;
  try {
    await requireUnique(client, source, key, from);
    const since = await olderKey(
      client,
      { column: column.type, key, from },
      keys,
      sheet.lookback ?? defaultLookback,
    );
    const sql = `SELECT q.* ${from}${since === undefined ? '' : ` WHERE ${key} > ${since}`} ORDER BY ${key}`;
    // It has to stand in parentheses: an INSERT … RETURNING does not.
    await describeQuery(client, sql);
    return { ...source, sql };
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

/** The key before which no row is looked at, as SQL; undefined where all are. */
async function olderKey(
  client: pg.Client,
  { column, key, from }: { column: number; key: string; from: string },
  keys: ReadonlySet<string>,
  lookback: number,
): Promise<string | undefined> {
  if (keys.size === 0) return undefined;
  const { rows: types } = await client.query<{ name: string }>(
    'SELECT pg_catalog.format_type($1, NULL) AS name',
    [column],
  );
  const type = types[0]?.name ?? 'text';
  const text = `SELECT ${key}::text AS key ${from}
WHERE ${key} <= (SELECT k FROM unnest($1::${type}[]) AS k ORDER BY k DESC LIMIT 1)
ORDER BY ${key} DESC OFFSET ${lookback} LIMIT 1`;
  try {
    const { rows } = await client.query<{ key: string }>(text, [[...keys]]);
    return rows[0] && `${client.escapeLiteral(rows[0].key)}::${type}`;
  } catch (error) {
    // Invalid text, or a number out of range.
    if (!/^22/.test(String((error as { code?: unknown }).code))) throw error;
    throw new BackupError('KeyInvalid', `A cell in the key column of the tab is no ${type}.`);
  }
}

function withoutSemicolon(sql: string): string {
  return sql.replace(/[;\s]+$/, '');
}
