import { Document } from 'yaml';
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

/** The Secret as YAML, ready for `kubectl apply -f -`; with the folder's ID as annotation where it is known. */
export function secretManifest(
  target: SecretTarget,
  credentials: StoredCredentials,
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
  document.commentBefore = folder
    ? ` Folder ID: ${folder.id} (${oneLine(folder.name)})\n` +
      ` In the backup: destination: {googleDrive: {folderID: ${folder.id}, ${reference}}}`
    : ` In the backup: destination: {googleDrive: {folderID: …, ${reference}}}`;
  return document.toString({ lineWidth: 0 });
}

// A name with a line break would end the comment.
function oneLine(text: string): string {
  return text.replace(/\p{C}|\p{Zl}|\p{Zp}/gu, ' ');
}
