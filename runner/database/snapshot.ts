import { setTimeout as sleep } from 'node:timers/promises';
import type pg from 'pg';
import type { DatabaseSpec } from '../../crds/databaseSpec.ts';
import { BackupError } from '../../crds/failureReason.ts';
import { databaseError } from './databaseError.ts';
import { quotedIdentifier } from './selectStatement.ts';
import { type Relation, relations, type SourceTable, selectRelations, sourceTables } from './tables.ts';

/** One consistent view of the database, held open by the coordinator's transaction. */
export interface Snapshot {
  /** What pg_dump --snapshot takes. */
  readonly id: string;
  /** By the clock of the server. */
  readonly time: Date;
  readonly tables: readonly SourceTable[];
  /** Relations whose rows are left out of the SQL dump. */
  readonly withoutRows: readonly Relation[];
  /** Sum over the tables, by the server's statistics; 0 where it has none. */
  readonly estimatedRows: number;
  readonly notes: readonly string[];
}

export interface SnapshotOptions {
  readonly tables: DatabaseSpec['tables'];
  /** server_version_num. */
  readonly serverVersion: number;
  /** Whether pg_dump follows, which locks every table of the database and so must be allowed to read them all. */
  readonly everyTable: boolean;
  /** How long to wait for locks, in milliseconds. Default 60,000. */
  readonly lockTimeout?: number;
  /** For tests: called before every step, to change the database there. */
  readonly onStep?: (step: SnapshotStep) => Promise<void>;
}
export type SnapshotStep = 'list' | 'begin' | 'lock' | 'export' | 'listAgain' | 'ready';

// Poolers drop a plain SET, so everything is SET LOCAL; none of these takes a snapshot.
const settings: Record<string, string> = {
  statement_timeout: '0',
  idle_in_transaction_session_timeout: '0',
  row_security: 'off',
  client_encoding: 'UTF8',
  DateStyle: 'ISO, YMD',
  TimeZone: 'UTC',
  IntervalStyle: 'postgres',
  extra_float_digits: '1',
  bytea_output: 'hex',
  synchronize_seqscans: 'off',
  max_parallel_workers_per_gather: '0',
  search_path: 'pg_catalog',
};
const newerSettings: [name: string, since: number][] = [
  ['idle_session_timeout', 140000],
  ['transaction_timeout', 170000],
];

const mostRestarts = 3;

/**
 * Opens the transaction on the client and exports its snapshot (design.md, 8). Every table is locked before
 * the snapshot is taken: a TRUNCATE or rewrite in between would give an empty table and no error. Then it
 * looks again, and starts over if a table came, went or was rewritten.
 * Throws NoTablesMatch, TablePermissionDenied or LockTimeout.
 */
export async function openSnapshot(
  client: pg.Client,
  options: SnapshotOptions,
  signal: AbortSignal,
): Promise<Snapshot> {
  for (let attempt = 1; ; attempt++) {
    signal.throwIfAborted();
    const snapshot = await tryOnce(client, options, signal).catch(async (error: unknown) => {
      await client.query('ROLLBACK').catch(() => {});
      // 42P01: dropped between the listing and the lock.
      if ((error as { code?: string }).code === '42P01') return undefined;
      throw databaseError(error, 'taking the snapshot');
    });
    if (snapshot) return snapshot;
    if (attempt > mostRestarts) {
      throw new BackupError(
        'LockTimeout',
        `Tables were created, dropped or rewritten in each of ${attempt} attempts to take a snapshot.`,
      );
    }
  }
}

async function tryOnce(
  client: pg.Client,
  options: SnapshotOptions,
  signal: AbortSignal,
): Promise<Snapshot | undefined> {
  const step = options.onStep ?? (() => Promise.resolve());
  await step('list');
  const before = await relations(client);
  refuseUnreadable(before, options);
  const wanted = relevant(before, options);
  await step('begin');
  await begin(client, wanted, options, signal, step);
  await step('export');
  const { rows } = await client.query<{ id: string; time: Date }>(
    'SELECT pg_export_snapshot() AS id, clock_timestamp() AS time',
  );
  // LOCK TABLE refuses these kinds; planning a query on them takes the same lock.
  for (const { schema, name, kind } of wanted) {
    if (kind === 'm' || kind === 'f') {
      await client.query(`EXPLAIN SELECT FROM ${quotedIdentifier(schema)}.${quotedIdentifier(name)}`);
    }
  }
  await step('listAgain');
  const after = await relations(client);
  if (!same(wanted, relevant(after, options))) {
    await client.query('ROLLBACK');
    return undefined;
  }
  // Rights and policies may have changed too.
  refuseUnreadable(after, options);
  const { relations: selected, notes } = selectRelations(after, options.tables);
  const tables = await sourceTables(client, selected);
  await step('ready');
  const [row] = rows;
  if (!row) throw new Error('pg_export_snapshot gave no row');
  return {
    ...row,
    tables,
    withoutRows: unselected(after, selected),
    estimatedRows: selected.reduce((sum, { estimatedRows }) => sum + estimatedRows, 0),
    notes,
  };
}

// A partition's rows belong to its root.
function unselected(all: readonly Relation[], selected: readonly Relation[]): Relation[] {
  const roots = new Set(selected.map(({ oid }) => oid));
  return all.filter(({ kind, root }) => !roots.has(root) && (kind === 'r' || kind === 'p' || kind === 'm'));
}

/** What is locked and may not change: what is exported, and with pg_dump every table beside it. */
function relevant(all: readonly Relation[], { tables, everyTable }: SnapshotOptions): readonly Relation[] {
  const selected = new Set(selectRelations(all, tables).relations);
  return all.filter(
    (relation) => selected.has(relation) || (everyTable && relation.kind !== 'v' && relation.kind !== 'f'),
  );
}

function refuseUnreadable(all: readonly Relation[], options: SnapshotOptions): void {
  const needed = relevant(all, options);
  const title = ({ schema, name }: Relation) => `${schema}.${name}`;
  const unreadable = needed.filter(({ readable }) => !readable);
  // The definition of a table shows whatever its policies hide.
  const filtered = selectRelations(all, options.tables).relations.filter(({ filtered }) => filtered);
  for (const [found, sentence] of [
    [unreadable, 'The role may not read'],
    [filtered, 'Row-level security hides rows from the role in'],
  ] as const) {
    if (found.length === 0) continue;
    const more = found.length > 5 ? ` and ${found.length - 5} more` : '';
    throw new BackupError(
      'TablePermissionDenied',
      `${sentence} ${found.slice(0, 5).map(title).join(', ')}${more}.`,
    );
  }
}

/** Begins and locks. Never waits for one lock while it holds others: that could stop, or deadlock, a migration. */
async function begin(
  client: pg.Client,
  wanted: readonly Relation[],
  options: SnapshotOptions,
  signal: AbortSignal,
  step: (step: SnapshotStep) => Promise<void>,
): Promise<void> {
  const lockTimeout = options.lockTimeout ?? 60_000;
  const newer = newerSettings
    .filter(([, since]) => options.serverVersion >= since)
    .map(([name]) => [name, '0']);
  const pinned = Object.entries({
    ...settings,
    lock_timeout: String(lockTimeout),
    ...Object.fromEntries(newer),
  });
  const locked = wanted.filter(({ kind }) => kind === 'r' || kind === 'p' || kind === 'v');
  const names = locked.map(
    ({ schema, name, kind }) =>
      `${kind === 'r' ? 'ONLY ' : ''}${quotedIdentifier(schema)}.${quotedIdentifier(name)}`,
  );
  const deadline = performance.now() + lockTimeout;
  for (let pause = 50; ; pause = Math.min(pause * 2, 1000)) {
    await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
    await client.query(pinned.map(([name, value]) => `SET LOCAL ${name} = '${value}'`).join('; '));
    await step('lock');
    if (names.length === 0) return;
    try {
      await client.query(`LOCK TABLE ${names.join(', ')} IN ACCESS SHARE MODE NOWAIT`);
      return;
    } catch (error) {
      if ((error as { code?: string }).code !== '55P03') throw error;
      await client.query('ROLLBACK');
      if (performance.now() > deadline) throw error;
      await sleep(pause, undefined, { signal });
    }
  }
}

function same(before: readonly Relation[], after: readonly Relation[]): boolean {
  const key = ({ oid, schema, name, kind, file }: Relation) => [oid, schema, name, kind, file].join('\0');
  const known = new Set(before.map(key));
  return (
    before.length === after.length &&
    // file is what the snapshot sees, fileNow what is read now: they part when a table was rewritten in between.
    after.every(
      (relation) =>
        known.has(key(relation)) && (relation.fileNow === '0' || relation.file === relation.fileNow),
    )
  );
}
