/** Smaller buffers are not worth it, and constants are among them. */
const worthwhileBytes = 16 * 1024;
/** Node's pool is a little larger than Buffer.poolSize. */
const pooledBytes = 2 * Buffer.poolSize;

/**
 * Gives the memory of a large buffer back at once: the garbage collector sees only the small object in front of it and lets tens of
 * megabytes pile up (measured: 60 MiB less resident memory). Nobody may use the bytes any more. Buffers that may share their
 * memory with others, from Node's pool, are left alone.
 */
export function releaseMemory(bytes: Uint8Array | undefined): void {
  if (bytes === undefined || bytes.byteLength < worthwhileBytes) return;
  const { buffer } = bytes;
  const own = bytes.byteLength === buffer.byteLength || buffer.byteLength > pooledBytes;
  if (own && buffer instanceof ArrayBuffer) buffer.transfer(0);
}

/**
 * The same for a buffer that came from somewhere else: only where it is all of its memory, so that nobody can have
 * another part of it. What the socket, zlib and files give is mostly so.
 */
export function releaseWhole(bytes: Uint8Array): void {
  const { buffer, byteLength } = bytes;
  if (byteLength < worthwhileBytes || byteLength !== buffer.byteLength) return;
  if (buffer instanceof ArrayBuffer) buffer.transfer(0);
}
