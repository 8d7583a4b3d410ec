import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { createWriteStream } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { promisify } from 'node:util';
import { requireProgram, temporaryDirectory } from '../../sandbox/testing.ts';
import { ChunkPool, chunkBytes } from './chunkPool.ts';
import { ChunkWriter } from './chunkWriter.ts';
import type { ByteSink } from './exporter.ts';
import { OrderedOutput } from './orderedOutput.ts';
import { CollectingSink, unzipped } from './rowTesting.ts';
import { ZipWriter } from './zip.ts';

const time = new Date('2024-05-06T07:08:10Z');

async function zip(
  entries: [name: string, content: Buffer][],
  sink: ByteSink,
  zip64From?: number,
): Promise<void> {
  const output = new OrderedOutput(sink);
  const pool = new ChunkPool();
  const archive = new ZipWriter(output, pool, time, zip64From);
  const writer = new ChunkWriter(pool, { block: () => {} });
  for (const [name, content] of entries) {
    const entry = archive.entry(name);
    writer.retarget(entry);
    writer.write(content);
    writer.flush();
    entry.end();
    if (output.outstanding > 8) await output.drained();
  }
  archive.end();
  await output.finish();
}

async function archive(entries: [name: string, content: Buffer][], zip64From?: number): Promise<Buffer> {
  const sink = new CollectingSink();
  await zip(entries, sink, zip64From);
  return sink.bytes;
}

/** What Python's zipfile reads: name, size, checksum and time of each entry, after it tested them all. */
const pythonListing = `
import json, sys, zipfile
archive = zipfile.ZipFile(sys.argv[1])
assert archive.testzip() is None
print(json.dumps([[entry.filename, entry.file_size, entry.extract_version, list(entry.date_time)] for entry in archive.infolist()]))`;

async function pythonReads(t: TestContext, path: string): Promise<unknown[][] | undefined> {
  const python = requireProgram(t, 'python3', 'apt-get install python3');
  if (python === undefined) return undefined;
  const { stdout } = await promisify(execFile)(python, ['-c', pythonListing, path]);
  return JSON.parse(stdout);
}

const long = Buffer.alloc(2 * chunkBytes + 12_345, 'some text, ');
const samples: [string, Buffer][] = [
  ['empty.csv', Buffer.alloc(0)],
  ['short.csv', Buffer.from('a,b\n1,2\n')],
  ['über/日本 😀.csv', Buffer.from('x')],
  ['stored.csv', long.subarray(0, 4095)],
  ['deflated.csv', long.subarray(0, 4096)],
  ['one chunk.csv', long.subarray(0, chunkBytes)],
  ['long.csv', long],
];

test('entries of any length come back, with UTF-8 names', async () => {
  assert.deepEqual([...unzipped(await archive(samples))], samples);
});

test('Python and unzip read the archive, and its entries have the given time', async (t) => {
  const path = join(await temporaryDirectory(t), 'archive.zip');
  await writeFile(path, await archive(samples));
  const entries = await pythonReads(t, path);
  if (entries === undefined) return;
  assert.deepEqual(
    entries,
    samples.map(([name, content]) => [name, content.length, 20, [2024, 5, 6, 7, 8, 10]]),
  );
  const unzip = requireProgram(t, 'unzip', 'apt-get install unzip');
  if (unzip === undefined) return;
  const { stdout } = await promisify(execFile)(unzip, ['-t', path]);
  assert.match(stdout, /No errors detected/);
});

test('the same content gives the same bytes', async () => {
  assert.deepEqual(await archive(samples), await archive(samples));
});

test('an archive without entries is valid', async (t) => {
  const path = join(await temporaryDirectory(t), 'empty.zip');
  await writeFile(path, await archive([]));
  const entries = await pythonReads(t, path);
  if (entries !== undefined) assert.deepEqual(entries, []);
});

test('all zip64 records are read by Python, with the border moved down to 1000 bytes', async (t) => {
  const path = join(await temporaryDirectory(t), 'archive.zip');
  await writeFile(path, await archive(samples, 1000));
  const entries = await pythonReads(t, path);
  if (entries === undefined) return;
  assert.deepEqual(
    entries.map(([name, size, version]) => [name, size, version]),
    [
      ['empty.csv', 0, 20],
      ['short.csv', 8, 20],
      ['über/日本 😀.csv', 1, 20],
      ['stored.csv', 4095, 45],
      ['deflated.csv', 4096, 45],
      ['one chunk.csv', chunkBytes, 45],
      ['long.csv', long.length, 45],
    ],
  );
});

test('more than 65,535 entries are all found', async (t) => {
  const path = join(await temporaryDirectory(t), 'many.zip');
  const names = Array.from({ length: 65_600 }, (_, index) => `${index}.csv`);
  await writeFile(path, await archive(names.map((name) => [name, Buffer.from(name)])));
  const python = requireProgram(t, 'python3', 'apt-get install python3');
  if (python === undefined) return;
  const script =
    'import sys, zipfile; z = zipfile.ZipFile(sys.argv[1]); print(len(z.namelist()), z.read("0.csv"), z.read("65599.csv"))';
  const { stdout } = await promisify(execFile)(python, ['-c', script, path]);
  assert.equal(stdout, "65600 b'0.csv' b'65599.csv'\n");
});

test('an entry of more than 4 GiB, and one behind it, come back from Python', async (t) => {
  const path = join(await temporaryDirectory(t), 'large.zip');
  const file = createWriteStream(path);
  const output = new OrderedOutput({
    write: (bytes) =>
      new Promise((resolve, reject) => file.write(bytes, (error) => (error ? reject(error) : resolve()))),
  });
  const pool = new ChunkPool();
  const large = new ZipWriter(output, pool, time);
  const entry = large.entry('large.csv');
  const chunks = 4097;
  for (let chunk = 0; chunk < chunks; chunk++) {
    entry.block(pool.take().fill(0), chunkBytes);
    if (output.outstanding > 8) await output.drained();
  }
  entry.end();
  const behind = large.entry('behind.csv');
  behind.block(pool.take().fill('x'), 10);
  behind.end();
  large.end();
  await output.finish();
  await new Promise((resolve) => file.end(resolve));
  const entries = await pythonReads(t, path);
  if (entries === undefined) return;
  assert.deepEqual(
    entries.map(([name, size, version]) => [name, size, version]),
    [
      ['large.csv', chunks * chunkBytes, 45],
      ['behind.csv', 10, 20],
    ],
  );
});
