import { spawnSync } from 'node:child_process';
import { accessSync, constants, readdirSync, statSync } from 'node:fs';
import { delimiter, join } from 'node:path';

/** A program of PostgreSQL on this machine: its path and its version ("15.19", major 15). */
export interface FoundProgram {
  path: string;
  version: string;
  major: number;
}

const cache = new Map<string, FoundProgram | undefined>();

/**
 * The newest `name` ("pg_dump", "psql", "postgres") in the usual places of PostgreSQL's packages and on
 * PATH; undefined if there is none that runs. Of two with one version the package's own file wins over
 * Debian's wrapper in /usr/bin, which chooses by cluster.
 */
export function findProgram(name: string): FoundProgram | undefined {
  if (!cache.has(name)) cache.set(name, newest(name));
  return cache.get(name);
}

/** The path of `name` on PATH, as the shell would find it; undefined if it is not there. */
export function findOnPath(name: string): string | undefined {
  return pathDirectories()
    .map((directory) => join(directory, name))
    .find(isExecutable);
}

function newest(name: string): FoundProgram | undefined {
  let best: FoundProgram | undefined;
  for (const directory of [...packageDirectories(), ...pathDirectories()]) {
    const path = join(directory, name);
    if (!isExecutable(path)) continue;
    const version = versionOf(path);
    if (version && (!best || isNewer(version, best.version))) {
      best = { path, version, major: Number.parseInt(version, 10) };
    }
  }
  return best;
}

/** The version that `path --version` prints, such as "15.19" or "18beta1"; undefined if it does not run. */
export function versionOf(path: string, options: { uid?: number; gid?: number } = {}): string | undefined {
  const result = spawnSync(path, ['--version'], { ...options, encoding: 'utf8', cwd: '/', timeout: 30_000 });
  if (result.status !== 0) return undefined;
  return /\(PostgreSQL\) (\d[\w.]*)/.exec(result.stdout)?.[1];
}

function isNewer(a: string, b: string): boolean {
  const [left, right] = [numbers(a), numbers(b)];
  for (let i = 0; i < Math.max(left.length, right.length); i++) {
    const difference = (left[i] ?? 0) - (right[i] ?? 0);
    if (difference !== 0) return difference > 0;
  }
  return false;
}

function numbers(version: string): number[] {
  return (version.match(/\d+/g) ?? []).map(Number);
}

function packageDirectories(): string[] {
  return [
    ...children('/usr/lib/postgresql').map((version) => `/usr/lib/postgresql/${version}/bin`),
    ...children('/usr')
      .filter((entry) => entry.startsWith('pgsql-'))
      .map((entry) => `/usr/${entry}/bin`),
    ...children('/opt/homebrew/opt')
      .filter((entry) => entry.startsWith('postgresql') || entry === 'libpq')
      .map((entry) => `/opt/homebrew/opt/${entry}/bin`),
  ];
}

function pathDirectories(): string[] {
  return (process.env.PATH ?? '').split(delimiter).filter((directory) => directory !== '');
}

function children(directory: string): string[] {
  try {
    return readdirSync(directory);
  } catch {
    return [];
  }
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}
