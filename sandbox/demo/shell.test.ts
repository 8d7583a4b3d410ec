import assert from 'node:assert/strict';
import { test } from 'node:test';
import { temporaryDirectory } from '../testing.ts';
import { shell } from './shell.ts';
import { Stage } from './stage.ts';

function playedBy(directory: string, signal: AbortSignal = new AbortController().signal) {
  const lines: string[] = [];
  const stage = new Stage({ signal, write: (line) => void lines.push(line) });
  return { lines, stage, ...shell(stage, directory, { WORD: 'hello' }) };
}

test('a command is shown with what it writes, and runs as it is shown', async (t) => {
  const { lines, stage, run } = playedBy(await temporaryDirectory(t));
  await run("echo $WORD | sed 's/h/H/'", /^Hello$/);
  assert.deepEqual(lines, ["$ echo $WORD | sed 's/h/H/'", 'Hello']);
  assert.equal(stage.mistakes, 0);
});

test('a command that fails, or shows another thing than it should, is a mistake', async (t) => {
  const { lines, stage, run } = playedBy(await temporaryDirectory(t));
  await run('exit 3');
  await run('echo no', /yes/);
  assert.deepEqual(lines, ['$ exit 3', 'Exit status 3.', '$ echo no', 'no', 'It should show /yes/.']);
  assert.equal(stage.mistakes, 2);
});

test('a command that goes on for ever is ended by the line that was wanted, all of its processes', async (t) => {
  const { lines, stage, until } = playedBy(await temporaryDirectory(t));
  await until('(echo one; echo two; sleep 600) | cat', /two/);
  await until('echo other', /two/);
  assert.deepEqual(lines.slice(1, 3), ['one', 'two']);
  assert.equal(lines.at(-1), 'It never showed /two/.');
  assert.equal(stage.mistakes, 1);
});

test('after the end of the demo nothing is begun and nothing is wrong', async (t) => {
  const ended = new AbortController();
  const { lines, stage, until, run } = playedBy(await temporaryDirectory(t), ended.signal);
  const waiting = until('sleep 600', /never/);
  ended.abort();
  await waiting;
  await run('echo more');
  assert.deepEqual(lines, ['$ sleep 600']);
  assert.equal(stage.mistakes, 0);
});
