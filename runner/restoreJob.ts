import type { RestoreOrder } from '../crds/databaseRestore.ts';
import type { RestoreReport } from '../crds/restoreReport.ts';
import { attempt } from './attempt.ts';
import { targetName } from './database/connection.ts';
import { type DatabaseTarget, databaseTarget } from './database/databaseTarget.ts';
import { secretIdentities } from './encryption/identities.ts';
import type { Failure } from './failure.ts';
import { contentLines } from './restore/contentLines.ts';
import { goodManifest } from './restore/goodManifest.ts';
import { restoreFolder } from './restore/restoreFolder.ts';
import { type Restore, type Restored, restoreSet } from './restore/restoreSet.ts';
import { sourceTarget } from './restore/sourceTarget.ts';
import { committedText, stoppedText } from './restore/stoppedText.ts';
import { verifyRows } from './restore/verifyRows.ts';
import type { Services } from './services.ts';
import { findSet } from './sets/findSet.ts';
import { takeInventory } from './sets/listedSet.ts';

/** What becomes known on the way, so that a failure at any point tells it too. */
interface Known {
  target?: DatabaseTarget;
  set?: { readonly name: string; readonly snapshotTime: string };
  dropped?: readonly string[];
  restored?: Restored | undefined;
  comparedTables?: number;
}

/**
 * One attempt of a restore, whatever happens: under spec.timeoutSeconds, with a report at its end. Never throws. Succeeded
 * means that every table has the rows of the manifest.
 */
export async function restoreJob(
  order: RestoreOrder,
  services: Services,
  stop: AbortSignal,
): Promise<RestoreReport> {
  const startedAt = services.clock.now();
  const known: Known = {};
  const seconds = order.spec.timeoutSeconds;
  const sentence = `The attempt took longer than spec.timeoutSeconds (${seconds} s).`;
  const failure = await attempt({ seconds, sentence }, services, stop, (signal) =>
    restoreOrdered(order, known, services, signal),
  );
  return report(startedAt, known, failure, services);
}

async function restoreOrdered(
  order: RestoreOrder,
  known: Known,
  services: Services,
  signal: AbortSignal,
): Promise<void> {
  const { spec, backup } = order;
  const { logger, secrets, redactor } = services;
  const target = await databaseTarget(spec.target, secrets, 'spec.target');
  redactor.add(target.password);
  known.target = target;
  const identities =
    spec.identitySecretRef && (await secretIdentities(spec.identitySecretRef, { secrets, redactor }));
  await using folder = await restoreFolder(order, services, signal);
  const { sets } = await takeInventory({ ...folder, services }, signal);
  const set = findSet(sets, spec.set);
  const manifest = goodManifest(set);
  known.set = { name: set.name, snapshotTime: manifest.snapshotTime };
  logger.info({ set: set.name, target: targetName(target) }, 'restoring');
  const restore: Restore = {
    ...{ manifest, target, identities, destination: folder.destination },
    sourceTarget: backup && (await sourceTarget(backup.spec.database, secrets)),
    ...{ tables: spec.tables, create: spec.create, createRoles: spec.createRoles },
    allowSource: spec.allowSource,
    // Nobody is there to be asked: the spec says it, and nobody can change it afterwards.
    clean: spec.clean
      ? async (contents) => {
          known.dropped = contentLines(contents);
          logger.info({ dropped: known.dropped }, 'the target is cleaned');
          return true;
        }
      : undefined,
  };
  const restored = await restoreSet(restore, services, signal);
  known.restored = restored;
  if (restored && spec.verifyRows) {
    known.comparedTables = await verifyRows(restore, restored, services, signal);
  }
}

function report(
  startedAt: Date,
  { target, set, dropped, restored, comparedTables }: Known,
  failure: Failure | undefined,
  { clock, progress, redactor: { redact } }: Services,
): RestoreReport {
  const isStopped = failure?.reason === 'Interrupted' || failure?.reason === 'DeadlineExceeded';
  const left = target && (isStopped ? stoppedText(target, progress) : restored && committedText(target));
  return {
    ...{ version: 1, kind: 'RestoreReport', result: failure ? 'Failed' : 'Succeeded' },
    ...(failure && {
      reason: failure.reason,
      message: redact([failure.message, left ?? []].flat().join(' ')),
    }),
    startedAt: startedAt.toISOString(),
    finishedAt: clock.now().toISOString(),
    ...(target && { target: targetName(target) }),
    ...(set && { set: set.name, snapshotTime: set.snapshotTime }),
    bytes: progress.bytes,
    ...(restored && {
      ...{ format: restored.format, tables: restored.tables, rows: restored.rows },
      ...(comparedTables !== undefined && { comparedTables }),
      // Of a failed attempt nothing was dropped: all of it was one transaction.
      ...(dropped && { dropped: dropped.map(redact) }),
    }),
    notes: restored?.notes.map(redact) ?? [],
  };
}
