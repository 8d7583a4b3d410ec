import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BackupError, type FailureReason } from '../../crds/failureReason.ts';
import type { ByteSink } from '../exporters/exporter.ts';
import { releaseMemory } from '../exporters/releaseMemory.ts';
import type { DatabaseTarget } from './databaseTarget.ts';
import { libpqEnvironment } from './libpqEnvironment.ts';
import { type ProgramVersion, programVersion } from './programVersion.ts';
import type { Relation } from './tables.ts';

/** The pg_dump program at hand. */
export type PgDump = ProgramVersion;

/** Asks a pg_dump for its version. Throws PgDumpMissing. */
export async function findPgDump(path: string, signal: AbortSignal): Promise<PgDump> {
  return programVersion('pg_dump', path, 'PgDumpMissing', signal);
}

/** Throws PgDumpTooOld: pg_dump refuses servers of a newer major version. */
export function requireNewEnough(pgDump: PgDump, serverMajor: number, serverVersion: string): void {
  if (pgDump.major >= serverMajor) return;
  throw new BackupError(
    'PgDumpTooOld',
    `pg_dump ${pgDump.version} cannot dump a server of version ${serverVersion}: it must be at least ${serverMajor}.`,
  );
}

export interface DumpOptions {
  readonly snapshot: string;
  readonly schemaOnly: boolean;
  /** Tables of which only the definition is dumped. */
  readonly withoutRows: readonly Relation[];
  /** Milliseconds. */
  readonly lockTimeout: number;
}

/**
 * Streams the dump of the snapshot into the sink. Resolves only after pg_dump ended with status 0: a dump that
 * died half-way is a failure. Throws LockTimeout, ServerMismatch, DatabaseUnreachable, TablePermissionDenied,
 * DumpFailed and the like. pg_dump's own words stay hidden but for the known ones: they may quote rows.
 */
export async function dump(
  pgDump: PgDump,
  target: DatabaseTarget,
  options: DumpOptions,
  sink: ByteSink,
  signal: AbortSignal,
): Promise<void> {
  signal.throwIfAborted();
  const files = await mkdtemp(join(tmpdir(), 'dbbackup-'));
  try {
    const child = spawn(pgDump.path, dumpArguments(options), {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: await libpqEnvironment(target, files),
      signal,
      killSignal: 'SIGKILL',
    });
    // An abort shows as an error here; the exit below is what counts.
    child.on('error', () => {});
    const closed = once(child, 'close') as Promise<[number | null, NodeJS.Signals | null]>;
    closed.catch(() => {});
    let words = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      words = (words + text).slice(0, 65536);
    });
    let end = Buffer.alloc(0);
    try {
      for await (const chunk of child.stdout as AsyncIterable<Buffer>) {
        end = Buffer.concat([end, chunk.subarray(-endLength)]).subarray(-endLength);
        await sink.write(chunk);
        releaseMemory(chunk);
      }
    } catch (error) {
      child.kill('SIGKILL');
      throw error;
    }
    const [status, killedBy] = await closed.catch(() => [null, null] as const);
    signal.throwIfAborted();
    if (status !== 0) throw dumpError(words, status, killedBy);
    if (!end.includes('-- PostgreSQL database dump complete')) {
      throw new BackupError('DumpFailed', 'pg_dump ended with exit status 0, but its dump has no end.');
    }
  } finally {
    await rm(files, { recursive: true, force: true });
  }
}

// After the line that is looked for comes the \unrestrict line with its token.
const endLength = 1024;

function dumpArguments({ snapshot, schemaOnly, withoutRows, lockTimeout }: DumpOptions): string[] {
  const quoted = (name: string) => `"${name.replaceAll('"', '""')}"`;
  return [
    '--no-password',
    '--format=plain',
    `--snapshot=${snapshot}`,
    `--lock-wait-timeout=${lockTimeout}`,
    ...(schemaOnly ? ['--schema-only'] : []),
    // Quoted, the parts of a pattern are taken as they are.
    ...(schemaOnly
      ? []
      : withoutRows.map(({ schema, name }) => `--exclude-table-data=${quoted(schema)}.${quoted(name)}`)),
  ];
}

const known: [words: RegExp, reason: FailureReason, sentence: string][] = [
  [
    // --lock-wait-timeout is a statement_timeout for the time of LOCK TABLE; else pg_dump has none.
    /due to statement timeout|lock timeout|could not obtain lock/,
    'LockTimeout',
    'pg_dump waited too long for the lock of a table: a migration is waiting or running.',
  ],
  [
    /invalid snapshot identifier|snapshot ".*" does not exist/,
    'ServerMismatch',
    'pg_dump does not find the snapshot of the run: its connection reached another server.',
  ],
  [/server version mismatch/, 'PgDumpTooOld', 'pg_dump is older than the server.'],
  [/permission denied|row-level security/, 'TablePermissionDenied', 'pg_dump may not read a table.'],
  [
    /remaining connection slots|too many (clients|connections)/,
    'TooManyConnections',
    'pg_dump found no free connection slot.',
  ],
  [/conflict with recovery/, 'RecoveryConflict', 'The standby cancelled pg_dump for its replay.'],
  [
    /authentication failed|no pg_hba\.conf entry|pg_hba\.conf rejects|no password supplied|valid client certificate|role ".*" does not exist/,
    'DatabaseAuthFailed',
    'PostgreSQL refused the connection of pg_dump.',
  ],
  [/database ".*" does not exist/, 'DatabaseNotFound', 'pg_dump reached a server that has no such database.'],
  [
    /connection to server|could not translate host name|server closed the connection|terminating connection|could not receive data|SSL/,
    'DatabaseUnreachable',
    'pg_dump lost its connection to the server.',
  ],
];

function dumpError(words: string, status: number | null, killedBy: NodeJS.Signals | null): BackupError {
  for (const [pattern, reason, sentence] of known) {
    if (!pattern.test(words)) continue;
    const object =
      /permission denied for (?:table|schema|sequence|view|materialized view|foreign table|large object) [^\s:]+|row-level security policy for table "[^"\n]*"/.exec(
        words,
      );
    return new BackupError(reason, object ? `${sentence.slice(0, -1)}: ${object[0]}.` : sentence);
  }
  return new BackupError(
    'DumpFailed',
    killedBy ? `pg_dump was ended by ${killedBy}.` : `pg_dump ended with exit status ${status}.`,
  );
}
