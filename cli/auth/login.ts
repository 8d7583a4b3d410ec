import { HTTPTransport } from '../../runner/destinations/httpTransport.ts';
import { type AuthIO, say } from './authIo.ts';
import { browserLogin } from './browserLogin.ts';
import { deviceLogin } from './deviceLogin.ts';
import { googleEndpoints } from './googleEndpoints.ts';
import { acceptGrant } from './grant.ts';
import { interruptible } from './interruptible.ts';
import { LoginDrive } from './loginDrive.ts';
import { type AuthLoginFlags, type BackupLogin, type LoginOptions, loginOptions } from './loginOptions.ts';
import type { GoogleScope } from './scope.ts';
import { type BackupFolder, secretManifest } from './secretManifest.ts';
import { writeSecret } from './writeSecret.ts';

/**
 * `dbbackup auth login`: lets a person grant access to their Drive and makes or checks the folder, or to their
 * spreadsheets alone; writes the Secret for it to standard output or --out; all else goes to standard error.
 * Throws BackupError.
 */
export async function authLogin(flags: AuthLoginFlags, io: AuthIO): Promise<void> {
  await interruptible(io.signal, async () => login(await loginOptions(flags), io));
}

async function login(options: LoginOptions, io: AuthIO): Promise<void> {
  const { client, scope, target } = options;
  const endpoints = googleEndpoints(io.googleURL);
  if (io.googleURL !== undefined) say(io, `Using ${io.googleURL} in place of Google (DBBACKUP_GOOGLE_URL).`);
  using transport = new HTTPTransport({ proxy: io.proxy });
  const network = { transport, clock: io.clock, signal: io.signal };
  const answer = options.device
    ? await deviceLogin(client, endpoints, network, io)
    : await browserLogin(options, endpoints, network, io);
  const { credentials, accessToken } = acceptGrant(answer, client, scope, io.clock.now());
  let folder: BackupFolder | undefined;
  if (options.scope === 'spreadsheets') saySpreadsheets(io);
  else folder = await folderFor(options, new LoginDrive(endpoints, network, accessToken), io);
  const end = credentials.refresh_token_expires_at;
  if (end !== undefined) warnOfEnd(end, scope, io);
  await writeSecret(secretManifest(target, credentials, scope, folder), target, io);
}

// Nothing is asked of Google with this token: which account it is of is told to tokens of Drive alone.
function saySpreadsheets(io: AuthIO): void {
  say(io, 'Access granted, scope spreadsheets; under it Google does not tell the account.');
  say(
    io,
    'A sync can write into every spreadsheet that this account may edit: its own, and those shared with it as an editor.',
  );
}

async function folderFor(options: BackupLogin, drive: LoginDrive, io: AuthIO): Promise<BackupFolder> {
  const account = await drive.account();
  say(io, `Access granted${account === undefined ? '' : ` by ${account}`}, scope ${options.scope}.`);
  const at = (folder: BackupFolder) =>
    `"${folder.name}", ID ${folder.id}${folder.link ? `, ${folder.link}` : ''}`;
  if ('id' in options.folder) {
    const folder = await drive.givenFolder(options.folder.id);
    say(io, `The folder is there: ${at(folder)}`);
    return folder;
  }
  const { folder, made } = await drive.folder(options.folder.name, options.scope);
  say(io, `${made ? 'Made the folder' : 'Using the folder of an earlier login'}: ${at(folder)}`);
  return folder;
}

function warnOfEnd(end: string, scope: GoogleScope, io: AuthIO): void {
  const runs = scope === 'spreadsheets' ? 'syncs' : 'backups';
  say(
    io,
    `WARNING: this access ends at ${end}. If the OAuth app is in "Testing", press PUBLISH APP in the Google Cloud console (Google Auth Platform, Audience) and run the login again; else ${runs} fail from then on.`,
  );
}
