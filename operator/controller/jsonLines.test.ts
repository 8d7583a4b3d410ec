import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { jsonLines, LineError } from './jsonLines.ts';

async function* inPieces(bytes: Uint8Array, cuts: readonly number[]) {
  const places = [0, ...[...cuts].map((cut) => cut % (bytes.length + 1)).sort((a, b) => a - b), bytes.length];
  for (const [at, place] of places.entries()) yield bytes.subarray(place, places[at + 1] ?? bytes.length);
}

async function* once(text: string) {
  yield Buffer.from(text);
}

test('values come out whole wherever the stream is cut, within lines and characters', async () => {
  const values = fc.array(
    fc.record({ type: fc.string({ unit: 'grapheme' }), n: fc.integer() }, { noNullPrototype: true }),
    {
      maxLength: 8,
    },
  );
  await fc.assert(
    fc.asyncProperty(values, fc.array(fc.nat(), { maxLength: 12 }), async (events, cuts) => {
      const bytes = Buffer.from(events.map((event) => `${JSON.stringify(event)}\n`).join(''));
      assert.deepEqual(await Array.fromAsync(jsonLines(inPieces(bytes, cuts))), events);
    }),
  );
});

test('half a line, a line without JSON and one without end are errors that quote nothing', async () => {
  for (const [text, code] of [
    ['{"a":1}\n{"secret"', 'HalfALine'],
    ['secret\n', 'NotJSON'],
    ['{"secret": 1}', 'LineTooLong'],
  ]) {
    const read = Array.fromAsync(jsonLines(once(text ?? ''), code === 'LineTooLong' ? 5 : undefined));
    await assert.rejects(read, (error) => {
      assert.ok(error instanceof LineError);
      assert.equal(error.code, code);
      assert.doesNotMatch(String(error.stack), /secret/);
      return true;
    });
  }
});
