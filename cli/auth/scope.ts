import { BackupError } from '../../crds/failureReason.ts';
import { missingScope } from '../../runner/destinations/missingScope.ts';

/** For backups. drive.file: files that the app made; drive: every file of the account. */
export type DriveScope = 'drive.file' | 'drive';

/** Those, and for syncs spreadsheets: every spreadsheet that the account may open, and no other file. */
export type GoogleScope = DriveScope | 'spreadsheets';

/** The scope that --scope names; drive.file if it is left out. Throws InvalidSpec. */
export function scopeOf(given: string | undefined): GoogleScope {
  if (given === undefined) return 'drive.file';
  if (given === 'drive.file' || given === 'drive' || given === 'spreadsheets') return given;
  throw new BackupError('InvalidSpec', '--scope must be drive.file, drive or spreadsheets.');
}

/** The scope's full name, as Google writes it. */
export function scopeURL(scope: GoogleScope): string {
  return `https://www.googleapis.com/auth/${scope}`;
}

/** Whether the granted scopes (a list with spaces) hold the wanted one or a larger one. */
export function holdsScope(granted: string, wanted: GoogleScope): boolean {
  const list = granted.split(' ');
  return list.includes(scopeURL(wanted)) || list.includes(scopeURL('drive'));
}

/** Throws ScopeMissing where they do not; `whose` begins the sentence. */
export function requireScope(granted: string, wanted: GoogleScope, whose?: string): void {
  if (!holdsScope(granted, wanted)) {
    throw new BackupError('ScopeMissing', `${missingScope(wanted, whose)}.`);
  }
}
