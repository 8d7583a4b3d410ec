import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { programEnvironment } from '../config.ts';
import { trustedCertificates, verifiesServer } from './connection.ts';
import type { DatabaseTarget } from './databaseTarget.ts';

/**
 * The environment by which pg_dump and psql reach the target as our own connection does. Secrets never stand on a
 * command line; certificates are files in `folder`, which must be ours alone.
 */
export async function libpqEnvironment(target: DatabaseTarget, folder: string): Promise<NodeJS.ProcessEnv> {
  const file = async (name: string, text: string) => {
    const path = join(folder, name);
    await writeFile(path, text, { mode: 0o600 });
    return path;
  };
  const certificate = target.clientCertificate;
  // Else libpq takes what lies in ~/.postgresql.
  const none = join(folder, 'none');
  return {
    ...programEnvironment(),
    LC_ALL: 'C',
    PGHOST: target.host,
    PGPORT: String(target.port),
    PGDATABASE: target.database,
    PGUSER: target.user,
    PGSSLMODE: target.sslMode,
    PGAPPNAME: 'database-backup',
    PGCLIENTENCODING: 'UTF8',
    PGPASSFILE: '/dev/null',
    ...(target.password === undefined ? {} : { PGPASSWORD: target.password }),
    PGSSLROOTCERT: verifiesServer(target) ? await file('ca.crt', trustedCertificates(target)) : none,
    PGSSLCRL: none,
    PGSSLCERT: certificate ? await file('tls.crt', certificate.cert) : none,
    PGSSLKEY: certificate ? await file('tls.key', certificate.key) : none,
    PGGSSENCMODE: 'disable',
  };
}
