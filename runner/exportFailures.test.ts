import assert from 'node:assert/strict';
import { once } from 'node:events';
import { access, writeFile } from 'node:fs/promises';
import { type AddressInfo, connect as connectTCP, createServer } from 'node:net';
import { join } from 'node:path';
import { test } from 'node:test';
import pg from 'pg';
import type { AddedFault } from '../sandbox/google/faults.ts';
import { databaseURI } from '../sandbox/postgres/access.ts';
import { type PostgresServer, startPostgres } from '../sandbox/postgres/startPostgres.ts';
import { eventually, requireProgram, temporaryDirectory } from '../sandbox/testing.ts';
import { assertFails, backups, fakeProgram } from './failureFixture.ts';
import { database, role, server, shop, worldOn } from './ownServerFixture.ts';

// 60 MB as CSV: more than socket, encoders and an upload hold together.
const fill = 'INSERT INTO large SELECT i, repeat(md5(i::text), 31) FROM generate_series(1, 60000) i';

for (const [how, lines, end, message] of [
  ['is killed half-way', 30, 'kill -9 $$', /^pg_dump was ended by SIGKILL\.$/],
  [
    'ends half-way without a word',
    30,
    'exit 0',
    /^pg_dump ended with exit status 0, but its dump has no end\.$/,
  ],
  ['fails after a whole dump', 100_000, 'exit 1', /^pg_dump ended with exit status 1\.$/],
] as const) {
  test(`a pg_dump that ${how}`, async (t) => {
    const real = requireProgram(t, 'pg_dump', 'apt-get install postgresql-client');
    if (!real) return;
    const world = await worldOn(t);
    const script = `case "$1" in --version) exec ${real} --version;; esac\n${real} "$@" | head -n ${lines}\n${end}`;
    await assertFails(world, backups(world, {}, { formats: ['csv', 'json', 'sql'] }), {
      reason: 'DumpFailed',
      message,
      spoil: async () => {
        world.environment.DBBACKUP_PG_DUMP = await fakeProgram(t, script);
      },
    });
  });
}

for (const [what, end] of [
  ['is killed', (on: PostgresServer) => on.kill()],
  ['ends its connections', (on: PostgresServer) => on.terminateBackends()],
  ['is shut down', (on: PostgresServer) => on.restart()],
] as const) {
  test(`a server that ${what} during the export`, async (t) => {
    await using breaking = await startPostgres();
    const world = await worldOn(t, 'CREATE TABLE large (i int, v text)', breaking);
    const both = { formats: ['csv'] as 'csv'[] };
    let slowed: AddedFault | undefined;
    await assertFails(world, backups(world, {}, both), {
      reason: 'DatabaseUnreachable',
      message: /reading table large|pg_dump lost its connection/,
      spoil: async () => {
        await breaking.query(fill, world.uri);
        // While the first chunk takes its time, most rows are still on the server.
        slowed = world.google.faults.add({
          ...{ operation: 'uploadChunk', name: /\.csv$/ },
          ...{ effect: 'slow', bytesPerSecond: 4 << 20 },
        });
      },
      meanwhile: async () => {
        await eventually(() => assert.equal(slowed?.hits, 1));
        await end(breaking);
      },
    });
  });
}

for (const [what, order] of [
  ['the second of two', [0, 1]],
  ["pg_dump's own", [0, 0, 1]],
] as const) {
  test(`a load balancer that leads ${what} connection to another server`, async (t) => {
    if (!requireProgram(t, 'pg_dump', 'apt-get install postgresql-client')) return;
    await using second = await startPostgres();
    const first = await server();
    const world = await worldOn(t, shop);
    const name = new URL(world.uri).pathname.slice(1);
    await second.createDatabase(name);
    await second.query(shop, databaseURI(second.uri, name));
    const both = await role(world.uri, 'SUPERUSER');
    await second.query(`CREATE ROLE ${both.name} LOGIN SUPERUSER PASSWORD 'Rollen-Wort-4711'`);
    const ports = [first.port, second.port];
    const balancer = createServer((client) => {
      const port = ports[order[connections++ % order.length] ?? 0] ?? 0;
      const upstream = connectTCP(port, '127.0.0.1');
      for (const socket of [client, upstream]) socket.on('error', () => socket.destroy());
      client.pipe(upstream).pipe(client);
    });
    let connections = 0;
    balancer.listen(0, '127.0.0.1');
    await once(balancer, 'listening');
    t.after(() => balancer.close());
    const { port } = balancer.address() as AddressInfo;
    // Without prefer: where TLS is refused it costs a connection more.
    const through = database({ port, sslMode: 'disable' });
    await assertFails(world, backups(world, through, { formats: ['csv', 'sql'] }), {
      reason: 'ServerMismatch',
      message:
        order.length === 2
          ? /^Two connections to 127\.0\.0\.1:\d+ reached two servers \(started \d.* and \d.*\)\.$/
          : /^pg_dump does not find the snapshot of the run: its connection reached another server\.$/,
      spoil: () => {
        world.secrets.db = { uri: both.uri };
      },
    });
    assert.equal(connections, order.length);
  });
}

test('a pg_dump that waits behind a migration, which then goes on', async (t) => {
  const real = requireProgram(t, 'pg_dump', 'apt-get install postgresql-client');
  if (!real) return;
  const world = await worldOn(t);
  const directory = await temporaryDirectory(t);
  // It starts on our sign and has less patience than the minute that it is given.
  const path = await fakeProgram(
    t,
    `case "$1" in --version) exec ${real} --version;; esac
     touch ${directory}/started; while [ ! -e ${directory}/go ]; do sleep 0.05; done
     for a; do shift; case "$a" in --lock-wait-timeout=60000) a=--lock-wait-timeout=500;; esac; set -- "$@" "$a"; done
     exec ${real} "$@"`,
  );
  const migration = new pg.Client({ connectionString: world.uri });
  await migration.connect();
  try {
    let migrated: Promise<unknown> | undefined;
    await assertFails(world, backups(world, {}, { formats: ['csv', 'sql'] }), {
      reason: 'LockTimeout',
      message: /^pg_dump waited too long for the lock of a table/,
      spoil: () => {
        world.environment.DBBACKUP_PG_DUMP = path;
      },
      meanwhile: async () => {
        await eventually(() => access(join(directory, 'started')));
        migrated = migration.query('ALTER TABLE items ADD COLUMN colour text');
        await eventually(async () => {
          const waiting = await (await server()).query(
            "SELECT FROM pg_locks WHERE mode = 'AccessExclusiveLock' AND NOT granted AND relation = 'items'::regclass",
            world.uri,
          );
          assert.equal(waiting.length, 1);
        });
        await writeFile(join(directory, 'go'), '');
      },
    });
    await migrated;
    assert.ok(migrated);
  } finally {
    await migration.end();
  }
});
