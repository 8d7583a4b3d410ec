import { type FileHandle, open } from 'node:fs/promises';
import type { ByteSink } from '../../runner/exporters/exporter.ts';

/** A plain file, written as psql writes one: without fsync. */
export async function fileSink(path: string): Promise<ByteSink & AsyncDisposable> {
  const handle: FileHandle = await open(path, 'w');
  return {
    async write(chunk) {
      for (let done = 0; done < chunk.length; ) done += (await handle.write(chunk, done)).bytesWritten;
    },
    [Symbol.asyncDispose]: () => handle.close(),
  };
}
