import assert from 'node:assert/strict';
import { mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { test } from 'node:test';
import { BackupError } from '../../crds/failureReason.ts';
import { temporaryDirectory } from '../../sandbox/testing.ts';
import { testTerminal } from './testTerminal.ts';
import { writeSecret } from './writeSecret.ts';

const target = { name: 'drive-oauth', namespace: undefined, file: undefined };

function refusal(reason: string, words: RegExp) {
  return (error: unknown) =>
    error instanceof BackupError &&
    error.reason === reason &&
    words.test(error.message) &&
    !error.message.includes('canary');
}

test('warns on a terminal that the Secret is in sight, and is silent in a pipe', async () => {
  for (const isTTY of [true, false]) {
    const terminal = testTerminal();
    await writeSecret('canary', target, {
      ...terminal.io,
      stdout: Object.assign(terminal.io.stdout, { isTTY }),
    });
    assert.equal(terminal.stdout(), 'canary');
    assert.equal(terminal.stderr() !== '', isTTY);
  }
});

test('a reader that has gone away is said without a stack', async () => {
  const stdout = new Writable({
    write: (_chunk, _encoding, done) => done(Object.assign(new Error('write EPIPE'), { code: 'EPIPE' })),
  });
  const { io } = testTerminal({ stdout });
  await assert.rejects(writeSecret('canary', target, io), refusal('Interrupted', /EPIPE.*--out/));
});

test('a file that cannot be replaced leaves nothing behind', async (t) => {
  const directory = await temporaryDirectory(t);
  const file = join(directory, 'secret.yaml');
  await mkdir(file);
  const { io } = testTerminal();
  await assert.rejects(
    writeSecret('canary', { ...target, file }, io),
    refusal('InvalidSpec', /choose another --out/),
  );
  assert.deepEqual(await readdir(directory), ['secret.yaml']);
});
