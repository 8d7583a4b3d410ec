import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { apiVersion } from '../../crds/databaseBackup.ts';
import { temporaryDirectory } from '../../sandbox/testing.ts';

const resource = {
  ...{ apiVersion, kind: 'DatabaseBackup', metadata: { name: 'shop' } },
  spec: { database: { host: 'db', name: 'shop' }, destination: { directory: { path: '/nowhere' } } },
};

/** Serves a pod whose work is this source of a function of `stop`; a failure is answered with its reason and 1, all else with 0. */
async function serve(t: TestContext, work: string, before = '') {
  const directory = await temporaryDirectory(t);
  const terminationLog = join(directory, 'termination-log');
  const script = join(directory, 'pod.mjs');
  await writeFile(
    script,
    `import { servePod } from ${JSON.stringify(join(import.meta.dirname, 'servePod.ts'))};
    const answer = (json, status) => ({ report: {}, json, message: json, status });
    const stop = new AbortController();
    const mode = {
      noun: 'the work',
      run: async (_, signal) => { await (${work})(signal); return answer('done', 0); },
      failed: ({ reason, message }) => answer(reason + ': ' + message, 1),
    };
    ${before}
    servePod(mode, stop.signal, { stop: 200, linger: 200 }).then((status) => { process.exitCode = status; });`,
  );
  const child = spawn(process.execPath, [script], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { DBBACKUP_RESOURCE: JSON.stringify(resource), DBBACKUP_TERMINATION_LOG: terminationLog },
  });
  t.after(() => child.kill('SIGKILL'));
  child.stdout.resume();
  const [status] = await once(child, 'close');
  return { status, answer: await readFile(terminationLog, 'utf8').catch(() => undefined) };
}

const forever = 'setInterval(() => {}, 1e6)';

test('an end that never comes is Internal, not a success', async (t) => {
  const { status, answer } = await serve(t, '() => new Promise(() => {})');
  assert.equal(status, 1);
  assert.match(answer ?? '', /^Internal: /);
});

test('a stop that does not end is Interrupted all the same', async (t) => {
  const { status, answer } = await serve(t, `() => new Promise(() => ${forever})`, "stop.abort('SIGTERM');");
  const sentence = 'The runner was stopped by SIGTERM before the work was complete.';
  assert.deepEqual([status, answer], [1, `Interrupted: ${sentence}`]);
});

test('what goes on or breaks after the answer neither keeps the pod nor changes its answer', async (t) => {
  for (const rest of [forever, "setTimeout(() => { throw new Error('late'); }, 1)"]) {
    assert.deepEqual(await serve(t, `async () => { ${rest}; }`), { status: 0, answer: 'done' });
  }
});

test('an answer without a place for it is the exit status', async (t) => {
  const nowhere = "process.env.DBBACKUP_TERMINATION_LOG = '/nowhere/termination-log';";
  assert.deepEqual(await serve(t, 'async () => {}', nowhere), { status: 0, answer: undefined });
});
