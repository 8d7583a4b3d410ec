import type { Duplex, Writable } from 'node:stream';

/**
 * Resolves when a stream that has enough takes more, or is closed. No race with a promise that lives as long as the
 * stream: each would leave something behind.
 */
export function drained(stream: Writable | Duplex): Promise<void> {
  if (stream.destroyed) return Promise.resolve();
  const { promise, resolve } = Promise.withResolvers<void>();
  const settle = () => {
    stream.off('drain', settle);
    stream.off('close', settle);
    resolve();
  };
  stream.once('drain', settle);
  stream.once('close', settle);
  return promise;
}
