import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, symlink, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { promisify } from 'node:util';
import { BackupError, type FailureReason } from '../../crds/failureReason.ts';
import { temporaryDirectory } from '../../sandbox/testing.ts';
import { claimName } from './claimName.ts';
import { destinationContract } from './destinationContract.ts';
import { openDirectory } from './directory.ts';
import { directoryError } from './directoryError.ts';
import { newFile, someTags } from './fileBuilder.ts';

destinationContract('Directory', async (t) => {
  const path = await temporaryDirectory(t);
  return {
    destination: await openDirectory({ path }),
    manyBytes: 3 * 1024 * 1024 + 12_345,
    putForeign: (name, content) => writeFile(join(path, name), content),
    putSubfolder: async (name) => {
      await mkdir(join(path, name));
    },
    openMissing: () => openDirectory({ path: join(path, 'missing') }),
    openFile: async () => {
      await writeFile(join(path, 'file'), 'x');
      return openDirectory({ path: join(path, 'file') });
    },
  };
});

const signal = AbortSignal.timeout(120_000);

async function opened(t: TestContext) {
  const path = await temporaryDirectory(t);
  const directory = await openDirectory({ path });
  const store = async (name: string, content: string) => {
    const upload = await directory.create(newFile(name), signal);
    await upload.write(Buffer.from(content));
    return upload.finish();
  };
  return { path, directory, store };
}

function reason(expected: FailureReason, words = /./) {
  return (error: unknown) => {
    assert.ok(error instanceof BackupError, String(error));
    assert.equal(error.reason, expected, error.message);
    assert.match(error.message, words);
    return true;
  };
}

test('no file is ever overwritten, whoever made it', async (t) => {
  const { path, directory, store } = await opened(t);
  await store('a.csv', 'first');
  await assert.rejects(store('a.csv', 'second'), reason('NameTaken', /a\.csv/));
  await writeFile(join(path, 'b.csv'), 'by hand');
  await assert.rejects(store('b.csv', 'second'), reason('NameTaken'));
  // One that appears while ours is being written.
  const upload = await directory.create(newFile('c.csv'), signal);
  await writeFile(join(path, 'c.csv'), 'by hand');
  await assert.rejects(upload.finish(), reason('NameTaken'));
  const contents = await Promise.all(
    ['a.csv', 'b.csv', 'c.csv'].map((name) => readFile(join(path, name), 'utf8')),
  );
  assert.deepEqual(contents, ['first', 'by hand', 'by hand']);
  assert.deepEqual(await readdir(join(path, '.dbbackup')), ['a.csv.json']);
});

test('of two runs that write one name at the same time, one wins and the other is told', async (t) => {
  const { path, directory } = await opened(t);
  const other = await openDirectory({ path });
  const upload = await directory.create(newFile('a.csv'), signal);
  await assert.rejects(other.create(newFile('a.csv'), signal), reason('NameTaken'));
  await upload.write(Buffer.from('first'));
  assert.equal((await upload.finish()).bytes, 5);
});

test('without hard links a name is claimed just as safely', async (t) => {
  const { path } = await opened(t);
  const [from, to] = [join(path, 'from'), join(path, 'to')];
  const refuse = () => Promise.reject(Object.assign(new Error('no links here'), { code: 'EPERM' }));
  let claims = 0;
  const claim = () => claimName(from, to, () => (claims += 1), refuse);
  await writeFile(from, 'ours');
  await claim();
  assert.equal(await readFile(to, 'utf8'), 'ours');
  await writeFile(from, 'second');
  await assert.rejects(claim(), { code: 'EEXIST' });
  assert.deepEqual([await readFile(to, 'utf8'), await readFile(from, 'utf8'), claims], ['ours', 'second', 1]);
});

test('a name that could leave the folder, or hide, is refused everywhere', async (t) => {
  const { directory } = await opened(t);
  for (const name of [
    '',
    '.',
    '..',
    '../a',
    'a/b',
    '/etc/passwd',
    '.hidden',
    'a\\b',
    'a\0b',
    'x'.repeat(241),
  ]) {
    const calls = [
      directory.create(newFile(name), signal),
      directory.get(name, signal),
      directory.remove(name, 'Delete', signal),
      directory.tag(name, someTags, signal),
      Array.fromAsync(directory.read(name, signal)),
    ];
    for (const call of await Promise.allSettled(calls)) {
      assert.ok(call.status === 'rejected' && reason('InvalidSpec')(call.reason), JSON.stringify(name));
    }
  }
});

test('a file that changed after it was stored is listed with the checksum that it has now', async (t) => {
  const { path, directory, store } = await opened(t);
  const stored = await store('a.csv', 'right');
  await writeFile(join(path, 'a.csv'), 'wrong');
  await utimes(join(path, 'a.csv'), 1, 1);
  const [listed] = await directory.list(signal);
  assert.equal(listed?.sha256, createHash('sha256').update('wrong').digest('hex'));
  assert.deepEqual(listed, { ...stored, sha256: listed?.sha256 });
});

test('a file with another time but the same bytes keeps its checksum, and is not hashed at each listing', async (t) => {
  const { path, directory, store } = await opened(t);
  const stored = await store('a.csv', 'right');
  await utimes(join(path, 'a.csv'), 1, 1);
  assert.deepEqual(await directory.list(signal), [stored]);
  const sidecar = JSON.parse(await readFile(join(path, '.dbbackup/a.csv.json'), 'utf8'));
  assert.equal(sidecar.mtimeNs, '1000000000');
});

test('a damaged sidecar costs the tags and nothing else', async (t) => {
  const { path, directory, store } = await opened(t);
  for (const text of [
    '',
    '{',
    'null',
    '[]',
    '{"bytes":5}',
    '{"bytes":5,"sha256":"x","mtimeNs":"1","createdAt":"y"}',
  ]) {
    await store('a.csv', 'right');
    await writeFile(join(path, '.dbbackup/a.csv.json'), text);
    const [listed] = await directory.list(signal);
    assert.deepEqual(
      [listed?.name, listed?.bytes, listed?.tags, listed?.sha256],
      ['a.csv', 5, undefined, undefined],
    );
    await directory.remove('a.csv', 'Delete', signal);
  }
});

test('the bin keeps all copies of a name, with their sidecars, and is no part of the listing', async (t) => {
  const { path, directory, store } = await opened(t);
  for (const content of ['1', '2', '3']) {
    await store('a.csv', content);
    await directory.remove('a.csv', 'Trash', signal);
  }
  assert.deepEqual(await directory.list(signal), []);
  const bin = await openDirectory({ path: join(path, '.trash') });
  const binned = await bin.list(signal);
  assert.equal(binned.length, 3);
  assert.deepEqual(new Set(binned.map(({ sha256 }) => sha256)).size, 3);
  for (const file of binned) assert.deepEqual(file.tags, someTags);
});

test('removing for ever leaves no sidecar', async (t) => {
  const { path, directory, store } = await opened(t);
  await store('a.csv', 'x');
  await directory.remove('a.csv', 'Delete', signal);
  assert.deepEqual(await readdir(join(path, '.dbbackup')), []);
});

test('what a killed run left is removed an hour after its deadline, not before', async (t) => {
  const { path, directory, store } = await opened(t);
  const inside = join(path, '.dbbackup');
  const hour = 3_600_000;
  const leave = async (name: string, deadline: number | undefined, age = 0) => {
    await mkdir(inside, { recursive: true });
    await writeFile(join(inside, `${name}.part`), 'half');
    const tags =
      deadline === undefined ? {} : { ...someTags, deadline: new Date(Date.now() + deadline).toISOString() };
    await writeFile(join(inside, `${name}.part.json`), JSON.stringify({ tags }));
    const time = new Date(Date.now() - age);
    await utimes(join(inside, `${name}.part`), time, time);
  };
  await leave('over.csv', -1.1 * hour);
  await leave('just over.csv', -0.9 * hour, 30 * 24 * hour);
  await leave('running.csv', hour);
  await leave('unknown.csv', undefined, 6 * 24 * hour);
  await leave('unknown and old.csv', undefined, 8 * 24 * hour);
  assert.deepEqual(await directory.list(signal), []);
  await store('new.csv', 'x');
  const parts = (await readdir(inside)).filter((name) => name.endsWith('.part')).sort();
  assert.deepEqual(parts, ['just over.csv.part', 'running.csv.part', 'unknown.csv.part']);
});

test('a symbolic link is neither listed nor read', async (t) => {
  const { path, directory } = await opened(t);
  await symlink('/etc/hostname', join(path, 'link.csv'));
  assert.deepEqual(await directory.list(signal), []);
  assert.equal(await directory.get('link.csv', signal), undefined);
  await assert.rejects(Array.fromAsync(directory.read('link.csv', signal)), reason('UploadFailed', /ELOOP/));
});

test('a file system that takes no more ends the upload with DestinationFull and leaves nothing', async (t) => {
  const path = await temporaryDirectory(t);
  const script = `
    const { openDirectory } = await import(${JSON.stringify(import.meta.resolve('./directory.ts'))});
    const directory = await openDirectory({ path: process.argv[1] });
    const signal = AbortSignal.timeout(60_000);
    const tags = ${JSON.stringify(someTags)};
    const upload = await directory.create({ name: 'a.bin', contentType: 'x', tags }, signal);
    try {
      for (let i = 0; i < 20; i += 1) await upload.write(Buffer.alloc(1024 * 1024));
      await upload.finish();
      console.log('stored');
    } catch (error) {
      await upload.abort();
      console.log(error.reason);
    }`;
  // A limit of the process stands in for a full disk: writing fails in the same place.
  const command = 'ulimit -f 5000; exec "$0" --input-type=module -e "$1" "$2"';
  const { stdout } = await promisify(execFile)('bash', ['-c', command, process.execPath, script, path]);
  assert.equal(stdout.trim(), 'DestinationFull');
  assert.deepEqual(await readdir(path, { recursive: true }), ['.dbbackup']);
});

for (const [code, expected] of [
  ['ENOSPC', 'DestinationFull'],
  ['EDQUOT', 'DestinationFull'],
  ['EFBIG', 'DestinationFull'],
  ['ENOENT', 'FolderNotFound'],
  ['ENOTDIR', 'NotAFolder'],
  ['EACCES', 'FolderNotFound'],
  ['EPERM', 'FolderNotFound'],
  ['EROFS', 'FolderNotFound'],
  ['EEXIST', 'NameTaken'],
  ['ENAMETOOLONG', 'InvalidSpec'],
  ['EIO', 'UploadFailed'],
  ['ESTALE', 'UploadFailed'],
] as const) {
  test(`${code} is ${expected}, with the folder in the sentence`, () => {
    const cause = Object.assign(new Error('raw'), { code });
    assert.ok(reason(expected, /\/backups/)(directoryError(cause, '/backups', 'store a.csv')));
  });
}
