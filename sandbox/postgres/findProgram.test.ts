import assert from 'node:assert/strict';
import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { test } from 'node:test';
import { temporaryDirectory } from '../testing.ts';
import { findOnPath, findProgram } from './findProgram.ts';

test('of several programs on PATH the newest that runs is found, numbers compared as numbers', async (t) => {
  const root = await temporaryDirectory(t);
  const name = 'pg_dbbackup_probe';
  const versions = { a: '9.6.24', b: '18beta1', c: '17.10', broken: undefined };
  for (const [directory, version] of Object.entries(versions)) {
    const file = join(root, directory, name);
    await mkdir(join(root, directory));
    await writeFile(file, `#!/bin/sh\n${version ? `echo "probe (PostgreSQL) ${version}"` : 'exit 1'}\n`);
    await chmod(file, 0o755);
  }
  const before = process.env.PATH ?? '';
  process.env.PATH = [...Object.keys(versions).map((directory) => join(root, directory)), before].join(
    delimiter,
  );
  t.after(() => {
    process.env.PATH = before;
  });
  assert.deepEqual(findProgram(name), { path: join(root, 'b', name), version: '18beta1', major: 18 });
  assert.equal(findOnPath(name), join(root, 'a', name));
});

test('a program that is nowhere is undefined', () => {
  assert.equal(findProgram('pg_dbbackup_nowhere'), undefined);
  assert.equal(findOnPath('pg_dbbackup_nowhere'), undefined);
});
