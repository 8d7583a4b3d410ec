import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import pg from 'pg';
import { BackupError } from '../../crds/failureReason.ts';
import { type PostgresServer, startPostgres } from '../../sandbox/postgres/startPostgres.ts';
import { selectStatement } from './selectStatement.ts';
import { serverOf } from './server.ts';
import { openSnapshot, type SnapshotOptions, type SnapshotStep } from './snapshot.ts';

let server: PostgresServer;
before(async () => {
  server = await startPostgres();
  await server.query(`CREATE ROLE reader LOGIN PASSWORD 'reader'`);
});
after(() => server.stop());

const signal = new AbortController().signal;
const everything = { include: ['*.*'], exclude: [] };
const steps: SnapshotStep[] = ['list', 'begin', 'lock', 'export', 'listAgain', 'ready'];

/** A database with table items (ids 1 to 3), and a connection to it as a role that owns nothing. */
async function shop(more = '') {
  const uri = await server.createDatabase();
  await server.query(
    `CREATE TABLE items (id int PRIMARY KEY, owner text); INSERT INTO items SELECT i, 'x' FROM generate_series(1, 3) i;
     GRANT SELECT ON ALL TABLES IN SCHEMA public TO reader; ${more}`,
    uri,
  );
  const address = new URL(uri);
  address.username = 'reader';
  address.password = 'reader';
  const client = new pg.Client({ connectionString: address.href });
  await client.connect();
  return { uri, client, [Symbol.asyncDispose]: () => client.end() };
}

async function snapshotOf(client: pg.Client, options: Partial<SnapshotOptions> = {}) {
  const { version } = await serverOf(client);
  return openSnapshot(
    client,
    { tables: everything, everyTable: true, serverVersion: version, ...options },
    signal,
  );
}

/** What each table of a snapshot of the client holds, as an exporter would read it. */
async function rowsOf(client: pg.Client, options: Partial<SnapshotOptions>): Promise<Record<string, number>> {
  const { tables } = await snapshotOf(client, options);
  const rows: Record<string, number> = {};
  for (const table of tables) {
    rows[table.title] = (await client.query(selectStatement(table, false))).rows.length;
  }
  return rows;
}

// While we hold our locks these wait, so they give up soon; then the rows must be the ones from before.
const change = (uri: string, sql: string) =>
  server.query(`SET lock_timeout = '100ms'; BEGIN; ${sql}; COMMIT`, uri).then(
    () => true,
    (error: { code?: string }) => {
      assert.equal(error.code, '55P03');
      return false;
    },
  );

for (const step of steps) {
  test(`a table that is truncated and filled again before step ${step} is never read as empty`, async () => {
    await using it = await shop();
    const sql = `TRUNCATE items; INSERT INTO items SELECT i, 'y' FROM generate_series(1, 5) i`;
    let done = false;
    const rows = await rowsOf(it.client, {
      onStep: async (at) => {
        if (at === step && !done) done = await change(it.uri, sql);
      },
    });
    assert.deepEqual(rows, { items: done ? 5 : 3 });
  });

  test(`a table that a rewriting ALTER changes before step ${step} keeps its rows`, async () => {
    await using it = await shop();
    let done = false;
    const rows = await rowsOf(it.client, {
      onStep: async (at) => {
        if (at === step && !done) done = await change(it.uri, 'ALTER TABLE items ALTER id TYPE bigint');
      },
    });
    assert.deepEqual(rows, { items: 3 });
  });

  test(`a table that is dropped before step ${step} is either read whole or not there`, async () => {
    await using it = await shop('CREATE TABLE other (); GRANT SELECT ON other TO reader');
    let done = false;
    const rows = await rowsOf(it.client, {
      onStep: async (at) => {
        if (at === step && !done) done = await change(it.uri, 'DROP TABLE items');
      },
    });
    assert.deepEqual(rows, done ? { other: 0 } : { items: 3, other: 0 });
  });

  test(`row-level security that begins before step ${step} gives all rows or TablePermissionDenied`, async () => {
    await using it = await shop();
    let done = false;
    const result = rowsOf(it.client, {
      onStep: async (at) => {
        if (at === step && !done) done = await change(it.uri, 'ALTER TABLE items ENABLE ROW LEVEL SECURITY');
      },
    });
    const rows = await result.catch((error: unknown) => error as BackupError);
    if (done) assert.equal((rows as BackupError).reason, 'TablePermissionDenied');
    else assert.deepEqual(rows, { items: 3 });
  });

  test(`a materialized view that is refreshed before step ${step} agrees with its table`, async () => {
    await using it = await shop(
      'CREATE MATERIALIZED VIEW totals AS SELECT id FROM items; GRANT SELECT ON totals TO reader',
    );
    let done = false;
    const rows = await rowsOf(it.client, {
      onStep: async (at) => {
        if (at !== step || done) return;
        done = await change(it.uri, `INSERT INTO items VALUES (4); REFRESH MATERIALIZED VIEW totals`);
      },
    });
    assert.equal(rows.totals, rows.items);
  });

  test(`a table that is created before step ${step} is read if its rows are in the snapshot`, async () => {
    await using it = await shop();
    let done = false;
    const rows = await rowsOf(it.client, {
      onStep: async (at) => {
        if (at !== step || done) return;
        done = await change(it.uri, 'CREATE TABLE late AS SELECT 1 AS id; GRANT SELECT ON late TO reader');
      },
    });
    const before = ['list', 'begin', 'lock', 'export'].includes(step);
    assert.deepEqual(rows, before ? { items: 3, late: 1 } : { items: 3 });
  });
}

test('rows that others write after the snapshot are not in it', async () => {
  await using it = await shop();
  const { id, tables } = await snapshotOf(it.client);
  assert.match(id, /^[0-9A-F-]+$/);
  await server.query(`INSERT INTO items VALUES (4, 'z'); DELETE FROM items WHERE id = 1`, it.uri);
  const [items] = tables;
  assert.ok(items);
  const { rows } = await it.client.query(selectStatement(items, false));
  assert.deepEqual(
    rows.map(({ id }) => id),
    [1, 2, 3],
  );
});

test('waits for a migration and then reads what it left', async () => {
  await using it = await shop();
  const migration = new pg.Client({ connectionString: it.uri });
  await migration.connect();
  await migration.query('BEGIN; LOCK TABLE items IN ACCESS EXCLUSIVE MODE; INSERT INTO items VALUES (4)');
  let tries = 0;
  const rows = await rowsOf(it.client, {
    onStep: async (at) => {
      if (at === 'lock' && ++tries === 3) await migration.query('COMMIT');
    },
  });
  await migration.end();
  assert.deepEqual(rows, { items: 4 });
});

test('a migration that does not end gives LockTimeout, and is not disturbed itself', async () => {
  await using it = await shop();
  const migration = new pg.Client({ connectionString: it.uri });
  await migration.connect();
  await migration.query('BEGIN; LOCK TABLE items IN ACCESS EXCLUSIVE MODE');
  await assert.rejects(snapshotOf(it.client, { lockTimeout: 200 }), { reason: 'LockTimeout' });
  await migration.query('INSERT INTO items VALUES (4); COMMIT');
  await migration.end();
});

test('holds no lock while it waits for another one, so no migration waits for it', async () => {
  await using it = await shop('CREATE TABLE zebra (id int); GRANT SELECT ON zebra TO reader');
  const migration = new pg.Client({ connectionString: it.uri });
  await migration.connect();
  await migration.query('BEGIN; LOCK TABLE zebra IN ACCESS EXCLUSIVE MODE');
  let tries = 0;
  const rows = await rowsOf(it.client, {
    onStep: async (at) => {
      // items comes before zebra: a backup that sat on its lock would let this wait for ever.
      if (at === 'lock' && ++tries === 2) {
        await migration.query('ALTER TABLE items ADD COLUMN note text; COMMIT');
      }
    },
  });
  await migration.end();
  assert.deepEqual(rows, { items: 3, zebra: 0 });
});

test('names the tables that the role may not read', async () => {
  await using it = await shop('CREATE TABLE secret (); CREATE SCHEMA hidden; CREATE TABLE hidden.more ()');
  await assert.rejects(snapshotOf(it.client), {
    reason: 'TablePermissionDenied',
    message: 'The role may not read hidden.more, public.secret.',
  });
  const tables = { include: ['public.items'], exclude: [] };
  const snapshot = await snapshotOf(it.client, { tables, everyTable: false });
  assert.deepEqual(
    snapshot.tables.map(({ title }) => title),
    ['items'],
  );
});

test('tables that come and go all the time give LockTimeout after some attempts', async () => {
  await using it = await shop();
  let count = 0;
  const busy = snapshotOf(it.client, {
    onStep: async (at) => {
      if (at === 'lock')
        await server.query(`CREATE TABLE t${++count} (); GRANT SELECT ON t${count} TO reader`, it.uri);
    },
  });
  await assert.rejects(busy, { reason: 'LockTimeout', message: /in each of 4 attempts/ });
});

test('says what there is when no table matches', async () => {
  await using it = await shop();
  const tables = { include: ['shop.*'], exclude: [] };
  await assert.rejects(snapshotOf(it.client, { tables }), {
    reason: 'NoTablesMatch',
    message: 'No table of the database matches include shop.*; it has public.items.',
  });
});

test('a partitioned table comes once by its root, an inheritance parent without its children', async () => {
  await using it = await shop(`
    CREATE TABLE orders (day date) PARTITION BY RANGE (day);
    CREATE TABLE orders_2026 PARTITION OF orders FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
    INSERT INTO orders VALUES ('2026-02-01');
    CREATE TABLE child () INHERITS (items); INSERT INTO child VALUES (9, 'c');
    CREATE VIEW seen AS SELECT * FROM items;
    GRANT SELECT ON ALL TABLES IN SCHEMA public TO reader`);
  assert.deepEqual(await rowsOf(it.client, {}), { child: 1, items: 3, orders: 1 });
  const { tables, withoutRows, notes } = await (async () => {
    await it.client.query('ROLLBACK');
    const some = {
      include: ['public.items', 'public.orders', 'public.seen'],
      exclude: ['public.orders_2026'],
    };
    return snapshotOf(it.client, { tables: some });
  })();
  assert.deepEqual(
    tables.map(({ title }) => title),
    ['items', 'orders', 'seen'],
  );
  assert.deepEqual(
    withoutRows.map(({ name }) => name),
    ['child'],
  );
  assert.deepEqual(notes, [
    'exclude public.orders_2026 does not reach the partition public.orders_2026: a partitioned table is exported whole.',
  ]);
});

test('titles carry the schema as soon as there are two', async () => {
  await using it = await shop(
    'CREATE SCHEMA "Odd ""one"; CREATE TABLE "Odd ""one"."a.b" (); GRANT ALL ON SCHEMA "Odd ""one" TO reader; GRANT SELECT ON "Odd ""one"."a.b" TO reader',
  );
  assert.deepEqual(await rowsOf(it.client, {}), { 'Odd "one.a.b': 0, 'public.items': 3 });
});

test('an aborted run stops waiting for locks', async () => {
  await using it = await shop();
  const migration = new pg.Client({ connectionString: it.uri });
  await migration.connect();
  await migration.query('BEGIN; LOCK TABLE items IN ACCESS EXCLUSIVE MODE');
  const { version } = await serverOf(it.client);
  const stop = new AbortController();
  const result = openSnapshot(
    it.client,
    {
      tables: everything,
      everyTable: true,
      serverVersion: version,
      onStep: async (at) => {
        if (at === 'lock') stop.abort(new BackupError('Interrupted', 'stopped'));
      },
    },
    stop.signal,
  );
  await assert.rejects(result, { name: 'AbortError' });
  await migration.end();
});
