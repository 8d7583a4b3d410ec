import { invalidParameter } from '../driveError.ts';
import type { Exchange } from '../exchange.ts';
import type { GoogleState } from '../googleState.ts';
import { authenticate } from '../oauth/authenticate.ts';
import { applyFieldMask } from './fieldMask.ts';
import { aboutSchema } from './fieldSchemas.ts';
import { checkParameters } from './parameters.ts';

const scopes = ['drive', 'drive.file', 'drive.readonly', 'drive.metadata', 'drive.metadata.readonly'];

/** GET /drive/v3/about: the account and its storage; numbers are strings, no `limit` means unlimited. */
export async function aboutRoute(state: GoogleState, exchange: Exchange): Promise<void> {
  checkParameters(exchange, []);
  authenticate(state, exchange, 'DriveAbout.Get', scopes);
  await exchange.enter('about');
  const fields = exchange.fields;
  if (fields === null)
    throw invalidParameter('fields', "The 'fields' parameter is required for this method.", 'required');
  const { account, drive } = state;
  const { total, inTrash } = drive.usage();
  const resource = {
    kind: 'drive#about',
    user: {
      kind: 'drive#user',
      displayName: account.displayName,
      me: true,
      permissionId: '01234567890123456789',
      emailAddress: account.email,
    },
    storageQuota: {
      limit: account.storageLimit === null ? undefined : String(account.storageLimit),
      usage: String(total + account.usedElsewhere),
      usageInDrive: String(total),
      usageInDriveTrash: String(inTrash),
    },
    maxUploadSize: '5242880000000',
    appInstalled: true,
    canCreateDrives: false,
    canCreateTeamDrives: false,
  };
  exchange.answerJSON(200, applyFieldMask(resource, fields, aboutSchema));
}
