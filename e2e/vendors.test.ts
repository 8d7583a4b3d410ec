import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { BackupSpecInput } from '../crds/backupSpec.ts';
import { backupWorld } from './backupWorld.ts';
import { goodRun, shopTables } from './recovery.ts';
import { installRelease } from './release.ts';
import { suiteCluster } from './suiteCluster.ts';

/** How the world's database is reached from a pod. */
interface Access {
  readonly host: string;
  readonly port: string;
  readonly dbname: string;
  readonly user: string;
  readonly password: string;
}

interface Vendor {
  readonly secret: string;
  /** The keys of the Secret, as the vendor writes them. */
  readonly data: (access: Access) => Record<string, string>;
  /** What stands in the DatabaseBackup beside it, since the Secret does not tell. */
  readonly database: (access: Access) => Partial<BackupSpecInput['database']>;
}

const uri = ({ host, port, dbname, user, password }: Access, scheme = 'postgresql') =>
  `${scheme}://${user}:${encodeURIComponent(password)}@${host}:${port}/${dbname}`;
const jdbc = ({ host, port, dbname, user, password }: Access) =>
  `jdbc:postgresql://${host}:${port}/${dbname}?password=${encodeURIComponent(password)}&user=${user}`;

const vendors: Record<string, Vendor> = {
  // https://cloudnative-pg.io/documentation/current/applications/#secrets
  CloudNativePG: {
    secret: 'shop-app',
    data: (access) => ({
      ...{ host: access.host, port: access.port, dbname: access.dbname },
      ...{ user: access.user, username: access.user, password: access.password },
      pgpass: `${access.host}:${access.port}:${access.dbname}:${access.user}:${access.password}\n`,
      ...{
        uri: uri(access),
        'fqdn-uri': uri(access),
        'jdbc-uri': jdbc(access),
        'fqdn-jdbc-uri': jdbc(access),
      },
    }),
    database: () => ({}),
  },
  // https://access.crunchydata.com/documentation/postgres-operator/latest/tutorials/basic-setup/connect-cluster
  Crunchy: {
    secret: 'shop-pguser-shop',
    data: (access) => ({
      ...{ host: access.host, port: access.port, dbname: access.dbname },
      ...{ user: access.user, password: access.password, verifier: 'SCRAM-SHA-256$4096:salt$stored:server' },
      ...{ uri: uri(access), 'jdbc-uri': jdbc(access) },
      ...{ 'pgbouncer-host': 'shop-pgbouncer.shop.svc', 'pgbouncer-port': '5432' },
      'pgbouncer-uri': uri({ ...access, host: 'shop-pgbouncer.shop.svc' }),
    }),
    database: () => ({}),
  },
  // https://postgres-operator.readthedocs.io/en/latest/user/#connect-to-postgresql
  Zalando: {
    secret: 'shop-owner.acid-shop.credentials.postgresql.acid.zalan.do',
    data: ({ user, password }) => ({ username: user, password }),
    database: ({ host, port, dbname }) => ({ host, port: Number(port), name: dbname }),
  },
  // https://github.com/bitnami/charts/tree/main/bitnami/postgresql
  Bitnami: {
    secret: 'shop-postgresql',
    data: ({ password }) => ({ 'postgres-password': password }),
    database: ({ host, port, dbname }) => ({ host, port: Number(port), name: dbname }),
  },
};

test('the Secrets of other operators, mounted as these write them', { concurrency: 2 }, async (t) => {
  const cluster = await suiteCluster(t);
  if (!cluster) return;
  await installRelease(cluster);
  for (const [vendor, { secret, data, database }] of Object.entries(vendors)) {
    t.test(`${vendor}: Ready, and a run succeeds`, async (t) => {
      const world = await backupWorld(t, cluster, shopTables());
      const { hostname, port, pathname, username, password } = new URL(world.podURI);
      const access: Access = {
        ...{ host: hostname, port, dbname: pathname.slice(1), user: username },
        password: decodeURIComponent(password),
      };
      await world.applySecret(secret, data(access));
      await world.applyBackup('shop', { database: { secretRef: { name: secret }, ...database(access) } });
      await world.ready('shop');
      const { status } = await goodRun(world, 'shop');
      assert.equal(status?.rows, 4_000);
    });
  }
});
