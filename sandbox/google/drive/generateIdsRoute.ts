import { invalidParameter } from '../driveError.ts';
import type { Exchange } from '../exchange.ts';
import type { GoogleState } from '../googleState.ts';
import { authenticate } from '../oauth/authenticate.ts';
import { applyFieldMask } from './fieldMask.ts';
import { generatedIDsSchema } from './fieldSchemas.ts';
import { checkParameters, integerParameter } from './parameters.ts';

/** GET /drive/v3/files/generateIds: IDs that files.create will accept. */
export async function generateIdsRoute(state: GoogleState, exchange: Exchange): Promise<void> {
  checkParameters(exchange, ['count', 'space', 'type']);
  authenticate(state, exchange, 'DriveFiles.GenerateIds', ['drive', 'drive.file']);
  await exchange.enter('generateIds');
  const count = integerParameter(exchange, 'count', 10, 1000);
  const space = exchange.query.get('space') ?? 'drive';
  if (space !== 'drive') throw invalidParameter('space', 'Invalid Value', 'invalid');
  const type = exchange.query.get('type') ?? 'files';
  if (type !== 'files') throw invalidParameter('type', 'Invalid Value', 'invalid');
  const ids = Array.from({ length: count }, () => state.drive.newID());
  for (const id of ids) state.drive.generatedIDs.add(id);
  const resource = { kind: 'drive#generatedIds', space, ids };
  exchange.answerJSON(200, applyFieldMask(resource, exchange.fields ?? '*', generatedIDsSchema));
}
