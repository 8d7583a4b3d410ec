import assert from 'node:assert/strict';
import { test } from 'node:test';
import { findSet } from './findSet.ts';

const set = (name: string, damage?: string) => ({ name, id: `id-${name}`, time: new Date(0), damage });
const sets = [
  set('backup_20260211_020000', 'a.csv is missing'),
  set('backup_20260210_020000-2'),
  set('backup_20260210_020000'),
  set('old_name_20250101_000000'),
];

test('a set is found by name, time, a begin that fits one, or the ID of its manifest', () => {
  for (const wanted of [
    'old_name_20250101_000000',
    '20250101_000000',
    '2025',
    'old',
    'id-old_name_20250101_000000',
  ]) {
    assert.equal(findSet(sets, wanted).name, 'old_name_20250101_000000', wanted);
  }
});

test('a time means the set of exactly that time, though others begin with it', () => {
  assert.equal(findSet(sets, '20260210_020000').name, 'backup_20260210_020000');
  assert.equal(findSet(sets, '20260210_020000-2').name, 'backup_20260210_020000-2');
});

test('latest is the newest good set', () => {
  assert.equal(findSet(sets, 'latest').name, 'backup_20260210_020000-2');
  assert.throws(() => findSet(sets.slice(0, 1), 'latest'), /no good set; damaged: backup_20260211_020000/);
});

test('a begin that fits several is refused with their names', () => {
  assert.throws(
    () => findSet(sets, '20260210'),
    /2 sets fit 20260210: write one of backup_20260210_020000-2, backup_20260210_020000\./,
  );
});

test('sets of the same name are told apart by the IDs of their manifests', () => {
  const twins = [
    { ...set('backup_20260210_020000'), id: 'one' },
    { ...set('backup_20260210_020000'), id: 'two' },
  ];
  assert.throws(() => findSet(twins, '20260210_020000'), /write one of one, two/);
  assert.equal(findSet(twins, 'two').id, 'two');
});

test('for an unknown time the nearest sets are named, the nearest first', () => {
  assert.throws(
    () => findSet(sets, '20250102_030000'),
    /no set 20250102_030000; the nearest: old_name_20250101_000000, .* and 1 more\. dbbackup list shows all/,
  );
  assert.throws(() => findSet([], 'latest'), /holds no set of this backup/);
});
