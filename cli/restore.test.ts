import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { stringify } from 'yaml';
import { differences } from '../runner/restore/restoreFixture.ts';
import { temporaryDirectory, testDatabase, testPostgres } from '../sandbox/testing.ts';
import { smallShop, testBackup } from './testBackup.ts';
import { dbbackup, withPgDump } from './testCommand.ts';
import { runWithSchema, testRestore } from './testRestore.ts';

for (const formats of [['sql'], ['csv'], ['csv', 'xlsx', 'json', 'sql']]) {
  test(`the demo database with every type comes back from ${formats.join(', ')}`, async (t) => {
    if (!withPgDump(t)) return;
    const world = await testRestore(t, { formats });
    const { status, stdout, stderr } = await world.restore();
    assert.equal(status, 0, stderr);
    const from = formats.includes('sql') ? 'sql' : formats[0];
    assert.match(stdout, new RegExp(`^✓ ${world.set} restored into \\S+ from ${from}: 14 tables, `));
    assert.deepEqual(differences(await world.contents(world.target), await world.contents(world.uri)), []);
    assert.deepEqual(world.google.bugs, []);
  });
}

test('the demo database comes back from json alone, but for what JSON does not hold', async (t) => {
  if (!withPgDump(t)) return;
  const world = await testRestore(t, { formats: ['json'] });
  const { status, stdout, stderr } = await world.restore();
  assert.equal(status, 0, stderr);
  assert.match(stdout, / from json: /);
  const [everyType, cards] = ['table "public"."every_type"', 'table "public"."Gift ""Cards"" 2026 🎁"'];
  const different = differences(await world.contents(world.target), await world.contents(world.uri));
  assert.deepEqual(different.map((line) => line.split(': ')[0]).sort(), [cards, everyType]);
  // A value null of json is a NULL, and arrays begin at 1.
  const { query } = await testPostgres(t);
  const rows = (uri: string) =>
    query(
      `SELECT to_jsonb(t) - 'a_json' - 'a_jsonb' AS row, nullif(a_json::text, 'null') AS json, nullif(a_jsonb, 'null') AS jsonb,
         an_array[array_lower(an_array, 1):] AS array FROM every_type t ORDER BY id`,
      uri,
    );
  assert.deepEqual(await rows(world.target), await rows(world.uri));
});

/** What order, checks and triggers could spoil, and texts that look like the end of a table. */
const shop = `
CREATE SCHEMA books;
CREATE TABLE customers (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, name text NOT NULL, friend int REFERENCES customers);
CREATE TABLE orders (id serial PRIMARY KEY, customer int NOT NULL REFERENCES customers, total numeric,
  twice numeric GENERATED ALWAYS AS (total * 2) STORED);
CREATE TABLE books.entries (id int, "order" int REFERENCES orders, note text);
CREATE TABLE nothing ();
CREATE TABLE one (line text);
CREATE FUNCTION shout() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.name := upper(NEW.name); RETURN NEW; END $$;
INSERT INTO customers (name, friend) SELECT 'Ann ' || n, CASE WHEN n < 250 THEN n + 1 END FROM generate_series(1, 250) n;
INSERT INTO orders (customer, total) SELECT n, n / 4.0 FROM generate_series(1, 250) n;
INSERT INTO books.entries SELECT n, n, repeat('x', 20000) || E'\n\\.\n' FROM generate_series(1, 50) n;
INSERT INTO nothing SELECT FROM generate_series(1, 3);
INSERT INTO one VALUES (NULL), (''), (E'\\.'), (E'a\n\\.\nb'), ('"'), (E'BEGIN;\nCOMMIT;');
CREATE TRIGGER loud BEFORE INSERT ON customers FOR EACH ROW EXECUTE FUNCTION shout();
CREATE MATERIALIZED VIEW totals AS SELECT customer, sum(total) FROM orders GROUP BY customer;
SELECT lo_from_bytea(0, decode(repeat('00ff', 3000), 'hex')), lo_from_bytea(0, 'BEGIN;');
`;

for (const formats of [['sql'], ['csv'], ['json']]) {
  test(`keys, triggers, sequences and empty tables come back from ${formats}`, async (t) => {
    if (!withPgDump(t)) return;
    const world = await testRestore(t, { formats }, shop);
    const { status, stderr } = await world.restore();
    assert.equal(status, 0, stderr);
    assert.deepEqual(differences(await world.contents(world.target), await world.contents(world.uri)), []);
    const { query } = await testPostgres(t);
    const objects = 'SELECT md5(lo_get(oid)) AS hash FROM pg_largeobject_metadata ORDER BY 1';
    const expected = formats[0] === 'sql' ? await query(objects, world.uri) : [];
    assert.deepEqual(await query(objects, world.target), expected);
    // The next row gets a free number.
    await query(
      "INSERT INTO customers (name) VALUES ('Zoe'); INSERT INTO orders (customer) VALUES (251)",
      world.target,
    );
  });
}

/** What pg_dump puts before the rows, after them, or in two parts. */
const rare = `
CREATE EXTENSION IF NOT EXISTS plpgsql;
CREATE SEQUENCE tickets START 500; SELECT nextval('tickets');
CREATE DOMAIN positive AS int CHECK (VALUE > 0);
CREATE FUNCTION doubled(n int) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT n * 2';
CREATE TABLE parts (id int PRIMARY KEY, name text COLLATE "C" UNIQUE, size positive, twice int GENERATED ALWAYS AS (doubled(size)) STORED,
  span int4range, EXCLUDE USING gist (span WITH &&), UNIQUE (name, size) DEFERRABLE INITIALLY DEFERRED);
INSERT INTO parts (id, name, size, span) SELECT n, 'part ' || n, n, int4range(n, n + 1) FROM generate_series(1, 20) n;
CREATE TABLE children (part int REFERENCES parts, at date) PARTITION BY RANGE (at);
CREATE TABLE children_1 PARTITION OF children FOR VALUES FROM ('2026-01-01') TO ('2026-02-01') PARTITION BY LIST (part);
CREATE TABLE children_1_a PARTITION OF children_1 DEFAULT; CREATE TABLE children_2 PARTITION OF children DEFAULT;
INSERT INTO children SELECT n, date '2026-01-01' + 3 * n FROM generate_series(1, 20) n;
CREATE INDEX ON children (at); CREATE INDEX ON parts (lower(name)) WHERE size > 3;
CREATE VIEW sums AS SELECT p.id, p.name, count(*) AS children FROM parts p JOIN children c ON c.part = p.id GROUP BY p.id;
CREATE MATERIALIZED VIEW first AS SELECT * FROM sums; CREATE MATERIALIZED VIEW second AS SELECT count(*) AS n FROM first;
CREATE UNIQUE INDEX ON first (id);
CREATE RULE quiet AS ON DELETE TO parts DO INSTEAD NOTHING;
ALTER TABLE parts ENABLE ROW LEVEL SECURITY; CREATE POLICY small ON parts USING (size < 5);
CREATE STATISTICS both_ ON name, size FROM parts;
CREATE FUNCTION noted() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN IF EXISTS (SELECT FROM public.parts) THEN RAISE NOTICE 'noted'; END IF; END $$;
CREATE EVENT TRIGGER watching ON ddl_command_end EXECUTE FUNCTION noted();
CREATE PUBLICATION news FOR TABLE parts;
GRANT SELECT ON parts TO PUBLIC; ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO PUBLIC;
COMMENT ON COLUMN parts.name IS 'a name';
`;

for (const formats of [['sql'], ['csv'], ['json']]) {
  test(`policies, rules, publications, partitions of partitions and views on keys come back from ${formats}`, async (t) => {
    if (!withPgDump(t)) return;
    const world = await testRestore(t, { formats }, rare);
    const { status, stdout, stderr } = await world.restore();
    assert.equal(status, 0, stderr);
    const { query } = await testPostgres(t);
    const expected = await world.contents(world.uri);
    const tickets = 'sequence "public"."tickets"';
    if (formats[0] !== 'sql') {
      assert.match(stdout, /^note: Sequences that belong to no column begin anew.*: public\.tickets\.$/m);
      expected[tickets] = '{"last_value":"500","is_called":false}';
    }
    assert.deepEqual(differences(await world.contents(world.target), expected), []);
    for (const catalogue of [
      'SELECT polname, pg_get_expr(polqual, polrelid) AS qual FROM pg_policy',
      "SELECT rulename, definition FROM pg_rules WHERE schemaname = 'public' ORDER BY 1",
      'SELECT pubname, tablename FROM pg_publication_tables',
      'SELECT evtname, evtenabled FROM pg_event_trigger',
      'SELECT stxname, stxkeys::text FROM pg_statistic_ext',
      "SELECT relname, relacl::text, relrowsecurity FROM pg_class WHERE relname IN ('parts', 'children', 'first') ORDER BY 1",
      'SELECT defaclacl::text FROM pg_default_acl',
      "SELECT description FROM pg_description d JOIN pg_class c ON c.oid = d.objoid WHERE c.relname = 'parts'",
    ]) {
      assert.deepEqual(await query(catalogue, world.target), await query(catalogue, world.uri), catalogue);
    }
  });
}

test('without a cluster the folder and a token suffice, and --create makes the database', async (t) => {
  if (!withPgDump(t)) return;
  const world = await testRestore(t, { formats: ['csv', 'json'] }, shop);
  const token = join(await temporaryDirectory(t), 'token.json');
  await writeFile(token, JSON.stringify(world.google.credentials));
  const { uri: admin, query, dropDatabase } = await testPostgres(t);
  const to = new URL(admin);
  to.pathname = `/made "${world.set}"`;
  t.after(() => dropDatabase(to.href));
  const { password } = to;
  to.password = '';
  const env = { DBBACKUP_GOOGLE_URL: world.google.url, PGPASSWORD: decodeURIComponent(password) };
  const args = ['restore', '--without-cluster', '--token', token, '--set', 'latest', '--to', to.href];
  const folder = ['--folder', world.google.folderID];
  const missing = await dbbackup([...args, ...folder], { env });
  assert.deepEqual([missing.status, /DatabaseNotFound/.test(missing.stderr)], [2, true], missing.stderr);
  const { status, stdout, stderr } = await dbbackup([...args, ...folder, '--create', '-o', 'json'], { env });
  assert.equal(status, 0, stderr);
  assert.deepEqual(
    { ...JSON.parse(stdout), seconds: 0, target: '' },
    {
      ...{ set: world.set, target: '', format: 'csv', tables: 6, rows: 809, seconds: 0 },
      notes: [],
    },
  );
  to.password = password;
  const found = await query('SELECT count(*)::int AS rows FROM orders', to.href);
  assert.deepEqual(found, [{ rows: 250 }]);

  // What `auth login` prints is as good as the token itself.
  await writeFile(
    token,
    stringify({
      apiVersion: 'v1',
      kind: 'Secret',
      stringData: { 'token.json': await readFile(token, 'utf8') },
    }),
  );
  const full = await dbbackup([...args, ...folder, '--create'], { env });
  assert.match(full.stderr, /TargetNotEmpty/);

  const both = await dbbackup([...args, ...folder, '-f', world.file], { env });
  assert.match(both.stderr, /either the YAML \(-f\) or --without-cluster/);
  const none = await dbbackup(args, { env });
  assert.match(none.stderr, /Name the folder: --folder FOLDER_ID/);
});

test('a folder with the sets of several backups asks whose is meant', async (t) => {
  const backup = await testBackup(t);
  await backup.run();
  await backup.write({}, { name: 'other' });
  const set = await backup.run();
  const to = await testDatabase(t, smallShop.replaceAll(/^INSERT.*?;$/gms, ''));
  const args = [
    'restore',
    '--without-cluster',
    '--folder',
    backup.folder,
    '--set',
    set,
    '--to',
    to,
    '--tables',
    '*',
  ];
  const asked = await dbbackup(args);
  assert.equal(asked.status, 2);
  assert.match(asked.stderr, /has sets of several backups: .*--from: shop\/\w+ \(\w+\), shop\/\w+ \(\w+\)/);
  const wrong = await dbbackup([...args, '--from', 'shop/third']);
  assert.match(wrong.stderr, /has no sets of shop\/third/);
  const { status, stderr } = await dbbackup([...args, '--from', 'shop/other']);
  assert.equal(status, 0, stderr);
});

test('a target that is not empty is refused, and --clean shows what goes and asks', async (t) => {
  if (!withPgDump(t)) return;
  const world = await testRestore(t, { formats: ['sql'] }, shop);
  const { query } = await testPostgres(t);
  await query(
    `CREATE TABLE old (id int); INSERT INTO old SELECT generate_series(1, 20); ANALYZE; CREATE VIEW seen AS SELECT * FROM old;
     CREATE SCHEMA attic; CREATE TYPE attic.mood AS ENUM ('ok'); SELECT lo_from_bytea(0, 'x');
     CREATE FUNCTION note() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN END'; CREATE EVENT TRIGGER watch ON sql_drop EXECUTE FUNCTION note();
     CREATE PUBLICATION news FOR TABLE old`,
    world.target,
  );
  const before = await world.contents(world.target);
  const refused = await world.restore();
  assert.equal(refused.status, 2);
  assert.match(
    refused.stderr,
    /holds table public\.old, event trigger watch, .* more\.\n {2}TargetNotEmpty: /,
  );
  const silent = await world.restore(['--clean']);
  assert.equal(silent.status, 2);
  assert.match(silent.stderr, /Without a terminal --clean needs --yes/);
  const no = await world.restore(['--clean'], { typed: 'n\n' });
  assert.deepEqual([no.status, no.stdout], [0, 'Nothing was changed.\n']);
  assert.match(no.stderr, /this goes:\n {2}1 table: public\.old \(about 20 rows\)\n/);
  assert.match(no.stderr, /1 large object\n[\s\S]*Drop it and restore backup_\S+\? \[y\/N\] /);
  assert.deepEqual(differences(await world.contents(world.target), before), []);

  const yes = await world.restore(['--clean'], { typed: 'y\n' });
  assert.equal(yes.status, 0, yes.stderr);
  assert.deepEqual(differences(await world.contents(world.target), await world.contents(world.uri)), []);
  const again = await world.restore(['--clean', '--yes']);
  assert.equal(again.status, 0, again.stderr);
  assert.deepEqual(differences(await world.contents(world.target), await world.contents(world.uri)), []);
  const public_ =
    "SELECT nspowner::regrole::text AS owner, nspacl::text AS acl FROM pg_namespace WHERE nspname = 'public'";
  assert.deepEqual(await query(public_, world.target), await query(public_, world.uri));
});

test('the database that a set was taken from is refused, whatever its name and address', async (t) => {
  if (!withPgDump(t)) return;
  const world = await testRestore(t, { formats: ['sql'] }, smallShop);
  const { query } = await testPostgres(t);
  const before = await world.contents(world.uri);
  const localhost = world.uri.replace('127.0.0.1', 'localhost');
  const refused = await world.restore(['--clean', '--yes'], { to: localhost });
  assert.equal(refused.status, 2);
  assert.match(refused.stderr, /is the database that the set was taken from\.\n {2}TargetIsSource: /);
  assert.deepEqual(differences(await world.contents(world.uri), before), []);
  await query('DELETE FROM customers', world.uri);
  const allowed = await world.restore(['--clean', '--yes', '--allow-source'], { to: world.uri });
  assert.equal(allowed.status, 0, allowed.stderr);
  assert.deepEqual(differences(await world.contents(world.uri), before), []);
});

for (const format of ['csv', 'json']) {
  test(`--tables brings rows of single tables back from ${format}, with keys and triggers as they were`, async (t) => {
    if (!withPgDump(t)) return;
    const world = await testRestore(t, { formats: [format] }, shop);
    const { query } = await testPostgres(t);
    const before = await world.contents(world.uri);
    // Into a copy: --tables into the source itself asks for the flag too.
    const copy = await world.restore();
    assert.equal(copy.status, 0, copy.stderr);
    const wanted = ['--tables', 'customers,books.*', '--tables', 'one,orders'];
    const full = await world.restore(wanted);
    assert.equal(full.status, 2);
    assert.match(
      full.stderr,
      /entries, public\.customers, public\.one, public\.orders have rows already\.\n {2}TargetNotEmpty/,
    );
    await query('TRUNCATE customers, orders, books.entries, one', world.target);
    const lone = await world.restore(['--tables', 'orders']);
    assert.equal(lone.status, 2, 'orders without its customers');
    assert.match(lone.stderr, /PostgreSQL refused while .*SQLSTATE 23503\.\n {2}RestoreFailed/);
    const { status, stdout, stderr } = await world.restore(wanted);
    assert.equal(status, 0, stderr);
    assert.match(stdout, /: 4 tables, 556 rows/);
    assert.deepEqual(differences(await world.contents(world.target), before), []);
    await query('DELETE FROM books.entries; UPDATE one SET line = 5', world.target);
    const clean = await world.restore(['--tables', 'entries,one', '--clean', '--yes']);
    assert.equal(clean.status, 0, clean.stderr);
    assert.match(clean.stderr, /this goes:\n {2}rows of tables: books\.entries, public\.one\n/);
    assert.deepEqual(differences(await world.contents(world.target), before), []);
    const unknown = await world.restore(['--tables', 'ordres']);
    assert.match(unknown.stderr, /has no table ordres; it has books\.entries, public\.customers/);
  });
}

test('a set without a source says so: xlsx alone, csv without its schema, sql for single tables', async (t) => {
  if (!withPgDump(t)) return;
  const backup = await testBackup(t, { formats: ['xlsx'] });
  await backup.run();
  const to = await testDatabase(t);
  const restore = (args: string[] = []) =>
    backup.command(['restore', '--set', 'latest', '--to', to, ...args]);
  assert.match(
    (await restore()).stderr,
    /has xlsx: there is nothing to restore rows from\. Excel files are no source/,
  );
  await backup.write({ formats: ['csv'] });
  await backup.run();
  assert.match((await restore()).stderr, /the definition of the tables is missing.*--tables '\*'/);
  await backup.write({ formats: ['sql'] });
  await runWithSchema(backup);
  assert.match((await restore(['--tables', 'notes'])).stderr, /rows of single tables come from csv or json/);
});

for (const formats of [['csv', 'sql'], ['csv']]) {
  test(`--verify-rows finds every value of the demo database that came back from ${formats.at(-1)}`, async (t) => {
    if (!withPgDump(t)) return;
    const world = await testRestore(t, { formats });
    const { status, stdout, stderr } = await world.restore(['--verify-rows']);
    assert.equal(status, 0, stderr);
    assert.match(stdout, /; the contents of \d+ tables are, too$/m);
    assert.ok(Number(/contents of (\d+) tables/.exec(stdout)?.[1]) >= 12, stdout);
  });
}
