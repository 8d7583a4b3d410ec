import type { DatabaseBackup } from '../../crds/databaseBackup.ts';
import { ownerOf } from '../ownerOf.ts';
import type { Services } from '../services.ts';
import { type Check, notChecked } from './check.ts';
import { databaseChecks } from './databaseChecks.ts';
import { destinationChecks } from './destinationChecks.ts';
import { drillChecks } from './drillChecks.ts';
import { emailChecks } from './emailChecks.ts';
import { encryptionChecks } from './encryptionChecks.ts';
import { secretChecks } from './secretChecks.ts';
import { timedChecks } from './timedChecks.ts';

/**
 * Tries everything that a backup needs, and makes none: Secrets first; then database, destination and mail server at the
 * same time, told in this order. No check takes longer than 90 seconds: what has not answered by then has failed.
 * Throws only the reason of `stop`. Known secrets are taken out of the sentences.
 */
export function backupChecks(
  backup: DatabaseBackup,
  services: Services,
  stop: AbortSignal,
): AsyncGenerator<Check> {
  return timedChecks(backup.spec.timeoutSeconds, services, stop, (signal) =>
    groups(backup, services, signal),
  );
}

async function* groups(
  backup: DatabaseBackup,
  services: Services,
  signal: AbortSignal,
): AsyncGenerator<Check> {
  const { spec, metadata } = backup;
  yield {
    name: 'spec',
    ok: true,
    message: `DatabaseBackup ${metadata.namespace}/${metadata.name} is valid.`,
  };
  const { checks, missing } = await secretChecks(spec, services, signal);
  yield* checks;
  const needs = (part: 'database' | 'destination' | 'encryption' | 'email') => [
    notChecked(part, 'it needs its Secrets'),
  ];
  const database = missing.has('database') ? undefined : databaseChecks(spec, services, signal);
  const databaseBytes = Promise.resolve(database).then(
    (found) => found?.value,
    () => undefined,
  );
  const question = { spec, owner: ownerOf(backup), databaseBytes };
  const running: Promise<readonly Check[]>[] = [
    database ? database.then((found) => found.checks) : Promise.resolve(needs('database')),
    missing.has('destination')
      ? Promise.resolve(needs('destination'))
      : destinationChecks(question, services, signal),
    missing.has('encryption')
      ? Promise.resolve(needs('encryption'))
      : encryptionChecks(spec.encryption, services, signal),
    missing.has('email')
      ? Promise.resolve(needs('email'))
      : emailChecks(spec.notification?.email, services, signal),
    drillChecks(spec, services, signal),
  ];
  for (const group of running) group.catch(() => {});
  for (const group of running) yield* await group;
}
