import { type BackupSpecInput, formats } from '../crds/backupSpec.ts';
import { benchBackup } from './backupInput.ts';
import { expectFact } from './facts.ts';
import { googleProcess } from './googleProcess.ts';
import type { Measured } from './measure.ts';
import type { BackupInput } from './programs/backup.ts';
import type { BenchDatabase, Workbench } from './workbench.ts';

/** Runs a backup of a database in four formats into a fresh fake Google; the rest of the spec as given. */
export async function uploadedBackup(
  bench: Workbench,
  name: BenchDatabase,
  pgDump: string,
  spec: Partial<BackupSpecInput> = {},
): Promise<Measured> {
  const uri = await bench.uri(name);
  await using google = await googleProcess(bench, false);
  const { url, folderID, credentials } = google;
  const input: BackupInput = {
    backups: [
      benchBackup({
        formats: [...formats],
        destination: { googleDrive: { folderID, credentialsSecretRef: { name: 'drive-oauth' } } },
        ...spec,
      }),
    ],
    secrets: { db: { uri }, 'drive-oauth': { 'token.json': JSON.stringify(credentials) } },
  };
  const run = await bench.run('backup', input, { DBBACKUP_GOOGLE_URL: url, DBBACKUP_PG_DUMP: pgDump });
  expectFact(run.output, 'rows', bench.rowsOf(name));
  return run;
}
