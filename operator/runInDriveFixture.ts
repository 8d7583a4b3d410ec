import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { BackupRunStatus } from '../crds/backupStatus.ts';
import { type Manifest, manifest } from '../crds/manifest.ts';
import type { FakeGoogle } from '../sandbox/google/fakeGoogle.ts';

/** The files that a record tells of are those in Drive, each with its size, hash, link and owner; gives the set's manifest. */
export async function assertRunInDrive(
  google: FakeGoogle,
  owner: string,
  status: BackupRunStatus,
): Promise<Manifest> {
  const inDrive = google.files().filter(({ name, trashed }) => !trashed && name.startsWith(`${status.set}.`));
  const told = new Map(status.files?.map((file) => [file.name, file]));
  assert.deepEqual([...told.keys()].sort(), inDrive.map(({ name }) => name).sort());
  let bytes = 0;
  for (const { id, name, content, appProperties } of inDrive) {
    const stored = await readFile(content?.path ?? '');
    bytes += stored.length;
    const file = told.get(name);
    assert.equal(file?.bytes, stored.length, name);
    assert.equal(file.sha256, createHash('sha256').update(stored).digest('hex'), name);
    assert.match(file.link ?? '', new RegExp(id), name);
    assert.equal(appProperties.owner, owner);
  }
  assert.equal(status.bytes, bytes);
  const written = inDrive.find(({ name }) => name.endsWith('.manifest.json'));
  const parsed = manifest.parse(JSON.parse(await readFile(written?.content?.path ?? '', 'utf8')));
  assert.equal(status.rows, parsed.rows);
  assert.equal(status.snapshotTime, parsed.snapshotTime);
  return parsed;
}
