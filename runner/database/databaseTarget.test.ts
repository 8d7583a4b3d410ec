import assert from 'node:assert/strict';
import { test } from 'node:test';
import { backupSpec } from '../../crds/backupSpec.ts';
import { secretDocuments } from '../secrets.ts';
import { databaseTarget } from './databaseTarget.ts';

const folder = '1AbCdEfGhIjKlMnOp';

/** What comes of a Secret `db` with these keys, and fields of spec.database beside it. */
function target(
  stringData: Record<string, string> | undefined,
  fields: object = {},
  others: Record<string, Record<string, string>> = {},
) {
  const { database } = backupSpec.parse({
    database: { ...(stringData ? { secretRef: { name: 'db' } } : {}), ...fields },
    destination: { googleDrive: { folderID: folder, credentialsSecretRef: { name: 'drive' } } },
  });
  const all = { ...(stringData ? { db: stringData } : {}), ...others };
  return databaseTarget(
    database,
    secretDocuments(Object.entries(all).map(([name, data]) => ({ metadata: { name }, stringData: data }))),
  );
}

const cloudNativePG = {
  dbname: 'app',
  'fqdn-jdbc-uri': 'jdbc:postgresql://shop-rw.web.svc.cluster.local:5432/app?password=S3cr%40t&user=app_user',
  'fqdn-uri': 'postgresql://app_user:S3cr%40t@shop-rw.web.svc.cluster.local:5432/app',
  host: 'shop-rw',
  'jdbc-uri': 'jdbc:postgresql://shop-rw.web:5432/app?password=S3cr%40t&user=app_user',
  password: 'S3cr@t',
  pgpass: 'shop-rw:5432:app:app_user:S3cr@t\n',
  port: '5432',
  uri: 'postgresql://app_user:S3cr%40t@shop-rw.web:5432/app',
  user: 'app_user',
  username: 'app_user',
};

test('understands a Secret of CloudNativePG', async () => {
  assert.deepEqual(await target(cloudNativePG), {
    host: 'shop-rw',
    port: 5432,
    database: 'app',
    user: 'app_user',
    password: 'S3cr@t',
    sslMode: 'prefer',
  });
});

test("asks for the database where CloudNativePG's superuser Secret says *", async () => {
  const superuser = {
    ...cloudNativePG,
    dbname: '*',
    uri: 'postgresql://postgres:S3cr%40t@shop-rw.web:5432/*',
    username: 'postgres',
    user: 'postgres',
  };
  await assert.rejects(target(superuser), {
    reason: 'InvalidSpec',
    message: 'Secret db does not tell name of the database: set spec.database.name.',
  });
  assert.equal((await target(superuser, { name: 'app' })).database, 'app');
});

test('understands a Secret of Crunchy', async () => {
  const crunchy = {
    dbname: 'hippo',
    host: 'hippo-primary.postgres-operator.svc',
    'jdbc-uri':
      'jdbc:postgresql://hippo-primary.postgres-operator.svc:5432/hippo?password=%3Da%7Cb&user=hippo',
    password: '=a|b/:c',
    'pgbouncer-host': 'hippo-pgbouncer.postgres-operator.svc',
    'pgbouncer-port': '5432',
    'pgbouncer-uri':
      'postgresql://hippo:%3Da%7Cb%2F%3Ac@hippo-pgbouncer.postgres-operator.svc:5432/hippo?sslmode=require',
    port: '5433',
    uri: 'postgresql://hippo:%3Da%7Cb%2F%3Ac@hippo-primary.postgres-operator.svc:5433/hippo?sslmode=verify-full',
    user: 'hippo',
    verifier: 'SCRAM-SHA-256$4096:abc$def:ghi',
  };
  assert.deepEqual(await target(crunchy), {
    host: 'hippo-primary.postgres-operator.svc',
    port: 5433,
    database: 'hippo',
    user: 'hippo',
    password: '=a|b/:c',
    sslMode: 'verify-full',
  });
});

test('understands a Secret of Zalando, which has only user and password', async () => {
  const zalando = { username: 'shop_owner', password: 'zYx9' };
  await assert.rejects(target(zalando), {
    reason: 'InvalidSpec',
    message:
      'Secret db does not tell host, name of the database: set spec.database.host, spec.database.name.',
  });
  const found = await target(zalando, { host: 'shop-pg', name: 'shop' });
  assert.deepEqual(
    [found.host, found.port, found.database, found.user, found.password],
    ['shop-pg', 5432, 'shop', 'shop_owner', 'zYx9'],
  );
});

test("understands a Secret of Bitnami: the superuser's password, or with a user named the other one", async () => {
  const place = { host: 'pg-postgresql', name: 'shop' };
  const bitnami = { 'postgres-password': 'Super', password: 'Custom', 'replication-password': 'Repl' };
  const superuser = await target(bitnami, place);
  assert.deepEqual([superuser.user, superuser.password], ['postgres', 'Super']);
  const named = await target(bitnami, { ...place, user: 'shop' });
  assert.deepEqual([named.user, named.password], ['shop', 'Custom']);
  const alone = await target({ 'postgres-password': 'Super' }, place);
  assert.deepEqual([alone.user, alone.password], ['postgres', 'Super']);
});

for (const [uri, expected] of [
  ['postgresql://u:p@db.example.com/shop', ['db.example.com', 5432, 'shop', 'u', 'p', 'prefer']],
  ['postgres://u:p@db:6432/shop?sslmode=require', ['db', 6432, 'shop', 'u', 'p', 'require']],
  ['postgresql://u%40x:p%2F%3A%40%23%25%3F%20ü@db/my%20shop', ['db', 5432, 'my shop', 'u@x', 'p/:@#%? ü']],
  ['postgresql://u:p@[2001:db8::1]:5433/shop', ['2001:db8::1', 5433, 'shop', 'u', 'p']],
  ['postgresql://u:p@[::1]/shop', ['::1', 5432, 'shop', 'u', 'p']],
  [
    'postgresql:///shop?host=/var/run/postgresql&user=u&password=p%26q&port=5499',
    ['/var/run/postgresql', 5499, 'shop', 'u', 'p&q'],
  ],
  ['postgresql://u:p@%2Fvar%2Frun%2Fpostgresql/shop', ['/var/run/postgresql', 5432, 'shop', 'u', 'p']],
  [
    'postgresql://u@db/?dbname=shop&sslmode=allow&application_name=x',
    ['db', 5432, 'shop', 'u', undefined, 'prefer'],
  ],
  ['  postgresql://u:p@db/shop\n', ['db', 5432, 'shop', 'u', 'p']],
] as const) {
  test(`reads the uri ${uri.trim()}`, async () => {
    const { host, port, database, user, password, sslMode } = await target({ uri });
    assert.deepEqual([host, port, database, user, password, sslMode].slice(0, expected.length), expected);
  });
}

for (const uri of [
  'postgresql://u:Topf/4711@db:5432/shop',
  'postgresql://u:4711/Topf@db:5432/shop',
  'postgresql://u:4711#Topf@db:5432/shop',
  'postgresql://u:Topf%@db:5432/shop',
  'postgresql://u:Topf@db:99999/shop',
  'postgresql://u:Topf@a:5432,b:5432/shop',
  'mysql://u:Topf@db/shop',
  'host=db dbname=shop user=u password=Topf',
]) {
  test(`refuses the uri ${uri} without a word of it`, async () => {
    await assert.rejects(target({ uri }), (error: Error & { reason?: string }) => {
      assert.equal(error.reason, 'InvalidSpec');
      assert.match(error.message, /^The key uri of Secret db is not of the form postgresql:/);
      assert.doesNotMatch(`${error.message}${error.stack}${String(error.cause)}`, /Topf|4711/);
      return true;
    });
  });
}

test('single keys override the uri, and fields of the spec override both', async () => {
  const keys = {
    uri: 'postgresql://a:b@c:1/d?sslmode=disable',
    host: 'key-host',
    port: '2',
    dbname: 'key-db',
    username: 'key-user',
    password: 'key-password',
    sslmode: 'require',
  };
  assert.deepEqual(await target(keys), {
    host: 'key-host',
    port: 2,
    database: 'key-db',
    user: 'key-user',
    password: 'key-password',
    sslMode: 'require',
  });
  const fields = { host: 'spec-host', port: 3, name: 'spec-db', user: 'spec-user', sslMode: 'verify-ca' };
  assert.deepEqual(await target(keys, fields), {
    host: 'spec-host',
    port: 3,
    database: 'spec-db',
    user: 'spec-user',
    password: 'key-password',
    sslMode: 'verify-ca',
  });
});

test('takes the place from the spec and the rest from single keys, without line breaks that echo left', async () => {
  const found = await target({ user: 'u\n', password: ' p w \n', database: 'shop\n' }, { host: 'db' });
  assert.deepEqual([found.user, found.password, found.database], ['u', ' p w ', 'shop']);
});

test('works without a Secret where the spec tells all', async () => {
  const found = await target(undefined, { host: 'db', name: 'shop', user: 'u', port: 1 });
  assert.deepEqual(found, {
    host: 'db',
    port: 1,
    database: 'shop',
    user: 'u',
    password: undefined,
    sslMode: 'prefer',
  });
});

test('says every piece that is missing', async () => {
  await assert.rejects(target(undefined), {
    reason: 'InvalidSpec',
    message:
      'spec.database does not tell host, name, user of the database: set spec.database.host, spec.database.name, spec.database.user.',
  });
  await assert.rejects(target({ password: 'x', host: 'h', dbname: 'd' }), /does not tell user/);
  await assert.rejects(target({ user: 'x', dbname: 'd' }), /does not tell host/);
  await assert.rejects(target({ user: 'x', host: 'd' }), /does not tell name/);
  for (const port of ['x', '0', '65536', '54.3'])
    await assert.rejects(target({ ...cloudNativePG, port }), {
      reason: 'InvalidSpec',
      message: /port in Secret db/,
    });
  await assert.rejects(target({ ...cloudNativePG, sslmode: 'sometimes' }), {
    reason: 'InvalidSpec',
    message: /sslmode in Secret db must be one of disable, prefer/,
  });
});

test('names the Secret or the key that is missing', async () => {
  const reference = { secretRef: { name: 'db' } };
  await assert.rejects(target(undefined, reference), {
    reason: 'SecretNotFound',
    message: 'Secret db does not exist.',
  });
  await assert.rejects(target(cloudNativePG, { caSecretRef: { name: 'shop-ca' } }), {
    reason: 'SecretNotFound',
    message: 'Secret shop-ca does not exist.',
  });
  const withoutKey = { 'shop-ca': { 'ca.key': 'x', other: 'y' } };
  await assert.rejects(target(cloudNativePG, { caSecretRef: { name: 'shop-ca' } }, withoutKey), {
    reason: 'SecretNotFound',
    message: 'Secret shop-ca has no key ca.crt; its keys: ca.key, other.',
  });
  await assert.rejects(
    target(cloudNativePG, { clientCertSecretRef: { name: 'mine' } }, { mine: { 'tls.crt': 'x' } }),
    { reason: 'SecretNotFound', message: /Secret mine has no key tls.key/ },
  );
});

test('a CA means verify-full unless something else is said; a client certificate comes along', async () => {
  const others = { ca: { 'ca.crt': 'CA' }, mine: { 'tls.crt': 'CERT', 'tls.key': 'KEY' } };
  const references = { caSecretRef: { name: 'ca' }, clientCertSecretRef: { name: 'mine' } };
  const found = await target(cloudNativePG, references, others);
  assert.equal(found.sslMode, 'verify-full');
  assert.equal(found.ca, 'CA');
  assert.deepEqual(found.clientCertificate, { cert: 'CERT', key: 'KEY' });
  assert.equal(
    (await target(cloudNativePG, { ...references, sslMode: 'require' }, others)).sslMode,
    'require',
  );
});
