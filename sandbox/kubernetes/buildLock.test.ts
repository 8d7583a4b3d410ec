import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readdir, utimes, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { dirname, join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { temporaryDirectory } from '../testing.ts';
import { withLock } from './buildLock.ts';

async function lockFile(t: TestContext): Promise<string> {
  return join(await temporaryDirectory(t), 'lock');
}

test('one works while the others wait, and the lock is gone when all are through', async (t) => {
  const file = await lockFile(t);
  let working = 0;
  let told = 0;
  const work = async () => {
    assert.equal(++working, 1, 'two work at once');
    await new Promise((done) => setTimeout(done, 20));
    working--;
  };
  const waiting = () => {
    told++;
  };
  await Promise.all(Array.from({ length: 4 }, () => withLock(file, work, { waiting })));
  assert.equal(told, 3);
  assert.deepEqual(await readdir(dirname(file)), []);
});

test('the lock of work that fails is released', async (t) => {
  const file = await lockFile(t);
  await assert.rejects(
    withLock(file, () => Promise.reject(new Error('broken'))),
    /broken/,
  );
  assert.equal(await withLock(file, async () => existsSync(file)), true);
});

const dead = () => spawnSync('/bin/sh', ['-c', 'true']).pid;
const longAgo = new Date(Date.now() - 10 * 60_000);

for (const [what, mark, touched] of [
  ['a dead process of this host', () => `${hostname()} ${dead()} a\n`, new Date()],
  ['another host that has not touched it for long', () => 'elsewhere 1 a\n', longAgo],
  ['a process that died before it wrote its name', () => '', longAgo],
] as const) {
  test(`a lock of ${what} is taken over, by one of those that want it`, async (t) => {
    const file = await lockFile(t);
    await writeFile(file, mark());
    await utimes(file, touched, touched);
    let working = 0;
    const work = async () => {
      assert.equal(++working, 1, 'two work at once');
      await new Promise((done) => setTimeout(done, 20));
      working--;
    };
    await Promise.all([withLock(file, work), withLock(file, work)]);
    assert.deepEqual(await readdir(dirname(file)), []);
  });
}

test('a lock of another host that is alive is waited for until the caller gives up', async (t) => {
  const file = await lockFile(t);
  await writeFile(file, 'elsewhere 1 a\n');
  const stop = new AbortController();
  const waiting = () => stop.abort();
  await assert.rejects(
    withLock(file, async () => assert.fail('it got the lock'), { signal: stop.signal, waiting }),
    { name: 'AbortError' },
  );
  assert.ok(existsSync(file));
});
