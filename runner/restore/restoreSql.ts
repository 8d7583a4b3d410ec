import { randomBytes } from 'node:crypto';
import { BackupError } from '../../crds/failureReason.ts';
import type { ManifestFile, ManifestTable } from '../../crds/manifest.ts';
import type { DatabaseTarget } from '../database/databaseTarget.ts';
import type { ProgramVersion } from '../database/programVersion.ts';
import { knowsRestrict, PsqlEnded, type PsqlSession, startPsql } from '../database/psql.ts';
import type { RunProgress } from '../progress.ts';
import { type CountedTable, compareRows, countStatement, kindsStatement } from './compareRows.ts';
import { dumpFilter } from './dumpFilter.ts';
import { endWithClient } from './endWithClient.ts';
import { readSetFile, type SetSource } from './readSetFile.ts';
import { restoreError } from './restoreError.ts';

export interface SQLRestore {
  readonly psql: ProgramVersion;
  readonly target: DatabaseTarget;
  /** server_version_num of the target. */
  readonly serverVersion: number;
  readonly source: SetSource;
  readonly file: ManifestFile;
  readonly tables: readonly ManifestTable[];
  /** Statements of ours that go first, in the same transaction. */
  readonly before: readonly string[];
  readonly progress: RunProgress;
}

/**
 * Streams a dump from the destination through psql, in one transaction: COMMIT is sent only when the whole file had the
 * bytes of the manifest and every table its rows. Gives notes. Whatever it throws, nothing was changed, except where
 * the message says that this is not known.
 */
export async function restoreSQL(restore: SQLRestore, signal: AbortSignal): Promise<string[]> {
  const { psql, target, serverVersion, source, file, progress } = restore;
  let doing = 'beginning';
  try {
    await using session = await startPsql(psql, target, signal);
    // A dump that somebody forged could hold commands of psql, and so of this machine.
    const isRestricted = knowsRestrict(psql);
    if (isRestricted) await session.write(`\\restrict ${randomBytes(16).toString('hex')}\n`);
    const first = ['BEGIN', endWithClient, ...restore.before];
    await session.write(first.map((one) => `${one};\n`).join(''));
    const transaction = await session.ask('SELECT pg_catalog.txid_current();');
    // psql is behind with what it is given: of a table it says itself which one it is.
    doing = 'running the dump';
    progress.stage = 'restore';
    const onTable = (name: string) => {
      progress.table = name;
    };
    await readSetFile(
      source,
      file,
      async (content) => {
        const reader = { serverVersion, isRestricted, onTable };
        for await (const part of dumpFilter(content, reader)) await session.write(part);
      },
      signal,
    );
    progress.stage = 'indexes and constraints';
    const [after] = await session.ask('SET CONSTRAINTS ALL IMMEDIATE; SELECT pg_catalog.txid_current();');
    if (after !== transaction[0]) {
      throw new BackupError(
        'RestoreFailed',
        'The dump ended the transaction by itself: the target holds a part of it.',
      );
    }
    doing = 'counting the rows';
    progress.stage = 'count';
    const notes = compareRows(await counted(session, restore.tables));
    progress.stage = 'commit';
    doing = 'committing';
    await session.write('COMMIT;\n');
    await session.end();
    return notes;
  } catch (error) {
    signal.throwIfAborted();
    if (doing === 'committing' && error instanceof PsqlEnded) throw unknownEnd(error);
    throw restoreError(error, doing);
  }
}

async function counted(session: PsqlSession, tables: readonly ManifestTable[]): Promise<CountedTable[]> {
  if (tables.length === 0) return [];
  const kinds = await session.ask(`${kindsStatement(tables)};`);
  const missing = tables.find((_, index) => (kinds[index] ?? '') === '');
  if (missing) throw new BackupError('RowsDiffer', `The dump has no table ${missing.title}.`);
  // A foreign table's rows lie elsewhere: its server may not even be reachable from here.
  const known = tables.flatMap((table, index) =>
    kinds[index] === 'f' ? [] : { ...table, kind: kinds[index] ?? '' },
  );
  const counts = await session.ask(known.map((table) => `${countStatement(table, table.kind)};`).join('\n'));
  return known.map((table, index) => ({ ...table, found: Number(counts[index]) }));
}

/** The connection broke after COMMIT was sent. */
export function unknownEnd(cause: unknown): BackupError {
  return new BackupError(
    'DatabaseUnreachable',
    'The connection broke while the transaction was committed, so it is not known whether the set is in the target: look there.',
    { cause },
  );
}
