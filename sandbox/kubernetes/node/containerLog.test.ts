import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { test } from 'node:test';
import { temporaryDirectory } from '../../testing.ts';
import { readLog } from './containerLog.ts';

test('the last lines of a log, with and without an end of the last one', async (t) => {
  const file = join(await temporaryDirectory(t), 'log');
  const tail = (tailLines: number, limitBytes?: number) =>
    text(readLog(file, { tailLines, limitBytes, isFollowed: () => false }, t.signal));
  await writeFile(file, 'a\nb\nc\n');
  assert.equal(await tail(2), 'b\nc\n');
  assert.equal(await tail(0), '');
  assert.equal(await tail(9), 'a\nb\nc\n');
  assert.equal(await tail(2, 3), 'b\nc');
  await writeFile(file, 'a\nb\nc');
  assert.equal(await tail(2), 'b\nc');
  const long = `${'x'.repeat(100_000)}\n`;
  await writeFile(file, `first\n${long}${long}`);
  assert.equal(await tail(2), long + long);
});
