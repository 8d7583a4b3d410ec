import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BackupError, type FailureReason } from '../../crds/failureReason.ts';
import type { Destination, Upload } from './destination.ts';
import { newFile } from './fileBuilder.ts';
import { storeFile } from './storeFile.ts';

const signal = new AbortController().signal;

/** A destination whose uploads end as told, one after the other, and what happened to them. */
function failingDestination(ends: readonly (FailureReason | 'good')[]) {
  const log: string[] = [];
  let started = 0;
  const create = async (): Promise<Upload> => {
    const end = ends[started] ?? 'good';
    started += 1;
    return {
      async write() {
        log.push('write');
      },
      async finish() {
        log.push('finish');
        if (end !== 'good') throw new BackupError(end as FailureReason, 'As told.');
        return { id: '1', name: 'a', bytes: 3, sha256: undefined, createdAt: new Date() };
      },
      async abort() {
        log.push('abort');
      },
    };
  };
  return { log, destination: { create } as unknown as Destination };
}

const source = {
  bytes: 3,
  async *open() {
    yield Buffer.from('abc');
  },
};

test('a lost session and a wrong checksum are worth another upload', async () => {
  const { log, destination } = failingDestination(['UploadFailed', 'ChecksumMismatch', 'good']);
  assert.equal((await storeFile(destination, source, newFile('a'), signal)).id, '1');
  assert.deepEqual(log, ['write', 'finish', 'write', 'finish', 'write', 'finish']);
});

test('the third failure is the last', async () => {
  const { log, destination } = failingDestination(['UploadFailed', 'UploadFailed', 'UploadFailed']);
  await assert.rejects(storeFile(destination, source, newFile('a'), signal), { reason: 'UploadFailed' });
  assert.equal(log.filter((line) => line === 'finish').length, 3);
});

test('what would fail again is not tried again', async () => {
  for (const reason of ['QuotaExceeded', 'DestinationFull', 'TokenExpired', 'FolderNotFound'] as const) {
    const { log, destination } = failingDestination([reason]);
    await assert.rejects(storeFile(destination, source, newFile('a'), signal), { reason });
    assert.deepEqual(log, ['write', 'finish']);
  }
});

test('a source that fails cancels the upload', async () => {
  const { log, destination } = failingDestination(['good']);
  const bad = new Error('the disk');
  const broken = {
    bytes: 3,
    async *open() {
      yield Buffer.from('a');
      throw bad;
    },
  };
  await assert.rejects(storeFile(destination, broken, newFile('a'), signal), (error) => error === bad);
  assert.deepEqual(log, ['write', 'abort']);
});
