import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { temporaryDirectory } from '../sandbox/testing.ts';
import type { FileResult } from './testFile.ts';
import { failures, fileLine, skips, summary } from './testReport.ts';

const runner = fileURLToPath(import.meta.resolve('./testFile.ts'));

// node:test refuses to run tests inside of tests, so a process without its environment does it.
async function resultOf(directory: string, source: string): Promise<FileResult> {
  const path = join(directory, 'sample.test.mjs');
  await writeFile(path, `import { describe, test } from 'node:test';\n${source}`);
  const script = join(directory, 'run.mjs');
  await writeFile(
    script,
    `import { runTestFile } from ${JSON.stringify(runner)};
    const result = await runTestFile(${JSON.stringify(path)}, 'sample.test.mjs', new AbortController().signal);
    process.stdout.write(JSON.stringify(result));`,
  );
  const env = { ...process.env, NODE_TEST_CONTEXT: undefined };
  const child = spawnSync(process.execPath, [script], { env, encoding: 'utf8' });
  assert.equal(child.status, 0, child.stderr);
  return JSON.parse(child.stdout) as FileResult;
}

test('leaves are counted, not the suites and tests around them', async (t) => {
  const result = await resultOf(
    await temporaryDirectory(t),
    `describe('suite', () => { test('a', () => {}); test('b', () => { throw new Error('b broke'); }); });
     test('outer', async (t) => { await t.test('c', () => {}); await t.test('d', async (t) => { await t.test('e', () => {}); }); });
     test('f', () => {});`,
  );
  assert.deepEqual(summary([result]), { passed: 4, failed: 1, skipped: 0 });
  assert.equal(result.failed[0]?.name, 'suite › b');
  assert.match(failures([result]), /✗ sample\.test\.mjs: suite › b\n {4}Error: b broke/);
});

test('a test around others that fails by itself counts as failed', async (t) => {
  const source = `test('outer', async (t) => { await t.test('inner', () => {}); throw new Error('after it'); });`;
  const result = await resultOf(await temporaryDirectory(t), source);
  assert.deepEqual(
    result.failed.map(({ name }) => name),
    ['outer'],
  );
});

test('what is skipped is listed with its reason, and so is a todo', async (t) => {
  const result = await resultOf(
    await temporaryDirectory(t),
    `test('a', (t) => t.skip('soffice is not installed: apt-get install libreoffice'));
     test('b', { skip: true }, () => {});
     test('c', { todo: 'later' }, () => { throw new Error('not yet'); });
     describe('d', { skip: 'not here' }, () => { test('e', () => {}); });`,
  );
  assert.deepEqual(skips([result]).split('\n'), [
    '- skipped sample.test.mjs: a: soffice is not installed: apt-get install libreoffice',
    '- skipped sample.test.mjs: b: no reason given',
    '- skipped sample.test.mjs: c: later',
    '- skipped sample.test.mjs: d: not here',
  ]);
  assert.deepEqual(summary([result]), { passed: 0, failed: 0, skipped: 4 });
});

test('tests that are skipped for one reason are counted', async (t) => {
  const result = await resultOf(
    await temporaryDirectory(t),
    `for (const name of ['a', 'b', 'c']) test(name, (t) => t.skip('no Go'));`,
  );
  assert.equal(
    skips([result, { ...result, file: 'other.test.mjs' }]),
    '- skipped 6 tests of sample.test.mjs, other.test.mjs: no Go',
  );
});

for (const [what, source, error] of [
  ['without a test', 'console.log("nothing here");', /no test in this file/],
  ['that throws while it loads', 'test("a", () => {}); throw new Error("at load");', /at load/],
  ['that does not parse', 'this is no JavaScript', /SyntaxError/],
  ['that dies half-way', 'test("a", () => {}); test("b", () => process.exit(3));', /test failed/],
  [
    'that rejects behind its tests',
    'test("a", () => {}); setTimeout(() => Promise.reject(new Error("late")));',
    /late/,
  ],
] as const) {
  test(`a file ${what} has failed, and its line says so`, async (t) => {
    const result = await resultOf(await temporaryDirectory(t), source);
    assert.ok(result.failed.length > 0);
    assert.match(`${failures([result])}`, error);
    assert.match(fileLine(result), /^✗ sample\.test\.mjs {2}.*1 failed/);
  });
}
