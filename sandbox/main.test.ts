import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { createTransport } from 'nodemailer';
import pg from 'pg';
import { temporaryDirectory } from './testing.ts';

const main = fileURLToPath(import.meta.resolve('./main.ts'));

test('the sandbox says in one line of JSON what to use, all of it answers, and SIGTERM cleans up', async (t) => {
  const folder = await temporaryDirectory(t);
  const yamlFile = join(folder, 'backup.yaml');
  const child = spawn(process.execPath, [main, '--json', '--file', yamlFile], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  t.after(() => child.kill('SIGKILL'));
  const exit = once(child, 'exit');
  const lines: string[] = [];
  const reader = createInterface(child.stdout);
  reader.on('line', (line) => lines.push(line));
  await Promise.race([once(reader, 'line'), exit]);
  const { postgres, google, smtp } = JSON.parse(lines[0] ?? 'null');

  const client = new pg.Client({ connectionString: postgres.uri });
  await client.connect();
  assert.ok((await client.query('SELECT count(*)::int AS n FROM orders')).rows[0].n > 10_000);
  await client.end();
  for (const page of [`drive/folders/${google.folderID}`, `spreadsheets/d/${google.spreadsheetID}/edit`]) {
    assert.equal((await fetch(`${google.url}/${page}`)).status, 200, page);
  }
  assert.equal(typeof google.credentials.refresh_token, 'string');
  const transport = createTransport({ host: smtp.host, port: smtp.port });
  await transport.sendMail({
    from: 'a@example.com',
    to: 'b@example.com',
    subject: 'from the test',
    text: '',
  });
  assert.match(await (await fetch(smtp.url)).text(), /from the test/);
  assert.match(await readFile(yamlFile, 'utf8'), /kind: DatabaseBackup/);
  assert.match(await readFile(join(folder, 'sync.yaml'), 'utf8'), /kind: SheetSync/);

  child.kill('SIGTERM');
  assert.deepEqual(await exit, [0, null]);
  assert.equal(lines.length, 1);
  assert.deepEqual(await readdir(folder), []);
  await assert.rejects(fetch(google.url));
  await assert.rejects(fetch(smtp.url));
});

test('an unknown argument is named', async () => {
  const child = spawn(process.execPath, [main, '--jsno'], { stdio: ['ignore', 'ignore', 'pipe'] });
  let error = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    error += text;
  });
  assert.deepEqual(await once(child, 'close'), [2, null]);
  assert.match(error, /--jsno/);
});
