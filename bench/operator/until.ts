import { setTimeout as delay } from 'node:timers/promises';

/** Looks every 200 ms until `look` gives something; throws with `what` after so many seconds. */
export async function until<T>(
  what: string,
  seconds: number,
  look: () => Promise<T | undefined>,
  signal: AbortSignal,
): Promise<T> {
  for (const end = performance.now() + seconds * 1000; performance.now() < end; ) {
    const found = await look();
    if (found !== undefined) return found;
    await delay(200, undefined, { signal });
  }
  throw new Error(`after ${seconds} s still not: ${what}`);
}
