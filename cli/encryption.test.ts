import assert from 'node:assert/strict';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { piped, requireAge, type TestKey, testKey } from '../runner/encryption/ageFixture.ts';
import { differences } from '../runner/restore/restoreFixture.ts';
import { temporaryDirectory, testDatabase, testPostgres } from '../sandbox/testing.ts';
import { smallShop, type TestBackup, testBackup } from './testBackup.ts';
import { dbbackup, withPgDump } from './testCommand.ts';
import { type TestRestore, testRestore } from './testRestore.ts';

interface Encrypted extends TestRestore {
  readonly key: TestKey;
}

async function encrypted(t: TestContext, formats: readonly string[], sql?: string): Promise<Encrypted> {
  const key = await testKey(t);
  const encryption = { recipients: [(await testKey(t)).recipient, key.recipient] };
  return { ...(await testRestore(t, { formats, encryption }, sql)), key };
}

for (const formats of [['sql'], ['csv'], ['json'], ['csv', 'json', 'sql']]) {
  test(`an encrypted set of ${formats.join(', ')} comes back with the identity of a recipient`, async (t) => {
    if (!withPgDump(t)) return;
    const { restore, key, contents, uri, target, google } = await encrypted(t, formats);
    for (const { name } of google.files()) assert.match(name, /(\.age|\.manifest\.json)$|^[^.]+$/);
    const { status, stdout, stderr } = await restore(['--identity', key.file]);
    assert.equal(status, 0, stderr);
    assert.match(stdout, /^✓ backup_\w+ restored into .* rows are those of the manifest/);
    // json has no NULL beside the value null, and no bounds of arrays.
    if (formats.includes('sql'))
      assert.deepEqual(differences(await contents(target), await contents(uri)), []);
    assert.ok(!`${stdout}${stderr}`.includes('AGE-SECRET-KEY'));
  });
}

test('the contents of an encrypted set are compared after a restore, and by a drill', async (t) => {
  if (!withPgDump(t)) return;
  const { restore, key, command } = await encrypted(t, ['csv', 'sql'], smallShop);
  const { status, stdout, stderr } = await restore(['--identity', key.file, '--verify-rows']);
  assert.equal(status, 0, stderr);
  assert.match(stdout, /; the contents of 3 tables are, too$/m);
  const { uri } = await testPostgres(t);
  const drill = (args: string[]) => command(['drill', '--to', uri, '-o', 'json', ...args]);
  const closed = await drill([]);
  assert.deepEqual([closed.status, JSON.parse(closed.stdout).reason], [2, 'IdentityMissing']);
  const opened = await drill(['--identity', key.file]);
  const report = JSON.parse(opened.stdout);
  assert.deepEqual([opened.status, report.rows, report.comparedTables], [0, 290, 3], opened.stdout);
});

test('single tables come back from an encrypted set, by their names', async (t) => {
  if (!withPgDump(t)) return;
  const { restore, key, contents, target, uri } = await encrypted(t, ['csv'], smallShop);
  const whole = await restore(['--identity', key.file]);
  assert.equal(whole.status, 0, whole.stderr);
  const again = await restore(['--identity', key.file, '--tables', 'customers', '--clean', '--yes']);
  assert.equal(again.status, 0, again.stderr);
  assert.deepEqual(differences(await contents(target), await contents(uri)), []);
  const unknown = await restore(['--identity', key.file, '--tables', 'nothing']);
  assert.match(unknown.stderr, /has no table nothing; it has Order Items, customers, notes/);
});

test('without an identity, or with another one, a restore says so and changes nothing', async (t) => {
  if (!withPgDump(t)) return;
  const { restore, key, contents, target } = await encrypted(t, ['sql'], smallShop);
  const before = await contents(target);
  const none = await restore();
  assert.equal(none.status, 2);
  assert.match(none.stderr, /\.tables\.json\.age is encrypted\.\n {2}IdentityMissing: .*--identity key\.txt/);
  const stranger = await testKey(t);
  const other = await restore(['--identity', stranger.file]);
  assert.equal(other.status, 2);
  assert.match(
    other.stderr,
    /is encrypted for other recipients than .*key\.txt is an identity of\.\n {2}IdentityMismatch: /,
  );
  const protectedFile = join(await temporaryDirectory(t), 'key.txt.age');
  await writeFile(protectedFile, '-----BEGIN AGE ENCRYPTED FILE-----\n');
  const locked = await restore(['--identity', protectedFile]);
  assert.match(locked.stderr, /is itself encrypted with a passphrase: decrypt it first/);
  const noFile = await restore(['--identity', '/nowhere']);
  assert.match(noFile.stderr, /\/nowhere cannot be read \(ENOENT\)/);
  assert.deepEqual(differences(await contents(target), before), []);
  // A line that is missing here is what a wrong order of the looks would make of a database.
  assert.equal((await restore(['--identity', key.file])).status, 0);
});

test('with nothing but folder, token and identity an encrypted set comes back', async (t) => {
  if (!withPgDump(t)) return;
  const { google, key, contents, uri } = await encrypted(t, ['sql'], smallShop);
  const token = join(await temporaryDirectory(t), 'token.json');
  await writeFile(token, JSON.stringify(google.credentials));
  const target = await testDatabase(t);
  const { status, stderr } = await dbbackup(
    [
      ...['restore', '--without-cluster', '--folder', google.folderID, '--token', token],
      ...['--set', 'latest', '--to', target, '--identity', key.file],
    ],
    { env: { DBBACKUP_GOOGLE_URL: google.url } },
  );
  assert.equal(status, 0, stderr);
  assert.deepEqual(differences(await contents(target), await contents(uri)), []);
});

async function encryptedBackup(t: TestContext, formats = ['csv', 'xlsx', 'json']) {
  const key = await testKey(t);
  const backup = await testBackup(t, { formats, encryption: { recipients: [key.recipient] } });
  return { backup, key, set: await backup.run() };
}

/** Changes a byte of a file, and the checksum in the manifest with it if `hidden`. */
async function flip(backup: TestBackup, name: string, at: number): Promise<void> {
  const path = join(backup.folder, name);
  const bytes = await readFile(path);
  const place = at < 0 ? bytes.length + at : at;
  bytes[place] = (bytes[place] ?? 0) ^ 1;
  await writeFile(path, bytes);
}

test('verify needs no identity; --deep does, and then counts the rows of every format', async (t) => {
  const { backup, key, set } = await encryptedBackup(t);
  const plain = await backup.command(['verify', '--set', set]);
  assert.equal(plain.status, 0, plain.stdout);
  assert.equal(plain.stdout.split('\n').filter((line) => line.startsWith('  ✓ ')).length, 5);
  const refused = await backup.command(['verify', '--set', set, '--deep']);
  assert.equal(refused.status, 2);
  assert.match(refused.stderr, /is encrypted, and --deep looks into it[\s\S]*IdentityMissing/);
  const deep = await backup.command(['verify', '--all', '--deep', '--identity', key.file]);
  assert.equal(deep.status, 0, deep.stdout);
  assert.equal(deep.stdout.match(/✓ .*\.age: .*, 290 rows$/gm)?.length, 3, deep.stdout);
  const stranger = await testKey(t);
  const other = await backup.command(['verify', '--set', set, '--identity', stranger.file]);
  assert.equal(other.status, 2, other.stdout);
  assert.equal(other.stdout.match(/✗ .*\.age: IdentityMismatch: /g)?.length, 4, other.stdout);
});

test('verify tells a flipped byte by its checksum, wherever in the encrypted file it is', async (t) => {
  const { backup, key, set } = await encryptedBackup(t);
  await flip(backup, `${set}.json.age`, 60);
  await flip(backup, `${set}.xlsx.age`, -3);
  for (const more of [[], ['--identity', key.file, '--deep']]) {
    const { status, stdout } = await backup.command(['verify', '--all', ...more]);
    assert.equal(status, 1);
    assert.equal(stdout.match(/✗ .*\.age: ChecksumMismatch: it has other bytes/g)?.length, 2, stdout);
    assert.match(stdout, /✓ .*\.csv\.zip\.age: /);
  }
  await flip(backup, `${set}.tables.json.age`, -3);
  const { status, stdout } = await backup.command(['verify', '--set', set, '--deep', '--identity', key.file]);
  assert.equal(status, 1);
  assert.match(stdout, /✗ .*\.tables\.json\.age: ChecksumMismatch/);
  assert.match(stdout, /✓ .*\.csv\.zip\.age: /);
});

test('download leaves files encrypted and says so, and with an identity they arrive in clear', async (t) => {
  const { backup, key, set } = await encryptedBackup(t);
  const closed = await temporaryDirectory(t);
  const plain = await backup.command(['download', '--set', set, '--to', closed]);
  assert.equal(plain.status, 0, plain.stderr);
  assert.match(
    plain.stdout,
    /They are encrypted: age --decrypt --identity key\.txt FILE\.age > FILE opens one/,
  );
  assert.equal((await readdir(closed)).filter((name) => name.endsWith('.age')).length, 4);
  const age = requireAge(t);
  const open = await temporaryDirectory(t);
  const clear = await backup.command(['download', '--set', set, '--to', open, '--identity', key.file]);
  assert.equal(clear.status, 0, clear.stderr);
  assert.doesNotMatch(clear.stdout, /encrypted/);
  assert.deepEqual(
    (await readdir(open)).sort(),
    ['csv.zip', 'json', 'manifest.json', 'tables.json', 'xlsx'].map((extension) => `${set}.${extension}`),
  );
  if (age === undefined) return;
  for (const extension of ['csv.zip', 'json', 'tables.json', 'xlsx']) {
    const sealed = await readFile(join(closed, `${set}.${extension}.age`));
    const opened = await piped(age, ['-d', '-i', key.file], sealed);
    assert.ok(opened.equals(await readFile(join(open, `${set}.${extension}`))), extension);
  }
});

test('of a damaged encrypted file nothing is kept in clear, also with --force', async (t) => {
  const { backup, key, set } = await encryptedBackup(t, ['json']);
  await flip(backup, `${set}.json.age`, -40);
  const to = await temporaryDirectory(t);
  const args = ['download', '--set', set, '--to', to, '--force', '--identity', key.file];
  const { status, stdout } = await backup.command(args);
  assert.equal(status, 1);
  assert.match(
    stdout,
    /✗ .*\.json\.age: ChecksumMismatch: .* cannot be decrypted: .*Without --identity it is fetched as it is/,
  );
  assert.deepEqual((await readdir(to)).sort(), [`${set}.manifest.json`, `${set}.tables.json`]);
});

test('list and adopt need no identity', async (t) => {
  const { backup, key, set } = await encryptedBackup(t, ['csv']);
  const { sets } = JSON.parse((await backup.command(['list', '-o', 'json'])).stdout);
  assert.deepEqual(sets[0].recipients, [key.recipient]);
  const { status, stdout } = await backup.command(['list']);
  assert.equal(status, 0);
  assert.match(stdout, new RegExp(`${set} +3 +290 .*✓ kept`));
  await backup.write({}, { name: 'other' });
  // Of a run of just now nobody takes a set over, but that is all that stands in the way.
  const adopted = await backup.command(['adopt', '--yes']);
  assert.match(adopted.stdout, new RegExp(`${set} is left alone: in use`));
});

test('the tables of another set are not taken for those of this one', async (t) => {
  const { backup, key, set } = await encryptedBackup(t, ['csv']);
  const other = await backup.run();
  const tables = await readFile(join(backup.folder, `${other}.tables.json.age`));
  await writeFile(join(backup.folder, `${set}.tables.json.age`), tables);
  const path = join(backup.folder, `${set}.manifest.json`);
  const [manifest, others] = await Promise.all(
    [set, other].map(async (name) =>
      JSON.parse(await readFile(join(backup.folder, `${name}.manifest.json`), 'utf8')),
    ),
  );
  const of = ({ files }: { files: { format: string; bytes: number; sha256: string }[] }) =>
    files.find(({ format }) => format === 'tables');
  const { bytes, sha256 } = of(others) ?? {};
  Object.assign(of(manifest) ?? {}, { bytes, sha256 });
  await writeFile(path, JSON.stringify(manifest));
  const args = ['verify', '--set', set, '--deep', '--identity', key.file];
  const { status, stdout } = await backup.command(args);
  assert.equal(status, 1, stdout);
  assert.match(stdout, /✗ .*\.tables\.json\.age belongs to another set than its manifest/);
});
