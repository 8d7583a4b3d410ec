import type { BackupSpec } from '../../crds/backupSpec.ts';
import { BackupError } from '../../crds/failureReason.ts';
import { targetName } from '../database/connection.ts';
import { serverOf } from '../database/server.ts';
import { drillServer } from '../drill/drillServer.ts';
import { secretIdentities } from '../encryption/identities.ts';
import { connectBeside } from '../restore/targetDatabase.ts';
import type { Services } from '../services.ts';
import { type Check, probe } from './check.ts';

/**
 * Tries what a drill needs: its server, whether the role may make a database there, and the identity. No line where the
 * spec has no drill. A backup needs none of it, so that what is missing is a warning.
 */
export async function drillChecks(
  { drill, encryption }: Pick<BackupSpec, 'drill' | 'encryption'>,
  services: Services,
  signal: AbortSignal,
): Promise<readonly Check[]> {
  if (drill === undefined) return [];
  const { checks } = await probe(
    { name: 'drill', silence: 'DatabaseUnreachable' },
    services,
    signal,
    async () => {
      const identity = drill.identitySecretRef;
      if (identity !== undefined) await secretIdentities(identity, services);
      const warnings =
        encryption !== undefined && identity === undefined
          ? ['A drill would fail: sets are encrypted, and spec.drill.identitySecretRef is not set.']
          : [];
      if (drill.target === undefined) {
        return { message: 'A drill brings its own PostgreSQL.', warnings, value: true };
      }
      const { target } = await drillServer(drill, services, signal);
      services.redactor.add(target.password);
      await using beside = await connectBeside(target, signal);
      const { versionName } = await serverOf(beside.client);
      const { rows } = await beside.client.query<{ may: boolean }>(
        'SELECT rolcreatedb OR rolsuper AS may FROM pg_roles WHERE rolname = current_user',
      );
      if (rows[0]?.may !== true) {
        throw new BackupError(
          'RestoreFailed',
          `The role ${target.user} may make no database at ${targetName(target)}: ALTER ROLE … CREATEDB.`,
        );
      }
      const message = `${target.host}:${target.port} takes scratch databases of ${target.user}: PostgreSQL ${versionName}.`;
      return { message, warnings, value: true };
    },
  );
  return checks.map(asWarning);
}

function asWarning(check: Check): Check {
  if (check.ok || check.notChecked) return check;
  const { name, message, reason } = check;
  return { name, ok: true, warning: true, message: `A drill would fail: ${message} (${reason})` };
}
