import { BackupError } from '../../crds/failureReason.ts';
import { type OAuthClient, readClientFile } from './oauthClient.ts';
import { type DriveScope, type GoogleScope, scopeOf } from './scope.ts';
import { type SecretTarget, secretFlags, secretTarget } from './secretOptions.ts';

/** The options of `dbbackup auth login`, for node:util parseArgs. */
export const authLoginFlags = {
  'client-id': { type: 'string' },
  'client-secret': { type: 'string' },
  'client-file': { type: 'string' },
  scope: { type: 'string' },
  device: { type: 'boolean' },
  'folder-name': { type: 'string' },
  'folder-id': { type: 'string' },
  'no-browser': { type: 'boolean' },
  port: { type: 'string' },
  ...secretFlags,
} as const;

/** The values that parseArgs gives for `authLoginFlags`. */
export type AuthLoginFlags = {
  readonly [Flag in keyof typeof authLoginFlags]?:
    | ((typeof authLoginFlags)[Flag]['type'] extends 'boolean' ? boolean : string)
    | undefined;
};

/** What a login does, checked. */
export type LoginOptions = LoginWay & (BackupLogin | SyncLogin);

/** Of a login for backups; the folder is one made by hand, or one to make or find again. */
export interface BackupLogin {
  readonly scope: DriveScope;
  readonly folder: { readonly id: string } | { readonly name: string };
}

/** Of a login for syncs, which have no folder. */
interface SyncLogin {
  readonly scope: 'spreadsheets';
}

interface LoginWay {
  readonly client: OAuthClient;
  readonly device: boolean;
  readonly browser: boolean;
  /** 0 for any free one. */
  readonly port: number;
  readonly target: SecretTarget;
}

/** Checks the options before anything is asked of the person. Throws InvalidSpec, ClientInvalid, ScopeMissing. */
export async function loginOptions(flags: AuthLoginFlags): Promise<LoginOptions> {
  const scope = scopeOf(flags.scope);
  if (flags.device && scope !== 'drive.file') {
    throw new BackupError(
      'ScopeMissing',
      `Google allows no scope ${scope} with --device, only drive.file: use --no-browser in its place.`,
    );
  }
  return {
    client: await clientOf(flags),
    ...purposeOf(flags, scope),
    device: flags.device ?? false,
    browser: !flags['no-browser'],
    port: portOf(flags.port),
    target: await secretTarget(flags, scope),
  };
}

async function clientOf(flags: AuthLoginFlags): Promise<OAuthClient> {
  const { 'client-id': id, 'client-secret': secret, 'client-file': file } = flags;
  if (file !== undefined) {
    if (id !== undefined || secret !== undefined) {
      throw invalid('--client-file holds the client already: leave out --client-id and --client-secret.');
    }
    return readClientFile(file);
  }
  if (!id || !secret) {
    throw invalid(
      'An OAuth client is needed: give --client-file, or --client-id and --client-secret (docs/google.md).',
    );
  }
  return { id: id.trim(), secret: secret.trim() };
}

function purposeOf(flags: AuthLoginFlags, scope: GoogleScope): BackupLogin | SyncLogin {
  if (scope !== 'spreadsheets') return { scope, folder: folderOf(flags, scope) };
  if (flags['folder-id'] === undefined && flags['folder-name'] === undefined) return { scope };
  throw invalid(
    '--scope spreadsheets is for syncs, which have no folder: leave out --folder-id and --folder-name.',
  );
}

function folderOf(flags: AuthLoginFlags, scope: DriveScope): BackupLogin['folder'] {
  const { 'folder-id': given, 'folder-name': name } = flags;
  if (given === undefined) {
    if (name?.trim() === '') throw invalid('--folder-name is empty.');
    return { name: name?.trim() ?? 'Database backups' };
  }
  if (name !== undefined) throw invalid('Give --folder-id or --folder-name, not both.');
  if (scope !== 'drive') {
    throw invalid(
      '--folder-id needs --scope drive: a folder made by hand is invisible under drive.file. Without it, a folder is made.',
    );
  }
  // The address of the opened folder is what people have at hand.
  const id = /\/folders\/([\w-]+)/.exec(given)?.[1] ?? given;
  if (!/^[\w-]+$/.test(id)) {
    throw invalid(
      '--folder-id is no folder ID: take the part after /folders/ of the address of the opened folder.',
    );
  }
  return { id };
}

function portOf(text: string | undefined): number {
  if (text === undefined) return 0;
  const port = Number(text);
  if (/^\d+$/.test(text) && port >= 1 && port <= 65_535) return port;
  throw invalid('--port must be a number from 1 to 65535.');
}

function invalid(sentence: string): BackupError {
  return new BackupError('InvalidSpec', sentence);
}
