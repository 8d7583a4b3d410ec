const root = 'https://www.googleapis.com/auth/';

/** The scopes that the fake knows, short name → what the consent page says of it. */
export const scopes: Readonly<Record<string, string>> = {
  [`${root}drive`]: 'See, edit, create, and delete all of your Google Drive files',
  [`${root}drive.file`]:
    'See, edit, create, and delete only the specific Google Drive files you use with this app',
  [`${root}drive.readonly`]: 'See and download all your Google Drive files',
  [`${root}drive.metadata`]: 'View and manage metadata of files in your Google Drive',
  [`${root}drive.metadata.readonly`]: 'See information about your Google Drive files',
  [`${root}drive.appdata`]: 'See, create, and delete its own configuration data in your Google Drive',
  [`${root}spreadsheets`]: 'See, edit, create, and delete all your Google Sheets spreadsheets',
  [`${root}spreadsheets.readonly`]: 'See all your Google Sheets spreadsheets',
};

/** The full name of a scope: `drive.file` → `https://www.googleapis.com/auth/drive.file`. */
export function scope(short: string): string {
  return short.startsWith('https:') ? short : root + short;
}

/** The scopes of a space-separated list, and those of them that do not exist. */
export function parseScopes(list: string): { known: string[]; unknown: string[] } {
  const all = [...new Set(list.split(/[ +]+/).filter((name) => name !== ''))];
  return {
    known: all.filter((name) => name in scopes),
    unknown: all.filter((name) => !(name in scopes)),
  };
}

/**
 * What the device flow may ask for. The documentation also names drive.appdata; others saw it refused live:
 * https://developers.google.com/identity/protocols/oauth2/limited-input-device#allowedscopes
 */
export const deviceScopes: ReadonlySet<string> = new Set([scope('drive.file')]);
