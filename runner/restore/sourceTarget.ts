import type { DatabaseSpec } from '../../crds/databaseSpec.ts';
import { BackupError } from '../../crds/failureReason.ts';
import { type DatabaseTarget, databaseTarget } from '../database/databaseTarget.ts';
import type { SecretReader } from '../secrets.ts';

/** Where a backup takes its data from, if its Secret is at hand: without it the manifest alone can tell. */
export async function sourceTarget(
  spec: DatabaseSpec,
  secrets: SecretReader,
): Promise<DatabaseTarget | undefined> {
  try {
    return await databaseTarget(spec, secrets);
  } catch (error) {
    if (error instanceof BackupError) return undefined;
    throw error;
  }
}
