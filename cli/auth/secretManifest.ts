import { Document } from 'yaml';
import type { GoogleScope } from './scope.ts';
import type { SecretTarget } from './secretOptions.ts';

/** The folder that backups go to, as the destination's answer named it. */
export interface BackupFolder {
  readonly id: string;
  readonly name: string;
  readonly link: string | undefined;
}

/** What the runner reads from the Secret's key `token.json`. */
export interface StoredCredentials {
  readonly type: 'authorized_user';
  readonly client_id: string;
  readonly client_secret: string;
  readonly refresh_token: string;
  /** RFC 3339; only for grants whose end Google tells. */
  readonly refresh_token_expires_at?: string;
}

const key = 'token.json';

/**
 * The Secret as YAML, ready for `kubectl apply -f -`, with a word on where it is used; with the folder's ID as
 * annotation where it is known.
 */
export function secretManifest(
  target: SecretTarget,
  credentials: StoredCredentials,
  scope: GoogleScope,
  folder?: BackupFolder,
): string {
  const document = new Document({
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: {
      name: target.name,
      ...(target.namespace === undefined ? {} : { namespace: target.namespace }),
      ...(folder ? { annotations: { 'dbbackup.dev/folder-id': folder.id } } : {}),
    },
    type: 'Opaque',
    stringData: { [key]: `${JSON.stringify(credentials, undefined, 2)}\n` },
  });
  const reference = `credentialsSecretRef: {name: ${target.name}, key: ${key}}`;
  const lines =
    scope === 'spreadsheets' ? ofSync(reference) : [...nameOf(folder), ofBackup(reference, folder?.id)];
  document.commentBefore = lines.map((line) => ` ${line}`).join('\n');
  return document.toString({ lineWidth: 0 });
}

function ofSync(reference: string): string[] {
  return [
    'For syncs, not for backups. The spreadsheetID is the part between /d/ and /edit in the address.',
    `In the SheetSync: spreadsheet: {googleSheets: {spreadsheetID: …, ${reference}}}`,
  ];
}

function nameOf(folder: BackupFolder | undefined): string[] {
  return folder ? [`Folder ID: ${folder.id} (${oneLine(folder.name)})`] : [];
}

function ofBackup(reference: string, folderID = '…'): string {
  return `In the backup: destination: {googleDrive: {folderID: ${folderID}, ${reference}}}`;
}

// A name with a line break would end the comment.
function oneLine(text: string): string {
  return text.replace(/\p{C}|\p{Zl}|\p{Zp}/gu, ' ');
}
