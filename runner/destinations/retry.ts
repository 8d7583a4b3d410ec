import type { BackupError } from '../../crds/failureReason.ts';
import type { Clock } from './clock.ts';

/** A failure that may be over soon. `error` is what to throw if it is not. */
export class TransientError extends Error {
  override readonly name = 'TransientError';
  readonly error: BackupError;
  /** What the server asked for in Retry-After. */
  readonly afterMs: number | undefined;
  constructor(error: BackupError, afterMs?: number) {
    super(error.message);
    this.error = error;
    this.afterMs = afterMs;
  }
}

/** How long and how often something is tried again; times in milliseconds. */
export interface RetryPolicy {
  /** Upper bound of the first wait; it doubles with each further one. */
  readonly firstMs: number;
  readonly capMs: number;
  /** No new attempt starts later than this after the first failure. */
  readonly limitMs: number;
}

/** Google's own advice, 1 s, 2 s, 4 s … with jitter: https://developers.google.com/workspace/drive/api/guides/limits */
export const googleRetries: RetryPolicy = { firstMs: 1_000, capMs: 32_000, limitMs: 10 * 60_000 };

/** What a wait needs from outside. `onWait` is told of each wait before it begins. */
export interface Waiting {
  readonly clock: Clock;
  readonly policy: RetryPolicy;
  readonly random?: () => number;
  readonly onWait?: (failure: TransientError, waitMs: number) => void;
}

/** Waits between attempts: exponential with full jitter, never shorter than Retry-After. */
export class Backoff {
  readonly #waiting: Waiting;
  #failures = 0;
  #deadline: number | undefined;

  constructor(waiting: Waiting) {
    this.#waiting = waiting;
  }

  /** To be called after progress: the next failure counts as the first one. */
  reset(): void {
    this.#failures = 0;
    this.#deadline = undefined;
  }

  /** Waits for the next attempt; throws `failure.error` if that would come too late, the signal's reason if it aborts. */
  async wait(failure: TransientError, signal: AbortSignal): Promise<void> {
    const { clock, policy, random = Math.random, onWait } = this.#waiting;
    signal.throwIfAborted();
    const now = clock.now().getTime();
    this.#deadline ??= now + policy.limitMs;
    const bound = Math.min(policy.capMs, policy.firstMs * 2 ** this.#failures);
    this.#failures += 1;
    const waitMs = Math.max(random() * bound, failure.afterMs ?? 0);
    if (now + waitMs > this.#deadline) throw failure.error;
    onWait?.(failure, waitMs);
    await clock.sleep(waitMs, signal);
  }
}

/** Repeats the attempt while it throws TransientError; every other error ends it at once. */
export async function retry<T>(attempt: () => Promise<T>, waiting: Waiting, signal: AbortSignal): Promise<T> {
  const backoff = new Backoff(waiting);
  for (;;) {
    signal.throwIfAborted();
    try {
      return await attempt();
    } catch (error) {
      if (!(error instanceof TransientError)) throw error;
      await backoff.wait(error, signal);
    }
  }
}
