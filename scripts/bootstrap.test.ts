import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdir, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { type TestContext, test } from 'node:test';
import { eventually, temporaryDirectory } from '../sandbox/testing.ts';

const root = dirname(import.meta.dirname);

/** A project of one file beside our bootstrap, its packages either installed (a link to ours) or not. */
async function project(t: TestContext, source: string, isInstalled = true): Promise<string> {
  const directory = await temporaryDirectory(t);
  await mkdir(join(directory, 'scripts'));
  await cp(join(root, 'scripts', 'bootstrap.mjs'), join(directory, 'scripts', 'bootstrap.mjs'));
  await writeFile(join(directory, 'sample.ts'), source);
  const lock = { name: 'sample', version: '1.0.0', lockfileVersion: 3, packages: { '': { name: 'sample' } } };
  await writeFile(join(directory, 'package-lock.json'), JSON.stringify(lock));
  if (isInstalled) {
    await mkdir(join(directory, 'node_modules', 'node'), { recursive: true });
    await symlink(dirname(process.execPath), join(directory, 'node_modules', 'node', 'bin'));
    await writeFile(join(directory, 'node_modules', '.package-lock.json'), JSON.stringify({ packages: {} }));
  }
  return directory;
}

function start(directory: string, args: string[], env: NodeJS.ProcessEnv = {}) {
  const child = spawn(process.execPath, [join(directory, 'scripts', 'bootstrap.mjs'), ...args], {
    env: { ...process.env, npm_lifecycle_event: undefined, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
  }
  return { child, closed: once(child, 'close'), output: () => output };
}

test('it runs the TypeScript file with its arguments and passes the exit code on', async (t) => {
  const directory = await project(
    t,
    'console.log(process.argv.slice(2).join("|")); process.exitCode = 7 as number;',
  );
  const { closed, output } = start(directory, ['sample.ts', 'a b', '--c']);
  assert.deepEqual(await closed, [7, null]);
  assert.equal(output(), 'a b|--c\n');
});

for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) {
  test(`${signal} goes on to the program, which decides how it ends`, async (t) => {
    const source = `process.on('${signal}', () => process.exit(9)); setInterval(() => {}, 1000); console.log('up');`;
    const { child, closed } = start(await project(t, source), ['sample.ts']);
    await once(createInterface(child.stdout), 'line');
    child.kill(signal);
    assert.deepEqual(await closed, [9, null]);
  });
}

test('a program that dies of a signal gives 128 and its number', async (t) => {
  const { closed } = start(await project(t, 'process.kill(process.pid, "SIGKILL");'), ['sample.ts']);
  assert.deepEqual(await closed, [137, null]);
});

test('under npm, the program ends when npm has been killed', async (t) => {
  const directory = await project(t, 'setInterval(() => {}, 1000); console.log("up");');
  // The shell stands for npm, which is killed without telling what it has started.
  const command = `"${process.execPath}" "${join(directory, 'scripts', 'bootstrap.mjs')}" sample.ts; true`;
  const npm = spawn('/bin/sh', ['-c', command], {
    env: { ...process.env, npm_lifecycle_event: 'sandbox' },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const reader = createInterface(npm.stdout);
  await once(reader, 'line');
  let hasEnded = false;
  reader.once('close', () => {
    hasEnded = true;
  });
  npm.kill('SIGKILL');
  await eventually(() => assert.ok(hasEnded, 'the program still holds its stdout'));
});

test('where npm is missing and packages are too, a sentence says so, twice as well', async (t) => {
  const directory = await project(t, '', false);
  for (const _ of ['first', 'second']) {
    const { closed, output } = start(directory, ['sample.ts'], { PATH: join(directory, 'nowhere') });
    assert.deepEqual(await closed, [1, null]);
    assert.match(output(), /npm is not installed/);
    assert.doesNotMatch(output(), /Waiting/);
  }
});

test('what npm says when it fails is shown in full', async (t) => {
  const directory = await project(t, '', false);
  const npm = join(directory, 'npm');
  await writeFile(npm, '#!/bin/sh\necho "npm error the disk is full" >&2\nexit 28\n', { mode: 0o755 });
  const { closed, output } = start(directory, ['sample.ts'], { PATH: `${directory}:${process.env.PATH}` });
  assert.deepEqual(await closed, [1, null]);
  assert.match(output(), /Installing dependencies.*the disk is full.*exit code 28/s);
});
