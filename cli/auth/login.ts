import { HTTPTransport } from '../../runner/destinations/httpTransport.ts';
import { type AuthIO, say } from './authIo.ts';
import { browserLogin } from './browserLogin.ts';
import { deviceLogin } from './deviceLogin.ts';
import { googleEndpoints } from './googleEndpoints.ts';
import { acceptGrant } from './grant.ts';
import { interruptible } from './interruptible.ts';
import { LoginDrive } from './loginDrive.ts';
import { type AuthLoginFlags, type LoginOptions, loginOptions } from './loginOptions.ts';
import { type BackupFolder, secretManifest } from './secretManifest.ts';
import { writeSecret } from './writeSecret.ts';

/**
 * `dbbackup auth login`: lets a person grant access to their Drive, makes or checks the folder, and writes the
 * Secret for it to standard output or --out; all else goes to standard error. Throws BackupError.
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
  const drive = new LoginDrive(endpoints, network, accessToken);
  const account = await drive.account();
  say(io, `Access granted${account === undefined ? '' : ` by ${account}`}, scope ${scope}.`);
  const folder = await folderFor(options, drive, io);
  if (credentials.refresh_token_expires_at !== undefined) warnOfEnd(credentials.refresh_token_expires_at, io);
  await writeSecret(secretManifest(target, credentials, folder), target, io);
}

async function folderFor(options: LoginOptions, drive: LoginDrive, io: AuthIO): Promise<BackupFolder> {
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

function warnOfEnd(end: string, io: AuthIO): void {
  say(
    io,
    `WARNING: this access ends at ${end}. If the OAuth app is in "Testing", press PUBLISH APP in the Google Cloud console (Google Auth Platform, Audience) and run \`dbbackup auth login\` again; else backups fail from then on.`,
  );
}
