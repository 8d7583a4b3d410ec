import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import fc from 'fast-check';
import { BackupError } from '../../crds/failureReason.ts';
import type { Fault } from '../../sandbox/google/faults.ts';
import { driveFixture } from './driveFixture.ts';
import { newFile } from './fileBuilder.ts';

const unit = 262_144;
const nth = fc.integer({ min: 1, max: 8 });
const count = fc.integer({ min: 1, max: 2 });
const when = fc.constantFrom('before' as const, 'mid' as const, 'after' as const);
const status = fc.constantFrom(401, 429, 500, 503);
const afterBytes = fc.nat(3 * unit);
const chunk = fc.constant('uploadChunk' as const);
const fault: fc.Arbitrary<Fault> = fc.oneof(
  fc.record({ operation: chunk, nth, effect: fc.constant('storeLess' as const), bytes: fc.nat(3 * unit) }),
  fc.record({ operation: chunk, nth, count, effect: fc.constant('drop' as const), when, afterBytes }),
  fc.record({ operation: chunk, nth, count, effect: fc.constant('error' as const), status, afterBytes }),
  fc.record({
    operation: fc.constantFrom('uploadStatus' as const, 'uploadStart' as const),
    nth: fc.integer({ min: 1, max: 3 }),
    effect: fc.constant('drop' as const),
    when,
  }),
  fc.record({
    operation: fc.constantFrom('uploadChunk' as const, 'uploadStatus' as const),
    nth,
    effect: fc.constant('sessionGone' as const),
    status: fc.constantFrom(404 as const, 410 as const),
  }),
);

test('whatever goes wrong, a file is stored once and to the byte, or fails with a name and leaves nothing', async (t) => {
  const { fake, open, signal } = await driveFixture(t);
  const drive = await open({ chunkBytes: 2 * unit });
  const sizes = fc.array(fc.integer({ min: 1, max: 3 * unit }), { maxLength: 6 });
  let stored = 0;
  let failed = 0;
  const property = fc.asyncProperty(sizes, fc.array(fault, { maxLength: 5 }), async (writes, faults) => {
    fake.faults.clear();
    for (const one of faults) fake.faults.add(one);
    const hash = createHash('sha256');
    const upload = await drive.create(newFile('a.bin'), signal);
    let kept = 0;
    try {
      for (const [index, size] of writes.entries()) {
        const bytes = Buffer.alloc(size, index + 1);
        hash.update(bytes);
        await upload.write(bytes);
      }
      const file = await upload.finish();
      assert.equal(file.sha256, hash.digest('hex'));
      kept = 1;
      stored += 1;
    } catch (error) {
      assert.ok(
        error instanceof BackupError && ['UploadFailed', 'TokenExpired'].includes(error.reason),
        String(error),
      );
      await upload.abort();
      failed += 1;
    }
    fake.faults.clear();
    const files = await drive.list(signal);
    assert.equal(files.length, kept);
    for (const { id } of files) await drive.remove(id, 'Delete', signal);
  });
  await fc.assert(property, { numRuns: 60, endOnFailure: true });
  assert.ok(stored > 10 && stored + failed === 60, `${stored} stored, ${failed} failed`);
});
