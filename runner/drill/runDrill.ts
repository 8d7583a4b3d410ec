import type { DatabaseBackup } from '../../crds/databaseBackup.ts';
import type { DrillSpec } from '../../crds/drillSpec.ts';
import { BackupError } from '../../crds/failureReason.ts';
import type { Manifest } from '../../crds/manifest.ts';
import { targetName } from '../database/connection.ts';
import type { DatabaseTarget } from '../database/databaseTarget.ts';
import type { Identities } from '../encryption/identities.ts';
import { openedManifest } from '../encryption/openedManifest.ts';
import { openDestination } from '../openDestination.ts';
import { compareContents } from '../restore/compareContents.ts';
import { type Restored, restoreSet } from '../restore/restoreSet.ts';
import type { Services } from '../services.ts';
import { takeInventory } from '../sets/listedSet.ts';
import { requireHeld, runAssertions } from './assertions.ts';
import type { DrillRecord } from './drillRecord.ts';
import type { DrillServer } from './drillServer.ts';
import { scratchDatabase } from './scratchDatabase.ts';

export interface Drill {
  readonly backup: DatabaseBackup;
  /** Whose sets they are: see FileTags. */
  readonly owner: string;
  readonly assertions: DrillSpec['assertions'];
  /** Whether to make roles that the server lacks. */
  readonly createRoles: boolean;
  /** What opens encrypted sets. */
  readonly identities: Identities | undefined;
  readonly record: DrillRecord;
}

/**
 * Restores the newest good set into a database of its own, compares rows and contents with the manifest, runs the
 * assertions and drops the database, and throws the first failure. The recovery time is that of the stages from the look
 * at the folder to the last assertion.
 */
export async function runDrill(
  drill: Drill,
  server: DrillServer,
  services: Services,
  signal: AbortSignal,
): Promise<void> {
  const { backup, owner, identities, record } = drill;
  services.redactor.add(server.target.password);
  const began = performance.now();
  await using destination = await openDestination(backup.spec.destination, services);
  const manifest = await record.stage('folder', async () => {
    const { sets } = await takeInventory({ destination, owner, services }, signal);
    const unread = { destination, identities, onBytes: () => {} };
    return openedManifest(newestGood(sets), unread, signal);
  });
  record.note({ set: manifest.set, snapshotTime: manifest.snapshotTime });
  const title = `${backup.metadata.namespace}/${backup.metadata.name}`;
  const warn = (sentence: string) => record.warnings.push(sentence);
  const scratch = await record.stage('create', () =>
    scratchDatabase({ server: server.target, owner, title, warn }, signal),
  );
  try {
    const { target } = scratch;
    record.note({ target: targetName(target) });
    const restore = {
      ...{ manifest, destination, identities, target, sourceTarget: undefined },
      ...{ create: false, createRoles: drill.createRoles || server.isEphemeral, allowSource: false },
    };
    const restored = await record.stage('restore', () => restoreSet(restore, services, signal));
    if (restored === undefined) throw new Error('a restore ended without a result');
    noteRestored(record, restored, services);
    await record.stage('compare', () => compare(drill, manifest, restored, target, services, signal));
    await record.stage('assertions', async () => {
      const results = await runAssertions(target, drill.assertions, signal);
      record.assertions.push(...results);
      requireHeld(results);
    });
    record.note({ recoverySeconds: Math.round(performance.now() - began) / 1000 });
  } finally {
    await record.stage('drop', async () => scratch[Symbol.asyncDispose]());
  }
}

type SetLike = { readonly damage: string | undefined; readonly manifest: Manifest | undefined };

/** The newest set that is complete and intact. Throws NoGoodSet. */
function newestGood(newestFirst: readonly SetLike[]): Manifest {
  const good = newestFirst.find(({ damage, manifest }) => damage === undefined && manifest !== undefined);
  if (good?.manifest !== undefined) return good.manifest;
  const [newest] = newestFirst;
  throw new BackupError(
    'NoGoodSet',
    newest === undefined
      ? 'The folder holds no set of this backup.'
      : `The folder holds no good set of this backup; the newest is damaged: ${newest.damage}.`,
  );
}

function noteRestored(record: DrillRecord, restored: Restored, { progress }: Services): void {
  const { format, tables, rows, notes } = restored;
  record.note({ format, tables, rows, bytes: progress.bytes });
  record.notes.push(...notes);
}

async function compare(
  { record }: Drill,
  { tables }: Manifest,
  { format }: Restored,
  target: DatabaseTarget,
  { progress }: Services,
  signal: AbortSignal,
): Promise<void> {
  const comparedTables = await compareContents({ target, tables, format, progress }, signal);
  record.note({ comparedTables });
  if (comparedTables > 0 || tables.length === 0) return;
  const why = format === 'json' ? 'came from json, which does not hold every value' : 'has no checksums';
  record.notes.push(`The set ${why}: rows were counted, but their contents not compared.`);
}
