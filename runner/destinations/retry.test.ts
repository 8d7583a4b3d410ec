import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BackupError } from '../../crds/failureReason.ts';
import type { Clock } from './clock.ts';
import { Backoff, googleRetries, retry, TransientError } from './retry.ts';

const gaveUp = new BackupError('UploadFailed', 'No answer.');
const signal = new AbortController().signal;

function stoppedClock(): Clock & { sleeps: number[] } {
  const sleeps: number[] = [];
  return {
    sleeps,
    now: () => new Date(sleeps.reduce((sum, ms) => sum + ms, 0)),
    async sleep(ms, during) {
      during.throwIfAborted();
      sleeps.push(ms);
    },
  };
}

async function failures(error: TransientError, random: number, count: number): Promise<number[]> {
  const clock = stoppedClock();
  const backoff = new Backoff({ clock, policy: googleRetries, random: () => random });
  for (let i = 0; i < count; i += 1) await backoff.wait(error, signal);
  return clock.sleeps;
}

test('waits double up to the cap, and the jitter covers everything from zero', async () => {
  const error = new TransientError(gaveUp);
  assert.deepEqual(await failures(error, 1, 8), [1000, 2000, 4000, 8000, 16_000, 32_000, 32_000, 32_000]);
  assert.deepEqual(await failures(error, 0.25, 3), [250, 500, 1000]);
  assert.deepEqual(await failures(error, 0, 3), [0, 0, 0]);
});

test('Retry-After is the least wait, not the most', async () => {
  assert.deepEqual(await failures(new TransientError(gaveUp, 5000), 1, 5), [5000, 5000, 5000, 8000, 16_000]);
});

test('a wait that would end after the limit is not begun: the error itself is thrown', async () => {
  const clock = stoppedClock();
  const backoff = new Backoff({
    clock,
    policy: { firstMs: 1000, capMs: 1000, limitMs: 2500 },
    random: () => 1,
  });
  const error = new TransientError(gaveUp);
  await backoff.wait(error, signal);
  await backoff.wait(error, signal);
  await assert.rejects(backoff.wait(error, signal), (thrown) => thrown === gaveUp);
  assert.deepEqual(clock.sleeps, [1000, 1000]);
  backoff.reset();
  await backoff.wait(error, signal);
  assert.equal(clock.sleeps.length, 3);
});

test('a Retry-After beyond the limit gives up at once', async () => {
  const clock = stoppedClock();
  const backoff = new Backoff({ clock, policy: googleRetries });
  await assert.rejects(
    backoff.wait(new TransientError(gaveUp, 3_600_000), signal),
    (error) => error === gaveUp,
  );
  assert.deepEqual(clock.sleeps, []);
});

test('retry repeats what is transient and nothing else', async () => {
  const clock = stoppedClock();
  const waiting = { clock, policy: googleRetries };
  let tries = 0;
  const value = await retry(
    async () => {
      tries += 1;
      if (tries < 4) throw new TransientError(gaveUp);
      return 'done';
    },
    waiting,
    signal,
  );
  assert.deepEqual([value, tries], ['done', 4]);
  const bug = new TypeError('a bug');
  await assert.rejects(
    retry(() => Promise.reject(bug), waiting, signal),
    (error) => error === bug,
  );
  assert.equal(clock.sleeps.length, 3);
});

test('an abort ends the waiting with its reason', async () => {
  const run = new AbortController();
  const waiting = { clock: stoppedClock(), policy: googleRetries };
  const reason = new Error('Told to stop.');
  let tries = 0;
  const attempt = async () => {
    tries += 1;
    run.abort(reason);
    throw new TransientError(gaveUp);
  };
  await assert.rejects(retry(attempt, waiting, run.signal), (error) => error === reason);
  assert.equal(tries, 1);
});

test('each wait is told before it begins', async () => {
  const told: number[] = [];
  const backoff = new Backoff({
    clock: stoppedClock(),
    policy: googleRetries,
    random: () => 1,
    onWait: (_, ms) => told.push(ms),
  });
  await backoff.wait(new TransientError(gaveUp), signal);
  assert.deepEqual(told, [1000]);
});
