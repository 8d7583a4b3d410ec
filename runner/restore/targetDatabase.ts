import type pg from 'pg';
import { BackupError } from '../../crds/failureReason.ts';
import type { Manifest } from '../../crds/manifest.ts';
import { connect, targetName } from '../database/connection.ts';
import type { DatabaseTarget } from '../database/databaseTarget.ts';
import { quotedIdentifier } from '../database/selectStatement.ts';
import type { Server } from '../database/server.ts';
import { restoreError } from './restoreError.ts';

/** Makes the target database with UTF-8 as its encoding; false if it is there already. Throws what connecting throws. */
export async function createDatabase(target: DatabaseTarget, signal: AbortSignal): Promise<boolean> {
  await using maintenance = await connectBeside(target, signal);
  const { client } = maintenance;
  try {
    const { rows } = await client.query('SELECT FROM pg_database WHERE datname = $1', [target.database]);
    if (rows.length > 0) return false;
    await client.query(
      `CREATE DATABASE ${quotedIdentifier(target.database)} TEMPLATE template0 ENCODING 'UTF8'`,
    );
    return true;
  } catch (error) {
    throw restoreError(error, `creating database ${target.database}`);
  }
}

/** Drops a database that a failed restore made. Whether it is gone. */
export async function dropDatabase(target: DatabaseTarget): Promise<boolean> {
  // The restore may have failed because its own signal was aborted.
  const signal = AbortSignal.timeout(10_000);
  try {
    await using maintenance = await connectBeside(target, signal);
    await maintenance.client.query(
      `DROP DATABASE IF EXISTS ${quotedIdentifier(target.database)} WITH (FORCE)`,
    );
    return true;
  } catch {
    return false;
  }
}

/**
 * A connection to the server of a target beside its database. Every server has template1; most have postgres, where a
 * connection is in nobody's way.
 */
export async function connectBeside(target: DatabaseTarget, signal: AbortSignal) {
  try {
    return await connect({ ...target, database: 'postgres' }, signal);
  } catch (error) {
    if (!(error instanceof BackupError) || error.reason !== 'DatabaseNotFound') throw error;
    return connect({ ...target, database: 'template1' }, signal);
  }
}

/**
 * Throws TargetIsSource if the target is the database that the set was taken from: the same system identifier and OID,
 * whatever names and addresses say (docs/decisions/0012). Of a set that tells none, `source` is compared by address.
 */
export function refuseSource(
  { database }: Pick<Manifest, 'database'>,
  server: Pick<Server, 'systemIdentifier' | 'databaseOID'>,
  target: DatabaseTarget,
  source: DatabaseTarget | undefined,
): void {
  const known = database.systemIdentifier !== undefined && server.systemIdentifier !== undefined;
  const same = known
    ? database.systemIdentifier === server.systemIdentifier && database.oid === server.databaseOID
    : source !== undefined &&
      source.host === target.host &&
      source.port === target.port &&
      source.database === target.database;
  if (!same) return;
  throw new BackupError(
    'TargetIsSource',
    `${targetName(target)} is the database that the set was taken from.`,
  );
}

/** Roles that a set refers to and that the server lacks. Sets of before 2026-11-25 do not tell them. */
export async function missingRoles(
  client: pg.Client,
  { database }: Pick<Manifest, 'database'>,
): Promise<string[]> {
  const { rows } = await client.query<{ role: string }>(
    'SELECT role FROM unnest($1::text[]) AS role WHERE role NOT IN (SELECT rolname FROM pg_roles)',
    [database.roles ?? []],
  );
  return rows.map(({ role }) => role);
}
