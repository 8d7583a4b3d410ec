import assert from 'node:assert/strict';
import { test } from 'node:test';
import { runProgress } from '../runner/progress.ts';
import { progressLine } from './progressBar.ts';

const restoring = {
  ...runProgress(),
  stage: 'restore',
  table: 'public.orders',
  bytes: 3 * 2 ** 20,
  expectedBytes: 12 * 2 ** 20,
};

test('a restore shows how far it is and how long it will take', () => {
  assert.equal(
    progressLine(restoring, true, 10),
    '[██████░░░░░░░░░░░░░░░░░░] 25 %  restore  table public.orders  3 MiB of 12 MiB  30 s left',
  );
  assert.equal(
    progressLine(restoring, false, 10),
    'restore  table public.orders  3 MiB of 12 MiB  30 s left',
  );
});

test('it tells no time before it knows one, and is never at its end before the end', () => {
  assert.doesNotMatch(progressLine(restoring, true, 1), /left/);
  assert.match(progressLine({ ...restoring, bytes: 12 * 2 ** 20 }, true, 10), /\] 99 % .* 0\.1 s left$/);
  assert.equal(
    progressLine({ ...restoring, stage: 'indexes and constraints' }, true, 10),
    'indexes and constraints',
  );
});
