import { readFile } from 'node:fs/promises';
import { buffer } from 'node:stream/consumers';
import { BackupError } from '../../crds/failureReason.ts';
import { parseGoogleCredentials } from '../../runner/destinations/googleCredentials.ts';
import { type AuthIO, say } from './authIo.ts';
import { interruptible } from './interruptible.ts';
import { pickledCredentials } from './pickledCredentials.ts';
import { secretManifest } from './secretManifest.ts';
import { secretFlags, secretTarget } from './secretOptions.ts';
import { writeSecret } from './writeSecret.ts';

/** The options of `dbbackup auth import FILE`, for node:util parseArgs. */
export const authImportFlags = secretFlags;

/** The values that parseArgs gives for `authImportFlags`. */
export type AuthImportFlags = { readonly [Flag in keyof typeof authImportFlags]?: string | undefined };

const driveScopes = ['https://www.googleapis.com/auth/drive', 'https://www.googleapis.com/auth/drive.file'];

/**
 * `dbbackup auth import FILE`: makes the Secret from Python's token.json or token.pickle (`-`: standard input);
 * a pickle is read as data and never run. Asks Google nothing. Throws CredentialsInvalid, ScopeMissing.
 */
export async function authImport(path: string, flags: AuthImportFlags, io: AuthIO): Promise<void> {
  await interruptible(io.signal, async () => {
    const target = await secretTarget(flags);
    const where = path === '-' ? 'The standard input' : path;
    const json = asJSON(await contents(path, io), where);
    const { clientID, clientSecret, refreshToken, refreshTokenExpiresAt } = parseGoogleCredentials(
      json,
      where,
    );
    checkScopes(json, where);
    const end = refreshTokenExpiresAt?.toISOString();
    const manifest = secretManifest(target, {
      type: 'authorized_user',
      client_id: clientID,
      client_secret: clientSecret,
      refresh_token: refreshToken,
      ...(end === undefined ? {} : { refresh_token_expires_at: end }),
    });
    say(io, `${where} holds a refresh token. Whether it still works, \`dbbackup check\` finds out.`);
    await writeSecret(manifest, target, io);
  });
}

async function contents(path: string, io: AuthIO): Promise<Uint8Array> {
  if (path === '-') return buffer(io.stdin);
  try {
    return await readFile(path, { signal: io.signal });
  } catch (cause) {
    if (io.signal.aborted) throw cause;
    const code = (cause as NodeJS.ErrnoException).code ?? 'unknown error';
    throw new BackupError('CredentialsInvalid', `${path} cannot be read (${code}): check the path.`, {
      cause,
    });
  }
}

/** The file as JSON text: what a pickle holds is put in the shape of token.json. */
function asJSON(bytes: Uint8Array, where: string): Uint8Array {
  return isPickle(bytes) ? Buffer.from(JSON.stringify(pickledCredentials(bytes, where))) : bytes;
}

// Protocols 2 to 5 begin with PROTO; of 0 and 1 an object with the class's two lines or a mark, a dict with
// EMPTY_DICT. None of these begins a JSON text.
function isPickle(bytes: Uint8Array): boolean {
  const start = Buffer.from(bytes.subarray(0, 300)).toString('latin1');
  return /^(\x80|c[\w.]+\n[\w.]+\n|\(|\}[q(.])/.test(start);
}

function checkScopes(json: Uint8Array, where: string): void {
  const { scopes, scope } = JSON.parse(new TextDecoder().decode(json).replace(/^\uFEFF/, ''));
  const granted: unknown[] = Array.isArray(scopes) ? scopes : String(scopes ?? scope ?? '').split(' ');
  if (granted.join('') === '' || granted.some((one) => driveScopes.includes(String(one)))) return;
  throw new BackupError(
    'ScopeMissing',
    `The token of ${where} lacks the scope drive.file or drive: run \`dbbackup auth login\` and leave the box ticked.`,
  );
}
