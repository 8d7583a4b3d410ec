import { readFileSync } from 'node:fs';

/** The user that a server runs as: `uid` and `gid` for spawn and chown, or nothing to stay who we are. */
export type ServerUser = { uid: number; gid: number } | Record<string, never>;

/**
 * initdb and postgres refuse to run as root; so as root the answer is the user `postgres`, else `nobody`.
 * Anybody else runs the server as themselves.
 */
export function serverUser(): ServerUser {
  if (process.getuid?.() !== 0) return {};
  const lines = readFileSync('/etc/passwd', 'utf8').split('\n');
  for (const name of ['postgres', 'nobody']) {
    const [, , uid, gid] = lines.find((line) => line.startsWith(`${name}:`))?.split(':') ?? [];
    if (uid !== undefined && gid !== undefined) return { uid: Number(uid), gid: Number(gid) };
  }
  throw new Error(
    'PostgreSQL does not run as root and this machine has neither a user postgres nor nobody: add one or start as an ordinary user.',
  );
}
