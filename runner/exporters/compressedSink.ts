import { ChunkPool } from './chunkPool.ts';
import { ChunkWriter } from './chunkWriter.ts';
import { type Compression, compressedStream } from './compression.ts';
import type { ByteSink } from './exporter.ts';
import { OrderedOutput } from './orderedOutput.ts';

/** Chunks that may wait for compression or the sink before the source is held back. */
const highMark = 4;

/** A sink for any bytes (pg_dump's output) that passes them on compressed. `end` resolves when all of them are written. */
export function compressedSink(
  compression: Compression,
  sink: ByteSink,
): ByteSink & { end(): Promise<void> } {
  const output = new OrderedOutput(sink);
  const pool = new ChunkPool();
  const stream = compressedStream(compression, output, pool);
  const writer = new ChunkWriter(pool, stream);
  return {
    async write(bytes) {
      output.check();
      writer.write(bytes);
      if (output.outstanding >= highMark) await output.drained();
    },
    async end() {
      writer.flush();
      stream.end();
      await output.finish();
    },
  };
}
