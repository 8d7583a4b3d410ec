import type pg from 'pg';
import type { ManifestFile, ManifestTable } from '../../crds/manifest.ts';
import type { RunProgress } from '../progress.ts';
import { compareRows, countStatement, keepsRows } from './compareRows.ts';
import { endWithClient } from './endWithClient.ts';
import { loadTables } from './loadTables.ts';
import { readSetFile, readSetText, type SetSource } from './readSetFile.ts';
import { restoreError } from './restoreError.ts';
import { unknownEnd } from './restoreSql.ts';
import { schemaParts } from './schemaParts.ts';
import { looseSequences, setSequences } from './setSequences.ts';
import { suspendChecks } from './suspendChecks.ts';
import { refuseFullTables, type TargetTable, targetTables } from './targetTables.ts';

export interface RowRestore {
  readonly client: pg.Client;
  /** server_version_num of the target. */
  readonly serverVersion: number;
  readonly source: SetSource;
  /** Left out: the tables are there already. */
  readonly schema: ManifestFile | undefined;
  readonly file: ManifestFile;
  /** All tables of the manifest. */
  readonly all: readonly ManifestTable[];
  /** Those whose rows are restored. */
  readonly tables: readonly ManifestTable[];
  /** Statements of ours that go first, in the same transaction. */
  readonly before: readonly string[];
  /** Empty tables that have rows, instead of refusing them. */
  readonly truncate: boolean;
  readonly progress: RunProgress;
}

// How a backup writes values, and nothing that may end a long transaction.
const settings = [
  ...["client_encoding = 'UTF8'", "DateStyle = 'ISO, YMD'", "IntervalStyle = 'postgres'", "search_path = ''"],
  ...['statement_timeout = 0', 'lock_timeout = 60000', 'idle_in_transaction_session_timeout = 0'],
  ...[
    'row_security = off',
    "xmloption = 'content'",
    'check_function_bodies = off',
    'standard_conforming_strings = on',
  ],
].map((one) => `SET LOCAL ${one}`);

/**
 * Restores rows from csv or json, in one transaction: the schema up to its indexes and constraints, rows, the rest of
 * the schema, sequences; or rows alone into tables that are there. It commits only when each file had the bytes of the
 * manifest and every table its rows. Gives notes. Whatever it throws, nothing was changed, except where the message
 * says that this is not known.
 */
export async function restoreRows(restore: RowRestore, signal: AbortSignal): Promise<string[]> {
  const { client, progress } = restore;
  const step = { doing: 'beginning' };
  try {
    await client.query(['BEGIN', endWithClient, ...settings].join('; '));
    for (const statement of restore.before) await client.query(statement);
    const notes = await fill(restore, step, signal);
    progress.stage = 'commit';
    step.doing = 'committing';
    await client.query('COMMIT');
    return notes;
  } catch (error) {
    signal.throwIfAborted();
    // Not where the connection itself is gone: the server rolls back then.
    await client.query('ROLLBACK').catch(() => {});
    const named = restoreError(error, step.doing);
    if (step.doing === 'committing' && isLost(named)) throw unknownEnd(error);
    throw named;
  }
}

const isLost = (error: unknown) => (error as { reason?: string }).reason === 'DatabaseUnreachable';

async function fill(restore: RowRestore, step: { doing: string }, signal: AbortSignal): Promise<string[]> {
  const { client, source, schema, progress } = restore;
  let after = '';
  if (schema !== undefined) {
    step.doing = 'making the tables';
    const parts = schemaParts(await readSetText(source, schema, signal), restore.serverVersion);
    await client.query(parts.before);
    after = parts.after;
  }
  const tables = await targetTables(client, restore.tables);
  const resume = schema === undefined ? await prepare(restore, step, tables) : undefined;

  progress.stage = 'restore';
  progress.tables = tables.length;
  const begins = (table: TargetTable) => {
    step.doing = `loading table ${table.title}`;
    progress.table = table.title;
    progress.tablesDone++;
  };
  const load = { client, all: restore.all, tables, begins };
  await readSetFile(source, restore.file, (content) => loadTables(restore.file.name, load, content), signal);

  progress.stage = 'indexes and constraints';
  step.doing = 'making indexes and constraints';
  if (after !== '') await client.query(after);
  await resume?.();
  await setSequences(client, tables);
  if (schema !== undefined) await refreshViews(client, step);
  progress.stage = 'count';
  step.doing = 'counting the rows';
  return [...(await count(client, tables)), ...(schema === undefined ? [] : await sequenceNotes(client))];
}

/** Empties the tables if that is wanted, and lets rows in whatever their order. */
async function prepare(
  { client, truncate }: RowRestore,
  step: { doing: string },
  tables: readonly TargetTable[],
) {
  const stored = tables.filter(({ kind }) => keepsRows(kind));
  if (truncate && stored.length > 0) {
    step.doing = 'emptying the tables';
    await client.query(
      `TRUNCATE ${stored.map(({ sql, kind }) => (kind === 'r' ? `ONLY ${sql}` : sql)).join(', ')}`,
    );
  } else await refuseFullTables(client, stored);
  step.doing = 'putting constraints and triggers off';
  return suspendChecks(client, stored);
}

/** pg_dump --schema-only makes them without rows. In the order in which they were made, each finds what it reads. */
async function refreshViews(client: pg.Client, step: { doing: string }): Promise<void> {
  step.doing = 'computing the materialized views';
  const { rows } = await client.query<{ sql: string }>(
    `SELECT pg_catalog.format('%I.%I', n.nspname, c.relname) AS sql
     FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
     WHERE c.relkind = 'm' AND NOT c.relispopulated ORDER BY c.oid`,
  );
  for (const { sql } of rows) await client.query(`REFRESH MATERIALIZED VIEW ${sql}`);
}

async function count(client: pg.Client, tables: readonly TargetTable[]): Promise<string[]> {
  const counted = [];
  for (const table of tables) {
    // A foreign table's rows lie elsewhere.
    if (table.kind === 'f') continue;
    const { rows } = await client.query<{ rows: string }>(countStatement(table, table.kind));
    counted.push({ ...table, found: Number(rows[0]?.rows) });
  }
  return compareRows(counted);
}

async function sequenceNotes(client: pg.Client): Promise<string[]> {
  const loose = await looseSequences(client);
  if (loose.length === 0) return [];
  return [
    `Sequences that belong to no column begin anew, since only the sql format has their values: ${loose.join(', ')}.`,
  ];
}
