import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setName } from './setName.ts';

const time = new Date('2026-02-09T23:00:00.900Z');

test('is the time of the snapshot in the zone of the backup', () => {
  assert.equal(setName('backup', time, 'Europe/Moscow', []), 'backup_20260210_020000');
  assert.equal(setName('shop', time, 'UTC', []), 'shop_20260209_230000');
  assert.equal(setName('backup', new Date('2026-02-10T00:00:00Z'), 'UTC', []), 'backup_20260210_000000');
});

test('gets a number where a file of that set is there already', () => {
  const taken = ['backup_20260209_230000.csv', 'backup_20260209_230000-2.manifest.json'];
  assert.equal(setName('backup', time, 'UTC', taken), 'backup_20260209_230000-3');
  assert.equal(setName('backup', time, 'UTC', ['backup_20260209_2300001.csv']), 'backup_20260209_230000');
});
