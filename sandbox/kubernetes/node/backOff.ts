import { setTimeout as delay } from 'node:timers/promises';

/** How long the node waits after a failure: doubled each time. */
export interface BackOffTimes {
  readonly initialMs: number;
  readonly maxMs: number;
}

/** Waits that grow. */
export interface BackOff {
  /** The next wait. */
  readonly nextMs: number;
  /** Waits so long, and doubles it. Throws the signal's reason when that comes first. */
  wait(signal: AbortSignal): Promise<void>;
}

/** A back-off that stands at its beginning. */
export function backOff({ initialMs, maxMs }: BackOffTimes): BackOff {
  let nextMs = initialMs;
  return {
    get nextMs() {
      return nextMs;
    },
    async wait(signal) {
      const ms = nextMs;
      nextMs = Math.min(2 * nextMs, maxMs);
      await delay(ms, undefined, { signal });
    },
  };
}
