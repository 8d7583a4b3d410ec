import { createHash } from 'node:crypto';
import { ContentError } from './tableRows.ts';

export interface ReadBack<T> {
  readonly bytes: number;
  /** Lower-case hex. */
  readonly sha256: string;
  /** What the reader gave, or threw. */
  readonly content: PromiseSettledResult<T>;
}

/**
 * Reads a stream to its end, even where the reader that looks at it on the way stops early or finds the content wrong
 * (ContentError), and gives size and checksum of the whole. Throws what the stream throws and, at once, every other
 * error of the reader.
 */
export async function readBack<T>(
  stream: AsyncIterable<Uint8Array>,
  read: (content: AsyncIterable<Uint8Array>) => Promise<T>,
  onBytes: (bytes: number) => void,
): Promise<ReadBack<T>> {
  const source = stream[Symbol.asyncIterator]();
  const hash = createHash('sha256');
  let bytes = 0;
  let failedToRead: { error: unknown } | undefined;
  // Without `return`: a reader that stops early does not close the stream.
  const next = async (): Promise<IteratorResult<Uint8Array>> => {
    try {
      const result = await source.next();
      if (result.done) return { done: true, value: undefined };
      hash.update(result.value);
      bytes += result.value.length;
      onBytes(result.value.length);
      return result;
    } catch (error) {
      failedToRead ??= { error };
      throw error;
    }
  };
  try {
    const [content] = await Promise.allSettled([read({ [Symbol.asyncIterator]: () => ({ next }) })]);
    if (failedToRead !== undefined) throw failedToRead.error;
    if (content.status === 'rejected' && !(content.reason instanceof ContentError)) throw content.reason;
    while (!(await next()).done);
    return { bytes, sha256: hash.digest('hex'), content };
  } finally {
    await source.return?.();
  }
}

/** A reader that looks at nothing. */
export async function ignoreContent(content: AsyncIterable<Uint8Array>): Promise<undefined> {
  for await (const _ of content);
  return undefined;
}
