import { BackupError } from '../../crds/failureReason.ts';

/** drive.file: files that the app made; drive: every file of the account. */
export type DriveScope = 'drive.file' | 'drive';

/** The scope's full name, as Google writes it. */
export function scopeURL(scope: DriveScope): string {
  return `https://www.googleapis.com/auth/${scope}`;
}

/** Throws ScopeMissing unless the granted scopes (a list with spaces) hold the wanted one or a larger one. */
export function requireScope(granted: string, wanted: DriveScope): void {
  const list = granted.split(' ');
  if (list.includes(scopeURL(wanted)) || list.includes(scopeURL('drive'))) return;
  throw new BackupError(
    'ScopeMissing',
    `The token lacks the scope ${wanted}: run \`dbbackup auth login\` again and leave the box ticked.`,
  );
}
