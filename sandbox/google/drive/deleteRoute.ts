import { driveError } from '../driveError.ts';
import type { Exchange } from '../exchange.ts';
import type { GoogleState } from '../googleState.ts';
import { authenticate } from '../oauth/authenticate.ts';
import { checkParameters } from './parameters.ts';

const parameters = ['enforceSingleParent', 'supportsAllDrives', 'supportsTeamDrives'];

/** DELETE /drive/v3/files/ID: for ever, with everything below a folder. */
export async function deleteRoute(state: GoogleState, exchange: Exchange, id: string): Promise<void> {
  checkParameters(exchange, parameters);
  const token = authenticate(state, exchange, 'DriveFiles.Delete', ['drive', 'drive.file']);
  const name = state.drive.files.get(id)?.name;
  await exchange.enter('delete', name === undefined ? {} : { name });
  const file = state.drive.find(id, token);
  if (file.id === state.drive.rootID)
    throw driveError(
      403,
      'insufficientFilePermissions',
      'The user does not have sufficient permissions for this file.',
    );
  await state.drive.remove(file);
  exchange.answer(204, '');
}
