import type { Exchange, HandlerFaults } from '../exchange.ts';
import type { ContentWriter } from './contentWriter.ts';

/**
 * Stores the body of a chunk but for its first `skip` bytes, which were stored before, and for what comes after
 * `length` bytes. Acts out the faults that strike within the body. Resolves to the body's true length. `checkRoom`
 * gets the bytes that this upload would then hold.
 */
export async function receiveChunk(
  exchange: Exchange,
  writer: ContentWriter,
  skip: number,
  length: number,
  faults: HandlerFaults,
  checkRoom: (bytes: number) => void,
): Promise<number> {
  const limit = Math.min(
    length,
    faults.storeLess ?? Number.POSITIVE_INFINITY,
    faults.dropAfter ?? Number.POSITIVE_INFINITY,
    faults.errorAfter?.bytes ?? Number.POSITIVE_INFINITY,
  );
  let received = 0;
  for await (const part of exchange.parts()) {
    const from = Math.max(0, Math.min(part.length, skip - received));
    const to = Math.max(from, Math.min(part.length, limit - received));
    if (to > from) {
      checkRoom(writer.received + to - from);
      await writer.write(part.subarray(from, to));
    }
    received += part.length;
    if (faults.bytesPerSecond !== undefined) await exchange.pace(part.length, faults.bytesPerSecond);
    if (faults.dropAfter !== undefined && received >= faults.dropAfter) exchange.drop();
    if (faults.errorAfter !== undefined && received >= faults.errorAfter.bytes) throw faults.errorAfter.error;
  }
  if (faults.dropAfter !== undefined) exchange.drop();
  if (faults.errorAfter !== undefined) throw faults.errorAfter.error;
  return received;
}
