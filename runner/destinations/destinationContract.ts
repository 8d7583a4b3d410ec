import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { type TestContext, test } from 'node:test';
import { BackupError, type FailureReason } from '../../crds/failureReason.ts';
import type { Destination, StoredFile } from './destination.ts';
import { newFile, someTags } from './fileBuilder.ts';
import { probeDestination } from './probeDestination.ts';
import { storeFile } from './storeFile.ts';

/** A destination under test, and what the suite needs around it. */
export interface ContractSubject {
  readonly destination: Destination;
  /** Bytes that make the implementation use more than one buffer. */
  readonly manyBytes: number;
  /** A file that some other program put into the folder. */
  putForeign(name: string, content: string): Promise<void>;
  putSubfolder(name: string): Promise<void>;
  /** A destination whose folder does not exist, and one whose folder is a file. */
  openMissing(): Promise<Destination>;
  openFile(): Promise<Destination>;
}

/** The promises of destination.ts, as tests that hold for every implementation. */
export function destinationContract(
  kind: string,
  subject: (t: TestContext) => Promise<ContractSubject>,
): void {
  const contract = (name: string, run: (subject: ContractSubject, signal: AbortSignal) => Promise<void>) =>
    test(`${kind}: ${name}`, async (t) => run(await subject(t), AbortSignal.timeout(120_000)));

  contract('inspect tells clock and room and leaves nothing', async ({ destination }, signal) => {
    const state = await destination.inspect(signal);
    assert.ok(Math.abs(state.now.getTime() - Date.now()) < 60_000);
    assert.ok(state.freeBytes === undefined || state.freeBytes > 0);
    assert.match(state.usage, /used/);
    assert.deepEqual(await destination.list(signal), []);
  });

  contract('a probe leaves nothing', async ({ destination }, signal) => {
    await destination.probe(signal);
    assert.deepEqual(await destination.list(signal), []);
  });

  contract('a probe that is stopped half-way leaves nothing', async ({ destination }, signal) => {
    const stop = new AbortController();
    const stopping: Pick<Destination, 'create' | 'read' | 'remove'> = {
      create: (file, during) => destination.create(file, during),
      remove: (id, mode, during) => destination.remove(id, mode, during),
      read(id, during) {
        stop.abort(new BackupError('Interrupted', 'stopped'));
        return destination.read(id, during);
      },
    };
    const probing = probeDestination(stopping, 'stopped', new Date(), stop.signal);
    await assert.rejects(probing, { reason: 'Interrupted' });
    assert.deepEqual(await destination.list(signal), []);
  });

  contract('files of every size come back to the byte', async ({ destination, manyBytes }, signal) => {
    const unit = 262_144;
    for (const size of [0, 1, unit - 1, unit, unit + 1, 4 * unit, 4 * unit + 1, 8 * unit, manyBytes]) {
      const content = randomBytes(size);
      const stored = await write(destination, `size ${size}.bin`, content, signal);
      assert.equal(stored.bytes, size);
      assert.equal(stored.sha256, sha256(content));
      assert.ok(content.equals(await readAll(destination, stored.id, signal)), `size ${size}`);
    }
  });

  contract(
    'a stored file is listed with name, size, checksum, time and tags',
    async ({ destination }, signal) => {
      const before = Date.now();
      const content = Buffer.from('id,name\n1,Ann\n');
      const stored = await write(destination, 'backup_20260210_020000.csv', content, signal);
      assert.deepEqual(
        { name: stored.name, bytes: stored.bytes, sha256: stored.sha256, tags: stored.tags },
        {
          name: 'backup_20260210_020000.csv',
          bytes: content.length,
          sha256: sha256(content),
          tags: someTags,
        },
      );
      assert.ok(Math.abs(stored.createdAt.getTime() - before) < 60_000);
      assert.deepEqual(await destination.list(signal), [stored]);
      assert.deepEqual(await destination.get(stored.id, signal), stored);
    },
  );

  contract('names keep their quotes, spaces and letters', async ({ destination }, signal) => {
    const names = ["Ann's copy.csv", 'a "b" c.csv', 'Сервер ☃ 😀.json', 'percent%20.sql', 'a&b=c#d?.csv'];
    for (const name of names) await write(destination, name, Buffer.from(name), signal);
    const listed = await destination.list(signal);
    assert.deepEqual(listed.map(({ name }) => name).sort(), [...names].sort());
    for (const file of listed) {
      assert.equal((await readAll(destination, file.id, signal)).toString(), file.name);
    }
  });

  contract('the caller may reuse its buffer after each write', async ({ destination, manyBytes }, signal) => {
    const upload = await destination.create(newFile('reused.bin'), signal);
    const hash = createHash('sha256');
    const buffer = Buffer.alloc(100_003);
    let written = 0;
    for (let value = 1; written < manyBytes; value += 1) {
      buffer.fill(value % 256);
      hash.update(buffer);
      await upload.write(buffer);
      buffer.fill(0);
      written += buffer.length;
    }
    const stored = await upload.finish();
    assert.equal(stored.bytes, written);
    assert.equal(stored.sha256, hash.digest('hex'));
  });

  contract('a file counts only once it is finished', async ({ destination, manyBytes }, signal) => {
    const upload = await destination.create(newFile('later.bin'), signal);
    await upload.write(randomBytes(manyBytes));
    assert.deepEqual(await destination.list(signal), []);
    const stored = await upload.finish();
    assert.equal((await destination.list(signal)).length, 1);
    await upload.abort();
    assert.deepEqual(await destination.get(stored.id, signal), stored);
  });

  contract(
    'a cancelled file leaves nothing, and its name is free',
    async ({ destination, manyBytes }, signal) => {
      const upload = await destination.create(newFile('cancelled.bin'), signal);
      await upload.write(randomBytes(manyBytes));
      await upload.abort();
      await upload.abort();
      assert.deepEqual(await destination.list(signal), []);
      await write(destination, 'cancelled.bin', Buffer.from('second'), signal);
      assert.equal((await destination.list(signal)).length, 1);
    },
  );

  contract('an aborted run can still clean up', async ({ destination, manyBytes }, signal) => {
    const run = new AbortController();
    const upload = await destination.create(newFile('aborted.bin'), run.signal);
    await upload.write(randomBytes(manyBytes));
    const reason = new BackupError('Interrupted', 'Told to stop.');
    run.abort(reason);
    await assert.rejects(upload.write(randomBytes(manyBytes)), (error) => error === reason);
    await upload.abort();
    assert.deepEqual(await destination.list(signal), []);
  });

  contract('an aborted run does not finish a file', async ({ destination }, signal) => {
    const run = new AbortController();
    const upload = await destination.create(newFile('unfinished.bin'), run.signal);
    await upload.write(Buffer.from('some'));
    const reason = new BackupError('DeadlineExceeded', 'Too late.');
    run.abort(reason);
    await assert.rejects(upload.finish(), (error) => error === reason);
    assert.deepEqual(await destination.list(signal), []);
  });

  contract(
    'a file of another size than announced is refused and removed',
    async ({ destination }, signal) => {
      for (const bytes of [3, 5]) {
        const upload = await destination.create(newFile('announced.bin', { bytes }), signal);
        await upload.write(Buffer.from('four'));
        await rejects('UploadFailed', upload.finish());
      }
      assert.deepEqual(await destination.list(signal), []);
      const upload = await destination.create(newFile('announced.bin', { bytes: 4 }), signal);
      await upload.write(Buffer.from('four'));
      assert.equal((await upload.finish()).bytes, 4);
    },
  );

  contract('several files are written at the same time', async ({ destination, manyBytes }, signal) => {
    const contents = Array.from({ length: 4 }, () => randomBytes(manyBytes));
    const stored = await Promise.all(
      contents.map((content, i) => write(destination, `parallel ${i}.bin`, content, signal)),
    );
    assert.deepEqual(
      stored.map((file) => file.sha256),
      contents.map(sha256),
    );
    assert.equal((await destination.list(signal)).length, 4);
  });

  contract('a staged file is stored whole', async ({ destination, manyBytes }, signal) => {
    const content = randomBytes(manyBytes);
    const source = {
      bytes: content.length,
      async *open() {
        for (let at = 0; at < content.length; at += 65_537) yield content.subarray(at, at + 65_537);
      },
    };
    const stored = await storeFile(destination, source, newFile('staged.bin'), signal);
    assert.equal(stored.sha256, sha256(content));
  });

  contract(
    'removed files are gone, whatever the mode, and twice is no error',
    async ({ destination }, signal) => {
      for (const mode of ['Trash', 'Delete'] as const) {
        const stored = await write(destination, 'old.csv', Buffer.from('old'), signal);
        const kept = await write(destination, `kept after ${mode}.csv`, Buffer.from('kept'), signal);
        await destination.remove(stored.id, mode, signal);
        await destination.remove(stored.id, mode, signal);
        assert.equal(await destination.get(stored.id, signal), undefined);
        assert.deepEqual(await destination.list(signal), [kept]);
        await destination.remove(kept.id, mode, signal);
      }
    },
  );

  contract(
    'unknown IDs: get gives undefined, remove is content, read says so',
    async ({ destination }, signal) => {
      assert.equal(await destination.get('nothing-here', signal), undefined);
      await destination.remove('nothing-here', 'Trash', signal);
      await destination.remove('nothing-here', 'Delete', signal);
      await rejects('FolderNotFound', readAll(destination, 'nothing-here', signal));
      await rejects('FolderNotFound', destination.tag('nothing-here', someTags, signal));
    },
  );

  contract('tags can be written anew', async ({ destination }, signal) => {
    const stored = await write(destination, 'adopted.csv', Buffer.from('x'), signal);
    const tags = { ...someTags, owner: 'another' };
    await destination.tag(stored.id, tags, signal);
    assert.deepEqual(await destination.list(signal), [{ ...stored, tags }]);
  });

  contract('files of others are listed without tags, folders not at all', async (given, signal) => {
    const { destination } = given;
    await given.putForeign('holiday.jpg', 'not ours');
    await given.putSubfolder('old things');
    const [file, ...others] = await destination.list(signal);
    assert.deepEqual(others, []);
    assert.equal(file?.name, 'holiday.jpg');
    assert.equal(file?.bytes, 8);
    assert.equal(file?.tags, undefined);
    await destination.tag(file?.id ?? '', someTags, signal);
    const adopted = await destination.get(file?.id ?? '', signal);
    assert.deepEqual(adopted?.tags, someTags);
    assert.equal(adopted?.sha256, sha256(Buffer.from('not ours')));
  });

  contract('a folder that is missing is named so', async ({ openMissing }, signal) => {
    const missing = await openMissing();
    await rejects('FolderNotFound', missing.inspect(signal));
    await rejects('FolderNotFound', missing.list(signal));
    await rejects('FolderNotFound', missing.probe(signal));
    await rejects('FolderNotFound', missing.create(newFile('a.csv'), signal));
  });

  contract('a file is no folder', async ({ openFile }, signal) => {
    await rejects('NotAFolder', (await openFile()).inspect(signal));
  });

  contract('an aborted signal ends every call with its reason', async ({ destination }, signal) => {
    const { id } = await write(destination, 'a.csv', Buffer.from('a'), signal);
    const reason = new BackupError('Interrupted', 'Told to stop.');
    const over = AbortSignal.abort(reason);
    const calls = [
      destination.inspect(over),
      destination.probe(over),
      destination.create(newFile('b.csv'), over),
      destination.list(over),
      destination.get(id, over),
      readAll(destination, id, over),
      destination.remove(id, 'Delete', over),
      destination.tag(id, someTags, over),
    ];
    for (const call of await Promise.allSettled(calls)) {
      assert.equal(call.status === 'rejected' && call.reason, reason);
    }
    assert.equal((await destination.list(signal)).length, 1);
  });

  contract('a reader may stop early', async ({ destination, manyBytes }, signal) => {
    const { id } = await write(destination, 'long.bin', randomBytes(manyBytes), signal);
    for await (const part of destination.read(id, signal)) {
      assert.ok(part.length > 0);
      break;
    }
    assert.equal((await readAll(destination, id, signal)).length, manyBytes);
  });
}

async function write(
  destination: Destination,
  name: string,
  content: Uint8Array,
  signal: AbortSignal,
): Promise<StoredFile> {
  const upload = await destination.create(newFile(name), signal);
  await upload.write(content);
  return upload.finish();
}

async function readAll(destination: Destination, id: string, signal: AbortSignal): Promise<Buffer> {
  const parts: Uint8Array[] = [];
  for await (const part of destination.read(id, signal)) parts.push(part);
  return Buffer.concat(parts);
}

function sha256(content: Uint8Array): string {
  return createHash('sha256').update(content).digest('hex');
}

function rejects(reason: FailureReason, promise: Promise<unknown>): Promise<void> {
  return assert.rejects(promise, (error) => {
    assert.ok(error instanceof BackupError, String(error));
    assert.equal(error.reason, reason, error.message);
    return true;
  });
}
