import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type RunWorld, runWorld } from '../../sandbox/runWorld.ts';
import { requireProgram, testPostgres18 } from '../../sandbox/testing.ts';
import { assertFails, backups, fakeProgram, runInSecret } from '../failureFixture.ts';
import { database, role, server, shop, worldOn } from '../ownServerFixture.ts';

test('an unknown host', async (t) => {
  const world = await worldOn(t);
  await assertFails(world, backups(world, database({ host: 'no-such-host.invalid' })), {
    reason: 'DatabaseUnreachable',
    message: /connecting to no-such-host\.invalid:\d+\/\w+ as postgres: getaddrinfo ENOTFOUND no-such-host/,
  });
});

test('a port where nobody listens', async (t) => {
  const world = await worldOn(t);
  await assertFails(world, backups(world, database({ host: 'localhost', port: 1 })), {
    reason: 'DatabaseUnreachable',
    message: /connecting to localhost:1\/\w+ as postgres: .*connect ECONNREFUSED 127\.0\.0\.1:1/,
  });
});

test('a wrong password', async (t) => {
  const world = await worldOn(t);
  await assertFails(world, backups(world), {
    reason: 'DatabaseAuthFailed',
    message: /password authentication failed for user "postgres" \(SQLSTATE 28P01\)\.$/,
    spoil: () => {
      world.secrets.db = { uri: world.uri, password: 'Falsches-Wort-1' };
    },
  });
});

test('a database that the server does not have', async (t) => {
  const world = await worldOn(t);
  await assertFails(world, backups(world, database({ name: 'nowhere' })), {
    reason: 'DatabaseNotFound',
    message: /database "nowhere" does not exist/,
  });
});

test('a Secret that is missing, and one that says too little', async (t) => {
  const world = await worldOn(t);
  await assertFails(world, backups(world, { database: { secretRef: { name: 'db-2' } } }), {
    reason: 'SecretNotFound',
    message: /^Secret db-2 does not exist\.$/,
  });
  world.secrets.half = { password: 'Halbes-Wort-1' };
  await assertFails(world, backups(world, { database: { secretRef: { name: 'half' } } }), {
    reason: 'InvalidSpec',
    message: /^Secret half does not tell host, name, user of the database/,
  });
});

for (const formats of [['csv'], ['csv', 'sql']] as const) {
  test(`a table that the role may not read, for ${formats.join(' and ')}`, async (t) => {
    if (formats.length > 1 && !requireProgram(t, 'pg_dump', 'apt-get install postgresql-client')) return;
    const world = await worldOn(t);
    const reader = await role(world.uri);
    await (await server()).query(`GRANT SELECT ON items TO ${reader.name}`, world.uri);
    await assertFails(world, backups(world, { formats: [...formats] }), {
      reason: 'TablePermissionDenied',
      message: /^The role may not read public\.orders\.$/,
      spoil: () => {
        world.secrets.db = { uri: reader.uri };
      },
    });
    // The other table alone works, but for the schema of all.
    if (formats.length > 1) return;
    const only = world.backup({ formats: ['csv'], ...database({ tables: { include: ['public.items'] } }) });
    const { report } = await runInSecret(world, only);
    assert.equal(report.result, 'Succeeded', report.message ?? '');
    assert.match(
      report.warnings.join(),
      /no \.schema\.sql: (There is no pg_dump|the role may not read public\.orders)/,
    );
  });
}

test('row-level security that would hide rows', async (t) => {
  const world = await worldOn(t);
  const reader = await role(world.uri);
  await (await server()).query(
    `GRANT SELECT ON ALL TABLES IN SCHEMA public TO ${reader.name};
     ALTER TABLE orders ENABLE ROW LEVEL SECURITY; CREATE POLICY one ON orders USING (id = 1)`,
    world.uri,
  );
  await assertFails(world, backups(world), {
    reason: 'TablePermissionDenied',
    message: /^Row-level security hides rows from the role in public\.orders\.$/,
    spoil: () => {
      world.secrets.db = { uri: reader.uri };
    },
  });
  const without = world.backup(database({ tables: { exclude: ['public.orders'] } }));
  const { report } = await runInSecret(world, without);
  assert.equal(report.result, 'Succeeded', report.message ?? '');
});

test('patterns that match no table', async (t) => {
  const world = await worldOn(t);
  await assertFails(world, backups(world, database({ tables: { include: ['sales.*'] } })), {
    reason: 'NoTablesMatch',
    message: /matches include sales\.\*; it has public\.items, public\.orders\.$/,
  });
});

test('a pg_dump that is missing, seen before any byte is uploaded', async (t) => {
  const world = await worldOn(t);
  let uploads = 0;
  await assertFails(world, backups(world, { formats: ['csv', 'sql'] }), {
    reason: 'PgDumpMissing',
    message: /^There is no pg_dump program at \/nowhere\/pg_dump\.$/,
    spoil: () => {
      world.environment.DBBACKUP_PG_DUMP = '/nowhere/pg_dump';
      uploads = uploadsOf(world);
    },
  });
  assert.equal(uploadsOf(world), uploads);
});

test('a server newer than pg_dump, seen before any byte is uploaded; without sql it is a warning', async (t) => {
  const newer = await testPostgres18(t);
  const uri = await newer.createDatabase();
  await newer.query(shop, uri);
  const world = await runWorld(t, { uri });
  const path = await fakeProgram(t, "echo 'pg_dump (PostgreSQL) 15.18'; exit 0");
  let uploads = 0;
  await assertFails(world, backups(world, { formats: ['csv', 'xlsx', 'json', 'sql'] }), {
    reason: 'PgDumpTooOld',
    message: /^pg_dump 15\.18 cannot dump a server of version 18[.\w]*: it must be at least 18\.$/,
    spoil: () => {
      world.environment.DBBACKUP_PG_DUMP = path;
      uploads = uploadsOf(world);
    },
  });
  assert.equal(uploadsOf(world), uploads);
  const { report } = await runInSecret(world, world.backup({ formats: ['csv', 'json'] }));
  assert.equal(report.result, 'Succeeded', report.message ?? '');
  assert.deepEqual(report.files.map(({ format }) => format).sort(), ['csv', 'json', 'manifest']);
  assert.match(
    report.warnings.join(),
    /The set has no \.schema\.sql: pg_dump 15\.18 cannot dump a server of version 18/,
  );
});

for (const [limit, message] of [
  [0, /connecting to .*too many connections for role/],
  [1, /connecting to .*too many connections for role/],
] as const) {
  test(`no free connection slot after ${limit}`, async (t) => {
    const world = await worldOn(t);
    const limited = await role(world.uri, `CONNECTION LIMIT ${limit}`);
    await (await server()).query(`GRANT pg_read_all_data TO ${limited.name}`);
    // Needs no real pg_dump: the second connection is ours.
    const path = await fakeProgram(t, "echo 'pg_dump (PostgreSQL) 99.0'; exit 0");
    await assertFails(world, backups(world, { formats: ['csv', 'sql'] }, { formats: ['csv'] }), {
      reason: 'TooManyConnections',
      message,
      spoil: () => {
        world.secrets.db = { uri: limited.uri };
        world.environment.DBBACKUP_PG_DUMP = path;
      },
    });
  });
}

function uploadsOf({ google }: RunWorld): number {
  return google.requests.filter(({ operation }) => operation === 'uploadStart' || operation === 'create')
    .length;
}
