import { BackupError } from '../../crds/failureReason.ts';

/** The addresses that `auth login` talks to; all but `authorization` are called by us, that one by the browser. */
export interface GoogleEndpoints {
  readonly authorization: string;
  readonly token: string;
  readonly deviceCode: string;
  /** Root of the Drive API, without a slash at the end. */
  readonly drive: string;
}

/**
 * Google's own endpoints (https://developers.google.com/identity/protocols/oauth2/native-app), or the same
 * paths under another root. Throws InvalidSpec if the root is no http address.
 */
export function googleEndpoints(rootURL?: string): GoogleEndpoints {
  if (rootURL === undefined) {
    return {
      authorization: 'https://accounts.google.com/o/oauth2/v2/auth',
      token: 'https://oauth2.googleapis.com/token',
      deviceCode: 'https://oauth2.googleapis.com/device/code',
      drive: 'https://www.googleapis.com/drive/v3',
    };
  }
  if (!/^https?:$/.test(URL.parse(rootURL)?.protocol ?? '')) {
    throw new BackupError(
      'InvalidSpec',
      'DBBACKUP_GOOGLE_URL is no http or https address: correct or unset it.',
    );
  }
  const root = rootURL.replace(/\/+$/, '');
  return {
    authorization: `${root}/o/oauth2/v2/auth`,
    token: `${root}/token`,
    deviceCode: `${root}/device/code`,
    drive: `${root}/drive/v3`,
  };
}
