import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { findOnPath, findProgram } from '../sandbox/postgres/findProgram.ts';

// What Debian and Ubuntu call them.
const packages = {
  psql: 'postgresql-client',
  pg_dump: 'postgresql-client',
  postgres: 'postgresql',
  rclone: 'rclone',
  openssl: 'openssl',
  age: 'age',
} as const;

export type Peer = keyof typeof packages;

const tried = new Set<string>();

/**
 * The path of a program to compare with (PostgreSQL's: the newest one); as root it is installed by apt-get if it is missing.
 * Where that does not work the answer is undefined, and the rows that need it say so.
 */
export function peer(name: Peer): string | undefined {
  if (!isThere(name) && !tried.has(name)) {
    tried.add(name);
    install(packages[name]);
  }
  // findProgram remembers what it did not find, so it is asked last.
  return isThere(name) ? path(name) : undefined;
}

/** What to tell of a peer that is not there. */
export function missingPeer(name: Peer): string {
  return `${name} is not installed: apt-get install ${packages[name]}`;
}

function isThere(name: Peer): boolean {
  // Debian keeps the server's own programs off PATH.
  return findOnPath(name) !== undefined || (name === 'postgres' && existsSync('/usr/lib/postgresql'));
}

function path(name: Peer): string | undefined {
  const ofPostgres = name === 'psql' || name === 'pg_dump' || name === 'postgres';
  return ofPostgres ? findProgram(name)?.path : findOnPath(name);
}

function install(name: string): void {
  if (process.getuid?.() !== 0 || findOnPath('apt-get') === undefined) return;
  console.log(`Installing ${name} …`);
  const args = ['install', '-y', '--no-install-recommends', name];
  if (!apt(args) && apt(['update'])) apt(args);
}

function apt(args: readonly string[]): boolean {
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  return spawnSync('apt-get', args, { env, stdio: 'ignore' }).status === 0;
}
