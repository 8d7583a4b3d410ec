import type pg from 'pg';
import type { DrillReport } from '../../crds/drillReport.ts';
import type { DrillSpec } from '../../crds/drillSpec.ts';
import { BackupError } from '../../crds/failureReason.ts';
import { countOf, onOneLine } from '../../crds/inWords.ts';
import { connect } from '../database/connection.ts';
import { databaseError } from '../database/databaseError.ts';
import type { DatabaseTarget } from '../database/databaseTarget.ts';

export type AssertionResult = DrillReport['assertions'][number];

const booleanType = 16;

/**
 * Runs every assertion in a read-only transaction of its own, and tells whether each held; what a query found is a
 * row of the database and stays here. A query that PostgreSQL refuses does not hold.
 */
export async function runAssertions(
  target: DatabaseTarget,
  assertions: DrillSpec['assertions'],
  signal: AbortSignal,
): Promise<AssertionResult[]> {
  if (assertions.length === 0) return [];
  await using connection = await connect(target, signal);
  const { client } = connection;
  const results: AssertionResult[] = [];
  for (const [index, { name = String(index + 1), query, expect }] of assertions.entries()) {
    try {
      await client.query('BEGIN READ ONLY');
      const held = (await firstValue(client, query)) === String(expect);
      await client.query('ROLLBACK');
      results.push({ name, held });
    } catch (error) {
      signal.throwIfAborted();
      const state = sqlState(error);
      if (state === undefined) throw databaseError(error, `running assertion ${name}`);
      await client.query('ROLLBACK');
      results.push({ name: `${name} (SQLSTATE ${state})`, held: false });
    }
  }
  return results;
}

/** Throws AssertionFailed that names those that did not hold. */
export function requireHeld(results: readonly AssertionResult[]): void {
  const failed = results.filter(({ held }) => !held).map(({ name }) => onOneLine(name, 100));
  if (failed.length === 0) return;
  const shown =
    failed.length > 5 ? `${failed.slice(0, 5).join(', ')} and ${failed.length - 5} more` : failed.join(', ');
  throw new BackupError(
    'AssertionFailed',
    `Of ${countOf(results.length, 'assertion')} ${failed.length === 1 ? 'one does' : `${failed.length} do`} not hold: ${shown}.`,
  );
}

/** As PostgreSQL writes it, booleans as true and false; undefined without a row, null for NULL. */
async function firstValue(client: pg.Client, text: string): Promise<string | null | undefined> {
  const raw = { getTypeParser: () => (value: unknown) => value };
  // The extended protocol takes one statement alone.
  const query = { text, rowMode: 'array', types: raw, queryMode: 'extended' } as const;
  const { rows, fields } = await client.query<(string | null)[]>(query as pg.QueryArrayConfig);
  const value = rows[0]?.[0];
  if (fields[0]?.dataTypeID !== booleanType || value === null) return value;
  return value === 't' ? 'true' : 'false';
}

/** Of an error that the server gave to the statement, and not to the connection. */
function sqlState(error: unknown): string | undefined {
  const { code, severity } = error as { code?: unknown; severity?: unknown };
  return typeof code === 'string' && severity === 'ERROR' && !/^(08|57P)/.test(code) ? code : undefined;
}
