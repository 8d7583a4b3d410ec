import assert from 'node:assert/strict';
import { test } from 'node:test';
import { differences } from '../runner/restore/restoreFixture.ts';
import { testPostgres } from '../sandbox/testing.ts';
import { withPgDump } from './testCommand.ts';
import { testRestore } from './testRestore.ts';

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
