import { readFile } from 'node:fs/promises';
import { buffer } from 'node:stream/consumers';
import { BackupError } from '../../crds/failureReason.ts';
import { parseGoogleCredentials } from '../../runner/destinations/googleCredentials.ts';
import { type AuthIO, say } from './authIo.ts';
import { interruptible } from './interruptible.ts';
import { pickledCredentials } from './pickledCredentials.ts';
import { type GoogleScope, holdsScope, requireScope, scopeOf } from './scope.ts';
import { type StoredCredentials, secretManifest } from './secretManifest.ts';
import { secretFlags, secretTarget } from './secretOptions.ts';
import { writeSecret } from './writeSecret.ts';

/** The options of `dbbackup auth import FILE`, for node:util parseArgs. */
export const authImportFlags = { scope: { type: 'string' }, ...secretFlags } as const;

/** The values that parseArgs gives for `authImportFlags`. */
export type AuthImportFlags = { readonly [Flag in keyof typeof authImportFlags]?: string | undefined };

/**
 * `dbbackup auth import FILE`: makes the Secret from Python's token.json or token.pickle (`-`: standard input);
 * a pickle is read as data and never run. --scope says what the token must hold. Asks Google nothing. Throws
 * CredentialsInvalid, ScopeMissing, InvalidSpec.
 */
export async function authImport(path: string, flags: AuthImportFlags, io: AuthIO): Promise<void> {
  await interruptible(io.signal, async () => {
    const scope = scopeOf(flags.scope);
    const target = await secretTarget(flags, scope);
    const where = path === '-' ? 'The standard input' : path;
    const json = asJSON(await contents(path, io), where);
    const { clientID, clientSecret, refreshToken, refreshTokenExpiresAt } = parseGoogleCredentials(
      json,
      where,
    );
    checkScopes(json, scope, where);
    const end = refreshTokenExpiresAt?.toISOString();
    const credentials: StoredCredentials = {
      type: 'authorized_user',
      client_id: clientID,
      client_secret: clientSecret,
      refresh_token: refreshToken,
      ...(end === undefined ? {} : { refresh_token_expires_at: end }),
    };
    const manifest = secretManifest(target, credentials, scope);
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

function checkScopes(json: Uint8Array, wanted: GoogleScope, where: string): void {
  const { scopes, scope } = JSON.parse(new TextDecoder().decode(json).replace(/^\uFEFF/, ''));
  const granted = Array.isArray(scopes) ? scopes.join(' ') : String(scopes ?? scope ?? '');
  if (granted.trim() === '') return;
  if (wanted === 'drive.file' && !holdsScope(granted, wanted) && holdsScope(granted, 'spreadsheets')) {
    throw new BackupError(
      'ScopeMissing',
      `The token of ${where} opens spreadsheets and no folder: if it is for syncs, give --scope spreadsheets; for backups run \`dbbackup auth login\`.`,
    );
  }
  requireScope(granted, wanted, `The token of ${where}`);
}
