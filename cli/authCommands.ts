import { BackupError } from '../crds/failureReason.ts';
import { runnerConfig } from '../runner/config.ts';
import { systemClock } from '../runner/destinations/clock.ts';
import type { AuthIO } from './auth/authIo.ts';
import { authImport, authImportFlags } from './auth/importToken.ts';
import { authLogin } from './auth/login.ts';
import { authLoginFlags } from './auth/loginOptions.ts';
import { openBrowser } from './auth/openBrowser.ts';
import type { Command, Invocation } from './command.ts';

const secretTexts = {
  'secret-name': 'Name of the Secret that is printed (drive-oauth; with --scope spreadsheets sheets-oauth)',
  namespace: 'Namespace of the Secret',
  out: 'Write the Secret to a file (mode 0600) instead of printing it',
};

/** `dbbackup auth login`: a refresh token by the browser or by a device code, as a Secret for kubectl apply. */
export const authLoginCommand: Command = {
  name: 'auth login',
  usage:
    '--client-file client_secret.json [--device] [--scope drive.file|drive|spreadsheets] [OPTIONS] > secret.yaml',
  summary: 'Log in to Google and print the Secret for kubectl apply',
  options: authLoginFlags,
  optionTexts: {
    'client-id': 'OAuth client ID, with --client-secret instead of --client-file',
    'client-secret': 'Secret of the OAuth client',
    'client-file': 'The JSON file of the OAuth client, from the Google Cloud console',
    scope:
      'drive.file (default): a folder made by this program; drive: a folder made by hand; spreadsheets: for syncs',
    device: 'For machines without a browser: type a code on another one (scope drive.file only)',
    'folder-name': 'Name of the folder to make or find again (Database backups)',
    'folder-id': 'With --scope drive: ID of the folder made by hand',
    'no-browser': 'Only print the address to open',
    port: 'Port of this machine that the browser comes back to (any free one)',
    ...secretTexts,
  },
  async run(invocation) {
    await authLogin(invocation.values, authIO(invocation));
    return 0;
  },
};

/** `dbbackup auth import`: the same from a token.json or token.pickle of Python programs. */
export const authImportCommand: Command = {
  name: 'auth import',
  usage: 'token.json|token.pickle [--scope drive.file|drive|spreadsheets] [OPTIONS] > secret.yaml',
  summary: "Make the Secret from a Python program's token.json or token.pickle",
  options: authImportFlags,
  optionTexts: {
    scope:
      'What the token must be good for: drive.file (default) or drive for backups, spreadsheets for syncs',
    ...secretTexts,
  },
  takesFile: true,
  async run(invocation) {
    const [path, ...more] = invocation.positionals;
    if (path === undefined || more.length > 0) {
      throw new BackupError('InvalidSpec', 'Name one file: dbbackup auth import token.json');
    }
    await authImport(path, invocation.values, authIO(invocation));
    return 0;
  },
};

function authIO({ io, signal }: Invocation): AuthIO {
  const { googleURL, proxy } = runnerConfig(io.env);
  const { stdin, stdout, stderr } = io;
  return { stdin, stdout, stderr, googleURL, proxy, openBrowser, clock: systemClock, signal };
}
