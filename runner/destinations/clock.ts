import { setTimeout as delay } from 'node:timers/promises';

/** Time as the destinations see it; tests pass one that does not wait. */
export interface Clock {
  now(): Date;
  /** Resolves after so many milliseconds; rejects with the signal's reason as soon as it aborts. */
  sleep(milliseconds: number, signal: AbortSignal): Promise<void>;
}

/** The machine's own clock. */
export const systemClock: Clock = {
  now: () => new Date(),
  async sleep(milliseconds, signal) {
    signal.throwIfAborted();
    try {
      await delay(milliseconds, undefined, { signal });
    } catch {
      throw signal.reason;
    }
  },
};
