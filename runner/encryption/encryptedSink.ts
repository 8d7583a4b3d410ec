import type { ByteSink } from '../exporters/exporter.ts';
import { ChunkSealer, clearBytes, tagBytes } from './ageChunks.ts';
import { newAgeFile } from './ageHeader.ts';

/** Chunks that are handed on together. */
const chunksAtOnce = 4;

/**
 * A sink for any bytes that passes them on encrypted, as one file of age. `end` resolves when all of them are written;
 * what was written before it is no whole file, and nobody can take it for one. Its memory does not grow.
 */
export async function encryptedSink(
  recipients: readonly string[],
  sink: ByteSink,
): Promise<ByteSink & { end(): Promise<void> }> {
  const { start, key } = await newAgeFile(recipients);
  await sink.write(start);
  const sealer = new ChunkSealer(key);
  const held = Buffer.allocUnsafeSlow(clearBytes);
  const output = Buffer.allocUnsafeSlow(chunksAtOnce * (clearBytes + tagBytes));
  let heldLength = 0;
  let outputLength = 0;
  const seal = async (last: boolean) => {
    outputLength = sealer.seal(held.subarray(0, heldLength), last, output, outputLength);
    heldLength = 0;
    if (!last && outputLength < output.length) return;
    const full = output.subarray(0, outputLength);
    outputLength = 0;
    await sink.write(full);
  };
  return {
    async write(bytes) {
      for (let at = 0; at < bytes.length; ) {
        // Only when more follows: the last chunk is sealed as such, and may be full.
        if (heldLength === clearBytes) await seal(false);
        const end = Math.min(bytes.length, at + clearBytes - heldLength);
        held.set(bytes.subarray(at, end), heldLength);
        heldLength += end - at;
        at = end;
      }
    },
    end: () => seal(true),
  };
}
