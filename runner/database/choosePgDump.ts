import type pg from 'pg';
import type { Format } from '../../crds/backupSpec.ts';
import { BackupError } from '../../crds/failureReason.ts';
import { findPgDump, type PgDump, requireNewEnough } from './pgDump.ts';
import type { Server } from './server.ts';
import { relations } from './tables.ts';

/**
 * The pg_dump for a run, before the first byte is written. With sql among the formats it throws PgDumpMissing or
 * PgDumpTooOld; without it only the schema file would be missing, which a warning says.
 */
export async function choosePgDump(
  path: string,
  formats: readonly Format[],
  { client, server }: { client: pg.Client; server: Server },
  warnings: string[],
  signal: AbortSignal,
): Promise<PgDump | undefined> {
  try {
    const pgDump = await findPgDump(path, signal);
    requireNewEnough(pgDump, server.major, server.versionName);
    // pg_dump locks every table of the database, wanted or not.
    const locked = formats.includes('sql')
      ? []
      : (await relations(client)).filter(({ kind }) => kind === 'r' || kind === 'p');
    const unreadable = locked.find(({ readable }) => !readable);
    if (unreadable === undefined) return pgDump;
    warnings.push(
      `The set has no .schema.sql: the role may not read ${unreadable.schema}.${unreadable.name}, and pg_dump needs all tables.`,
    );
    return undefined;
  } catch (error) {
    if (formats.includes('sql') || !(error instanceof BackupError) || signal.aborted) throw error;
    warnings.push(`The set has no .schema.sql: ${error.message}`);
    return undefined;
  }
}
