import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { runReport } from '../crds/runReport.ts';
import { temporaryDirectory, testDatabase } from '../sandbox/testing.ts';
import { commands } from './commands.ts';
import { dbbackup } from './testCommand.ts';

test('without a command, and with --help, it lists the commands', async () => {
  for (const args of [[], ['--help'], ['help']]) {
    const { status, stdout, stderr } = await dbbackup(args);
    assert.equal(status, 0);
    assert.equal(stderr, '');
    for (const { name, summary } of commands)
      assert.ok(stdout.includes(name) && stdout.includes(summary), name);
  }
});

for (const command of commands) {
  test(`dbbackup ${command.name} --help says what every option does`, async () => {
    const { status, stdout } = await dbbackup([...command.name.split(' '), '--help']);
    assert.equal(status, 0);
    for (const option of Object.keys(command.options)) {
      assert.match(stdout, new RegExp(`--${option}( …)? +\\S`), option);
    }
  });
}

const mistakes: [args: string[], expected: RegExp][] = [
  [['lst'], /^dbbackup: dbbackup has no command lst; did you mean list\?$/m],
  [['frobnicate'], /has no command frobnicate; it has run, check, /],
  [['auth', 'logn'], /has no command auth logn; did you mean auth login\?/],
  [['run', '--fil', 'x'], /Unknown option '--fil'; did you mean --file\?; see dbbackup run --help/],
  [['run', 'backup.yaml'], /dbbackup run takes options alone, not backup\.yaml/],
  [['run'], /Name the YAML of the backup: -f backup\.yaml/],
  [['run', '-f', '/nowhere/backup.yaml'], /\/nowhere\/backup\.yaml cannot be read \(ENOENT\)/],
  [['run', '-f', 'x', '-o', 'xml'], /-o xml is not known: write -o text or -o json/],
  [['auth', 'import'], /Name one file: dbbackup auth import token\.json/],
];
for (const [args, expected] of mistakes) {
  test(`dbbackup ${args.join(' ')} is refused with a sentence and exit status 2`, async () => {
    const { status, stdout, stderr } = await dbbackup(args);
    assert.equal(status, 2);
    assert.equal(stdout, '');
    assert.match(stderr, expected);
  });
}

const backup = (folder: string) => `apiVersion: dbbackup.dev/v1alpha1
kind: DatabaseBackup
metadata: {name: shop, namespace: shop}
spec:
  database: {secretRef: {name: db}}
  destination: {directory: {path: ${folder}}}
  formats: [csv]
`;

test('malformed YAML is named by file, line and column, a misspelt field with the nearest one', async (t) => {
  const file = join(await temporaryDirectory(t), 'backup.yaml');
  await writeFile(file, 'kind: DatabaseBackup\nspec: {a: [}\n');
  assert.match((await dbbackup(['run', '-f', file])).stderr, /backup\.yaml:2:\d+: /);
  await writeFile(file, `${backup('/backups')}  fromats: [csv]\n`);
  const { status, stderr } = await dbbackup(['run', '-f', file]);
  assert.equal(status, 2);
  assert.match(stderr, /backup\.yaml:8:12: spec\.fromats is not a field; did you mean formats\?/);
});

test('takes Secrets from documents, from more files, from --secrets and from standard input', async (t) => {
  const directory = await temporaryDirectory(t);
  const folder = join(directory, 'backups');
  await mkdir(folder);
  await mkdir(join(directory, 'secrets', 'db'), { recursive: true });
  const uri = await testDatabase(t, 'CREATE TABLE items AS SELECT 1 AS id');
  const one = join(directory, 'backup.yaml');
  const two = join(directory, 'secret.yaml');
  await writeFile(one, backup(folder));
  await writeFile(
    two,
    `apiVersion: v1\nkind: Secret\nmetadata: {name: db}\ndata: {uri: ${Buffer.from(uri).toString('base64')}}\n`,
  );
  await writeFile(join(directory, 'secrets', 'db', 'uri'), `${uri}\n`);

  const missing = await dbbackup(['run', '-f', one]);
  assert.equal(missing.status, 2);
  assert.match(missing.stdout, /SecretNotFound/);
  assert.match(missing.stdout, /Secret db does not exist/);
  for (const args of [
    ['-f', one, '-f', two],
    ['-f', one, '--secrets', join(directory, 'secrets')],
  ]) {
    const { status, stdout, stderr } = await dbbackup(['run', ...args, '-o', 'json']);
    assert.equal(status, 0, stdout + stderr);
    assert.equal(runReport.parse(JSON.parse(stdout)).rows, 1);
  }
  const other = join(directory, 'other.yaml');
  await writeFile(
    other,
    `apiVersion: v1\nkind: Secret\nmetadata: {name: db, namespace: elsewhere}\nstringData: {uri: x}\n`,
  );
  assert.match((await dbbackup(['run', '-f', one, '-f', other])).stdout, /Secret db does not exist/);
});

test('the program itself runs from another folder and passes its exit status on', async (t) => {
  const program = join(import.meta.dirname, 'dbbackup.mjs');
  const child = spawn(process.execPath, [program, 'lst'], {
    cwd: await temporaryDirectory(t),
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let words = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    words += text;
  });
  const [status] = await once(child, 'close');
  assert.equal(status, 2);
  assert.match(words, /did you mean list\?/);
});
