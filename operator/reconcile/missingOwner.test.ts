import assert from 'node:assert/strict';
import { test } from 'node:test';
import { backupKind } from './backupKind.ts';
import { decideWithoutOwner } from './missingOwner.ts';
import { job, now, policy, run } from './observedFixture.ts';

const decide = (...runs: ReturnType<typeof run>[]) => {
  const { actions, lookAgainAt } = decideWithoutOwner(backupKind, runs, [], policy, now);
  return {
    told: actions.map(
      (action) => action.type === 'ApplyRunStatus' && [action.run.metadata.name, action.run.status?.reason],
    ),
    lookAgainAt,
  };
};
const request = (created: string, phase?: 'Pending') =>
  run('x', phase && { phase }, { isRequest: true, created });

test('a request without its backup waits for a while and then fails', () => {
  assert.deepEqual(decide(request('2026-02-10T11:59:50Z')), {
    told: [],
    lookAgainAt: new Date('2026-02-10T12:00:20Z'),
  });
  assert.deepEqual(decide(request('2026-02-10T11:59:00Z')).told, [['x', 'BackupNotFound']]);
});

test('a request that waited already fails at once when its backup goes', () => {
  assert.deepEqual(decide(request('2026-02-10T11:59:59Z', 'Pending')).told, [['x', 'BackupNotFound']]);
});

test('an active run whose backup is gone fails when its Job is gone, and a finished one stays', () => {
  const active = run('a', { phase: 'Running', jobUID: 'a-uid' });
  assert.deepEqual(decide(active, run('b', { phase: 'Succeeded', jobUID: 'b-uid' })).told, [
    ['a', 'JobDeleted'],
  ]);
  const still = decideWithoutOwner(backupKind, [active], [job('a', { status: { active: 1 } })], policy, now);
  assert.deepEqual(still.actions, []);
});
