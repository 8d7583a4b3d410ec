import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chownSync, existsSync } from 'node:fs';
import { chmod, copyFile, mkdir, mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { type CertificateAuthority, certificateAuthority } from '../certificates.ts';
import { removeStaleDirectories, writeOwner } from '../processes/staleDirectories.ts';
import type { PostgresBinaries } from './binaries.ts';
import { cleanEnvironment } from './serverProcess.ts';
import type { ServerUser } from './serverUser.ts';

const directoryPrefix = 'dbbackup-postgres-';

/** Makes the directory of a server, owned by its user: `wanted`, or a temporary one. */
export async function serverDirectory(wanted: string | undefined, user: ServerUser): Promise<string> {
  // As another user we cannot be sure to reach a TMPDIR of our own.
  const parent = user.uid === undefined ? tmpdir() : '/tmp';
  if (wanted === undefined) removeStaleDirectories(parent, directoryPrefix);
  const directory = wanted === undefined ? await mkdtemp(join(parent, directoryPrefix)) : resolve(wanted);
  await mkdir(directory, { recursive: true, mode: 0o700 });
  if (wanted === undefined) writeOwner(directory);
  giveTo(user, directory);
  return directory;
}

/** Runs initdb for `directory`/data unless that has been done, and gives the superuser's password. */
export async function initialise(
  binaries: PostgresBinaries,
  directory: string,
  user: ServerUser,
): Promise<string> {
  const passwordFile = join(directory, 'password');
  if (existsSync(join(directory, 'data', 'PG_VERSION'))) return (await readFile(passwordFile, 'utf8')).trim();
  const password = randomBytes(12).toString('hex');
  await writeFile(passwordFile, `${password}\n`, { mode: 0o600 });
  giveTo(user, passwordFile);
  const args = ['-D', join(directory, 'data'), '-U', 'postgres', '--pwfile', passwordFile];
  args.push('--auth=scram-sha-256', '--encoding=UTF8', '--locale=C', '--no-sync', '--no-instructions');
  try {
    await promisify(execFile)(binaries.initdb, args, { ...user, cwd: directory, env: cleanEnvironment() });
  } catch (cause) {
    const output = (cause as { stderr?: string }).stderr?.trim() ?? '';
    throw new Error(`initdb failed in ${directory}: ${output || (cause as Error).message}`, { cause });
  }
  return password;
}

/** Makes a CA and a server certificate for these names, and puts them where the server reads them. */
export async function serverCertificate(
  directory: string,
  data: string,
  names = ['localhost', '127.0.0.1'],
  user: ServerUser,
): Promise<CertificateAuthority> {
  const place = join(directory, 'tls');
  await mkdir(place, { recursive: true });
  const authority = await certificateAuthority(place);
  const certificate = await authority.issue(names[0] ?? 'server', names);
  const files = {
    'server.crt': certificate.certFile,
    'server.key': certificate.keyFile,
    'ca.crt': authority.caFile,
  };
  for (const [name, source] of Object.entries(files)) {
    await copyFile(source, join(data, name));
    await chmod(join(data, name), 0o600);
    giveTo(user, join(data, name));
  }
  return authority;
}

function giveTo(user: ServerUser, path: string): void {
  if (user.uid !== undefined) chownSync(path, user.uid, user.gid);
}
