import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { kubernetesBinaries } from './kubernetes/binaries.ts';
import { orSkip } from './kubernetes/unavailable.ts';
import { eventually, temporaryDirectory } from './testing.ts';

const main = fileURLToPath(import.meta.resolve('./main.ts'));

test('with --kubernetes its backup and its sync become Ready in its cluster, and SIGTERM leaves nothing of it', async (t) => {
  if (!(await orSkip(t, kubernetesBinaries()))) return;
  const folder = await temporaryDirectory(t);
  const temporary = await temporaryDirectory(t);
  await chmod(temporary, 0o755); // PostgreSQL runs as another user
  const yamlFile = join(folder, 'backup.yaml');
  const child = spawn(process.execPath, [main, '--kubernetes', '--json', '--file', yamlFile], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, TMPDIR: temporary },
  });
  t.after(() => child.kill('SIGTERM'));
  const exit = once(child, 'exit');
  const reader = createInterface(child.stdout);
  const [line] = await Promise.race([once(reader, 'line'), exit]);
  const { kubernetes, operator } = JSON.parse(String(line));

  const kubectl = async (...args: string[]) => {
    const env = { ...process.env, KUBECONFIG: kubernetes.kubeconfig, KUBECACHEDIR: join(folder, 'cache') };
    return (await promisify(execFile)(kubernetes.kubectl, args, { env })).stdout;
  };
  await kubectl('apply', '-f', yamlFile, '-f', join(folder, 'sync.yaml'));
  for (const kind of ['databasebackups', 'sheetsyncs']) {
    await eventually(async () => {
      assert.match(await kubectl('get', kind, '--no-headers'), /^shop +True /);
    });
  }
  await eventually(async () => {
    assert.match(await (await fetch(`${operator.metricsURL}/metrics`)).text(), /^dbbackup_ready\{.*\} 1$/m);
  });

  child.kill('SIGTERM');
  assert.deepEqual(await exit, [0, null]);
  for (const url of [
    `${operator.metricsURL}/metrics`,
    `${operator.healthURL}/healthz`,
    kubernetes.serverURL,
  ]) {
    await assert.rejects(fetch(url), ({ cause }) => cause.code === 'ECONNREFUSED');
  }
  assert.deepEqual(await readdir(temporary), []);
  // The log stays for who wants to know; bin is a link to kubectl.
  assert.deepEqual((await readdir(folder)).sort(), ['bin', 'cache', 'operator.log']);
});
