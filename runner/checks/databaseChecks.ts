import type { BackupSpec } from '../../crds/backupSpec.ts';
import { countInWords, countOf, sizeInWords } from '../../crds/inWords.ts';
import { choosePgDump } from '../database/choosePgDump.ts';
import { type Connection, connect, targetName } from '../database/connection.ts';
import { type DatabaseTarget, databaseTarget } from '../database/databaseTarget.ts';
import { requireSameServer, type Server, serverOf } from '../database/server.ts';
import { openSnapshot } from '../database/snapshot.ts';
import type { Services } from '../services.ts';
import { type Check, notChecked, type Probed, probe } from './check.ts';

// Behind a server that is silent there may as well be none.
const databaseProbe = { name: 'database', silence: 'DatabaseUnreachable' } as const;
const serverProbe = { name: 'same server', silence: 'DatabaseUnreachable' } as const;
const dumpProbe = { name: 'pg_dump', silence: 'DeadlineExceeded' } as const;
const tablesProbe = { name: 'tables', silence: 'DeadlineExceeded' } as const;
/** A check does not wait for migrations as a backup does. */
const lockTimeout = 5_000;

/** Tries what a backup needs of the database, in its order; `value` is the size of the database in bytes. */
export async function databaseChecks(
  spec: BackupSpec,
  services: Services,
  signal: AbortSignal,
): Promise<Probed<number>> {
  const connected = await connectProbe(spec.database, services, signal);
  await using open = connected.value?.connection;
  if (open === undefined || connected.value === undefined) {
    const others = [serverProbe, dumpProbe, tablesProbe].map(({ name }) =>
      notChecked(name, 'it needs the connection'),
    );
    return { value: undefined, checks: [...connected.checks, ...others] };
  }
  const { target, server } = connected.value;
  const checks: Check[] = [
    ...connected.checks,
    ...(await sameServer(target, server, services, signal)),
    ...(await tables(spec, { client: open.client, server }, services, signal)),
  ];
  return { value: server.size, checks };
}

interface Reached {
  /** To be closed by the caller. */
  readonly connection: Connection;
  readonly target: DatabaseTarget;
  readonly server: Server;
}

/** Tries to connect, and says to what. */
export async function connectProbe(
  database: Parameters<typeof databaseTarget>[0],
  services: Services,
  signal: AbortSignal,
): Promise<Probed<Reached>> {
  let connection: Connection | undefined;
  const connected = await probe(databaseProbe, services, signal, async () => {
    const target = await databaseTarget(database, services.secrets);
    services.redactor.add(target.password);
    connection = await connect(target, signal);
    const server = await serverOf(connection.client);
    const encrypted = connection.encrypted ? 'encrypted with TLS' : 'not encrypted';
    const message = `${targetName(target)} answers ${target.user}: PostgreSQL ${server.versionName}, ${sizeInWords(server.size)}, ${encrypted}.`;
    return { message, value: { connection, target, server } };
  });
  if (connected.value === undefined) await connection?.[Symbol.asyncDispose]();
  return connected;
}

async function sameServer(
  target: DatabaseTarget,
  server: Server,
  services: Services,
  signal: AbortSignal,
): Promise<readonly Check[]> {
  const { checks } = await probe(serverProbe, services, signal, async () => {
    await requireSameServer(target, server, signal);
    return { message: 'Two connections reached the same server.', value: true };
  });
  return checks;
}

/** pg_dump, and then the tables, whose rules depend on it. */
async function tables(
  { database, formats }: BackupSpec,
  connection: { client: Connection['client']; server: Server },
  services: Services,
  signal: AbortSignal,
): Promise<readonly Check[]> {
  const { server, client } = connection;
  let withDump = formats.includes('sql');
  const dump = await probe(dumpProbe, services, signal, async () => {
    const warnings: string[] = [];
    const found = await choosePgDump(services.config.pgDump, formats, connection, warnings, signal);
    withDump = found !== undefined;
    const message = found
      ? `pg_dump ${found.version} can dump the server (${server.versionName}).`
      : 'The formats do without pg_dump.';
    return { message, warnings, value: true };
  });
  const selected = await probe(tablesProbe, services, signal, async () => {
    const options = {
      tables: database.tables,
      serverVersion: server.version,
      everyTable: withDump,
      lockTimeout,
    };
    const snapshot = await openSnapshot(client, options, signal);
    await client.query('ROLLBACK');
    const rows =
      snapshot.estimatedRows > 0
        ? `about ${countInWords(Math.round(snapshot.estimatedRows))} rows by the statistics`
        : 'no statistics on their rows';
    return {
      message: `${countOf(snapshot.tables.length, 'table')} selected, all readable, ${rows}.`,
      warnings: snapshot.notes,
      value: true,
    };
  });
  return [...dump.checks, ...selected.checks];
}
