import assert from 'node:assert/strict';
import { test } from 'node:test';
import { failureReasons, reasonFacts, stateMeanings } from './failureReason.ts';
import { type Place, places, reasonPlaces } from './reasonPlaces.ts';
import { reasonsPage } from './reasonsPage.ts';

const rows = new Map(
  reasonsPage()
    .split('\n')
    .filter((line) => line.startsWith('| '))
    .map((line) => line.slice(2, -2).split(/ \| /))
    .map((cells) => [cells[0] ?? '', cells] as const),
);

test('every reason has its row, with where it can be read, what it means and what to do', () => {
  for (const reason of failureReasons) {
    const { meaning, hint } = reasonFacts(reason);
    const [, where, , said, todo] = rows.get(`\`${reason}\``) ?? [];
    assert.deepEqual([where, said, todo], [reasonPlaces[reason].join(', '), meaning, hint], reason);
  }
  for (const [state, meaning] of stateMeanings) {
    assert.deepEqual(rows.get(`\`${state}\``)?.slice(1), [reasonPlaces[state].join(', '), meaning]);
  }
});

test('every place is explained, and some reason can be read there', () => {
  const used = new Set(Object.values(reasonPlaces).flat());
  assert.deepEqual([...used].sort(), Object.keys(places).sort());
  for (const place of used) assert.equal(rows.get(place)?.[1], places[place as Place]);
});

test('what ends no run is not said to be tried again', () => {
  const again = (reason: string) => rows.get(`\`${reason}\``)?.[2];
  assert.deepEqual(
    ['DatabaseUnreachable', 'TokenExpired', 'OutOfMemory', 'JobDeleted', 'Shrunk', 'ScheduleMissed'].map(
      again,
    ),
    ['yes (1)', 'no (2)', 'yes', 'no', '–', '–'],
  );
});
