import type { TestContext } from 'node:test';
import { contentsOf } from '../runner/restore/restoreFixture.ts';
import { createDemoData } from '../sandbox/demoData/createDemoData.ts';
import type { PostgresAccess } from '../sandbox/postgres/access.ts';
import { findProgram } from '../sandbox/postgres/findProgram.ts';
import { testDatabase, testPostgres } from '../sandbox/testing.ts';
import { type TestBackup, testDriveBackup } from './testBackup.ts';
import type { CommandResult, TestIO } from './testCommand.ts';

/** A backup with one set in the fake Drive, and a target. */
export interface TestRestore extends Awaited<ReturnType<typeof testDriveBackup>> {
  readonly set: string;
  /** An empty database on the server of the tests. */
  readonly target: string;
  /** `dbbackup restore --set latest --to TARGET …`. */
  restore(args?: readonly string[], options?: TestIO & { to?: string }): Promise<CommandResult>;
  contents(uri: string, server?: PostgresAccess): Promise<Record<string, string>>;
}

/** The environment in which every backup has its schema file. */
export const withDump = { DBBACKUP_PG_DUMP: findProgram('pg_dump')?.path ?? 'pg_dump' };

/** Makes a set of the formats: of `sql`, or of the demo database with every type. */
export async function testRestore(
  t: TestContext,
  spec: Record<string, unknown>,
  sql?: string,
): Promise<TestRestore> {
  const backup = await testDriveBackup(t, spec, { sql: sql ?? '' });
  if (sql === undefined) await createDemoData(backup.uri, { seed: 7, rows: 3000 });
  const set = await runWithSchema(backup);
  const target = await testDatabase(t);
  const shared = await testPostgres(t);
  return {
    ...backup,
    set,
    target,
    restore: (args = [], { to = target, ...options } = {}) =>
      backup.command(['restore', '--set', 'latest', '--to', to, ...args], options),
    contents: (uri, server = shared) => contentsOf((text, at) => server.query(text, at), uri),
  };
}

/** `dbbackup run` with pg_dump; gives the name of the set. */
export async function runWithSchema(backup: TestBackup): Promise<string> {
  const { status, stdout, stderr } = await backup.command(['run', '-o', 'json'], { env: withDump });
  if (status !== 0) throw new Error(`${stdout}${stderr}`);
  return String(JSON.parse(stdout).set);
}
