import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { startWatchdog } from '../../processes/watchdog.ts';
import { eventually, temporaryDirectory } from '../../testing.ts';
import { startContainerProcess } from './containerProcess.ts';
import { memoryGuard } from './memoryGuard.ts';

async function start(t: TestContext, argv: string[], more: { memoryLimit?: number } = {}) {
  const directory = await temporaryDirectory(t);
  const watchdog = startWatchdog(undefined, 'SIGKILL');
  t.after(() => watchdog.release());
  const logFile = join(directory, 'log');
  const environment = { PATH: process.env.PATH ?? '' };
  const options = { argv, environment, directory, logFile, ...more };
  const started = await startContainerProcess(options, watchdog, memoryGuard(20));
  t.after(() => started.kill());
  return { started, log: () => readFile(logFile, 'utf8') };
}

test('tells exit codes and signals as a container runtime does', async (t) => {
  const codes = { 'exit 0': [0, 'Completed'], 'exit 3': [3, 'Error'], 'kill -TERM $$': [143, 'Error'] };
  for (const [script, expected] of Object.entries(codes)) {
    const { started } = await start(t, ['sh', '-c', script]);
    const { exitCode, reason } = await started.ended;
    assert.deepEqual([exitCode, reason], expected);
  }
});

test('both streams go to the log, and nothing but the given environment is there', async (t) => {
  const { started, log } = await start(t, ['sh', '-c', 'echo out; echo err >&2; env | sort']);
  await started.ended;
  const [out, err, ...variables] = (await log()).trim().split('\n');
  assert.deepEqual([out, err], ['out', 'err']);
  assert.deepEqual(
    variables.map((line) => line.split('=')[0]).filter((name) => name !== '_'),
    ['PATH', 'PWD'],
  );
});

test('with its first process a container ends, children and all', async (t) => {
  const { started, log } = await start(t, ['sh', '-c', 'sleep 1000 & echo $!; exit 1']);
  assert.equal((await started.ended).exitCode, 1);
  const child = Number(await log());
  await eventually(async () => assert.equal(await isRunning(child), false));
});

test('stop gives time, once; a shorter time wins', async (t) => {
  const trap = 'trap "echo term" TERM; echo up; while :; do sleep 0.05; done';
  const { started, log } = await start(t, ['sh', '-c', trap]);
  await eventually(async () => assert.match(await log(), /up/));
  started.stop(60_000);
  await eventually(async () => assert.match(await log(), /term/));
  started.stop(90_000);
  started.stop(10);
  assert.equal((await started.ended).exitCode, 137);
  assert.equal(await log(), 'up\nterm\n');
});

test('too much memory, of the process or of its children, is OOMKilled', async (t) => {
  const code = 'global.held = Buffer.alloc(200 * 2 ** 20, 1); setInterval(() => {}, 1000)';
  const shell = `"${process.execPath}" -e '${code}' & wait`;
  const { started } = await start(t, ['sh', '-c', shell], { memoryLimit: 150 * 2 ** 20 });
  const { exitCode, reason } = await started.ended;
  assert.deepEqual([exitCode, reason], [137, 'OOMKilled']);
});

test('a program that is not there cannot be started', async (t) => {
  await assert.rejects(start(t, ['/no/such/program']), { code: 'ENOENT' });
});

test('containers do not outlive a node that is killed', async (t) => {
  const directory = await temporaryDirectory(t);
  const module = (name: string) => JSON.stringify(new URL(name, import.meta.url).href);
  const code = `
    const { startWatchdog } = await import(${module('../../processes/watchdog.ts')});
    const { startContainerProcess } = await import(${module('./containerProcess.ts')});
    const options = { argv: ['sleep', '1000'], environment: process.env, directory: '.', logFile: 'log' };
    const { pid } = await startContainerProcess(options, startWatchdog(undefined, 'SIGKILL'), undefined);
    console.log(pid);
    setInterval(() => {}, 1000);`;
  const node = spawn(process.execPath, ['--input-type=module', '-e', code], {
    cwd: directory,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  t.after(() => node.kill('SIGKILL'));
  const [text] = (await node.stdout.take(1).toArray()) as Buffer[];
  const pid = Number(text);
  assert.equal(await isRunning(pid), true);
  node.kill('SIGKILL');
  await eventually(async () => assert.equal(await isRunning(pid), false));
});

async function isRunning(pid: number): Promise<boolean> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
  return stat !== '' && !stat.includes(') Z ');
}
