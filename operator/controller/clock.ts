import { setTimeout as delay } from 'node:timers/promises';

/** Time as the controller runtime sees it; tests pass one that they move themselves. All durations are milliseconds. */
export interface Clock {
  /** The wall clock: for what people and other programs read. */
  now(): Date;
  /** Only goes forward, whatever happens to the wall clock: for every duration. */
  monotonic(): number;
  /** Resolves after so long; rejects with the signal's reason as soon as it aborts. */
  sleep(milliseconds: number, signal: AbortSignal): Promise<void>;
  /** Calls back once after so long, unless the answer is called before. Does not keep the process alive. */
  schedule(milliseconds: number, callback: () => void): () => void;
}

// setTimeout fires at once when asked for more than this.
const longestTimer = 2 ** 31 - 1;

/** The machine's own clocks. */
export const systemClock: Clock = {
  now: () => new Date(),
  monotonic: () => performance.now(),
  async sleep(milliseconds, signal) {
    signal.throwIfAborted();
    try {
      for (let left = milliseconds; left > 0; left -= longestTimer) {
        await delay(Math.min(left, longestTimer), undefined, { signal });
      }
    } catch {
      throw signal.reason;
    }
  },
  schedule(milliseconds, callback) {
    let timer: NodeJS.Timeout;
    const arm = (left: number) => {
      const fire = left > longestTimer ? () => arm(left - longestTimer) : callback;
      timer = setTimeout(fire, Math.min(left, longestTimer)).unref();
    };
    arm(milliseconds);
    return () => clearTimeout(timer);
  },
};
