import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Manifest } from '../../crds/manifest.ts';
import { sealedManifest } from '../encryption/sealedManifest.ts';
import { drivePruneFixture, type SetToStore } from './pruneFixture.ts';

const rules = { maxAgeDays: 5, maxCount: 3, minKeep: 1, keepDaily: 1 };
const usual: SetToStore = { tables: { items: 900, carts: 100 }, files: { '.csv': 'x'.repeat(1000) } };

/** Prunes after a run like `last` that follows three usual ones, six days old and more. */
async function after(
  t: Parameters<typeof drivePruneFixture>[0],
  last: SetToStore,
  more: SetToStore[] = [],
  guard = 0.5,
) {
  const world = await drivePruneFixture(t);
  for (const age of [9, 8, 7]) await world.store(`usual${age}`, { ...usual, age });
  for (const [index, set] of more.entries())
    await world.store(`more${index}`, { age: more.length - index, ...set });
  const current = await world.store('new', last);
  const before = await world.names();
  const { retention } = await world.prune(current, { ...rules, shrinkGuard: guard });
  return { ...retention, nothing: JSON.stringify(await world.names()) === JSON.stringify(before) };
}

const losses: [string, SetToStore, RegExp][] = [
  [
    'the database was wiped',
    { ...usual, tables: { items: 0, carts: 0 } },
    /has 0 rows, less than 0.5 times the usual 1000/,
  ],
  ['most rows are gone', { ...usual, tables: { items: 399, carts: 100 } }, /has 499 rows/],
  [
    'most bytes are gone',
    { ...usual, files: { '.csv': 'x'.repeat(499) } },
    /has 499 bytes, less than 0.5 times the usual 1000/,
  ],
  [
    'one table is empty',
    { ...usual, tables: { items: 900, carts: 0 } },
    /table public.carts has no rows, and had 100 in usual7/,
  ],
];

for (const [what, last, says] of losses) {
  test(`removes nothing and says Shrunk if ${what}; with shrinkGuard 0 it does`, async (t) => {
    const guarded = await after(t, last);
    assert.equal(guarded.skippedReason, 'Shrunk');
    assert.match(guarded.skipped ?? '', says);
    assert.ok(guarded.nothing);
    assert.deepEqual([guarded.removed, guarded.kept], [[], 4]);
    assert.equal((await after(t, last, [], 0)).removedCount, 3);
  });
}

test('half the rows and bytes are enough, and more of them are no loss', async (t) => {
  const half = { tables: { items: 450, carts: 50 }, files: { '.csv': 'x'.repeat(500) } };
  const twice = { tables: { items: 1800, carts: 200 }, files: { '.csv': 'x'.repeat(2000) } };
  for (const last of [half, twice]) assert.equal((await after(t, last)).removedCount, 3);
});

test('a change of formats, of compression or of tables is no loss', async (t) => {
  const changes: [string, SetToStore][] = [
    ['only json now, and small', { ...usual, files: { '.json': '{}' } }],
    ['csv compressed', { ...usual, files: { '.csv.gz': 'x' } }],
    ['json beside csv', { ...usual, files: { '.json': '{}', '.csv': 'x'.repeat(1000) } }],
    ['a table was dropped', { ...usual, tables: { items: 900 } }],
    ['a table is new and empty', { ...usual, tables: { items: 900, carts: 100, news: 0 } }],
  ];
  for (const [what, last] of changes) {
    const { skipped, removedCount } = await after(t, last);
    assert.deepEqual([skipped, removedCount], [undefined, 3], what);
  }
});

test('a csv that shrinks while json is added beside it is still a loss', async (t) => {
  const { skippedReason } = await after(t, { ...usual, files: { '.json': 'x'.repeat(9000), '.csv': 'x' } });
  assert.equal(skippedReason, 'Shrunk');
});

test('a table that stays empty is not forgotten after one run', async (t) => {
  const emptied = { ...usual, tables: { items: 900, carts: 0 } };
  const { skipped, nothing } = await after(t, emptied, [emptied, emptied]);
  assert.match(skipped ?? '', /table public.carts has no rows, and had 100 in usual7/);
  assert.ok(nothing);
});

test('sets of a wiped database push no good set out once the database is whole again', async (t) => {
  const world = await drivePruneFixture(t);
  for (const age of [4, 3]) await world.store(`usual${age}`, { ...usual, age });
  for (const age of [2, 1])
    await world.store(`wiped${age}`, { ...usual, tables: { items: 0, carts: 0 }, age });
  const current = await world.store('new', usual);
  // By count alone new, wiped1 and wiped2 would stay.
  const { retention, warnings } = await world.prune(current, { maxCount: 3, minKeep: 3 });
  assert.deepEqual([retention.removed, retention.kept], [[], 5]);
  assert.match(warnings[0] ?? '', /^2 sets with far fewer rows than usual/);
});

/** What a set of the database is like when it is encrypted; its tables have the OIDs 101, 102 … in their order. */
const sealed = (database: object) => (manifest: Manifest) =>
  sealedManifest(numbered(database)(manifest), ['age1…']);
const numbered = (database: object) => (manifest: Manifest) => ({
  ...manifest,
  database: { ...manifest.database, ...database },
  tables: manifest.tables.map((table, index) => ({ ...table, oid: 101 + index })),
});

test('a table of encrypted sets that lost its rows is known by its OID, in the same database alone', async (t) => {
  const shop = { systemIdentifier: '7001', oid: 16384 };
  const others = [{ ...shop, systemIdentifier: '7002' }, { ...shop, oid: 16385 }, { oid: 16384 }];
  const emptied = { ...usual, tables: { items: 900, carts: 0 } };
  for (const database of [shop, ...others]) {
    const world = await drivePruneFixture(t);
    for (const age of [9, 8, 7])
      await world.store(`usual${age}`, { ...usual, age, change: sealed(database) });
    const { manifest, ...current } = await world.store('new', { ...emptied, change: sealed(shop) });
    // The run itself knows the names.
    const names = Object.entries(emptied.tables).map(([name, rows]) => ({
      schema: 'public',
      name,
      title: name,
      rows,
    }));
    const named = numbered(shop)({ ...manifest, tables: names });
    const { retention } = await world.prune({ ...current, manifest: named }, rules);
    assert.equal(
      retention.skipped,
      database === shop ? 'table public.carts has no rows, and had some in usual7' : undefined,
    );
  }
});

test('encryption that is switched on makes nothing smaller, and hides no loss', async (t) => {
  const bytes = (length: number) => ({ '.csv.age': 'x'.repeat(length) });
  assert.equal((await after(t, { ...usual, files: bytes(1000) })).removedCount, 3);
  const { skipped } = await after(t, { ...usual, files: bytes(499) });
  assert.match(skipped ?? '', /has 499 bytes, less than 0.5 times the usual 1000/);
});

test('damaged sets are no measure for a loss', async (t) => {
  const world = await drivePruneFixture(t);
  for (const age of [9, 8]) await world.store(`usual${age}`, { ...usual, age });
  for (const age of [7, 6, 5]) {
    await world.store(`bad${age}`, { age, tables: { items: 0 }, change: (m) => ({ ...m, files: [] }) });
  }
  const current = await world.store('new', { ...usual, tables: { items: 0, carts: 0 } });
  const { retention } = await world.prune(current, rules);
  assert.equal(retention.skippedReason, 'Shrunk');
});
