import type { Clock } from './clock.ts';

interface Timer {
  readonly at: number;
  readonly fire: () => void;
}

/** A clock that tests move: timers fire when `advance` passes them, in order, and no real time goes by. */
export class ManualClock implements Clock {
  /** What sleepers asked for, in order. */
  readonly sleeps: number[] = [];
  readonly #timers = new Set<Timer>();
  #time = 0;

  now(): Date {
    return new Date(Date.UTC(2026, 0, 1) + this.#time);
  }

  monotonic(): number {
    return this.#time;
  }

  get pending(): number {
    return this.#timers.size;
  }

  sleep(milliseconds: number, signal: AbortSignal): Promise<void> {
    this.sleeps.push(milliseconds);
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    if (signal.aborted) reject(signal.reason);
    const stop = () => {
      cancel();
      reject(signal.reason);
    };
    const cancel = this.schedule(milliseconds, () => {
      signal.removeEventListener('abort', stop);
      resolve();
    });
    signal.addEventListener('abort', stop, { once: true });
    return promise;
  }

  schedule(milliseconds: number, callback: () => void): () => void {
    const timer = { at: this.#time + milliseconds, fire: callback };
    this.#timers.add(timer);
    return () => this.#timers.delete(timer);
  }

  /** Lets so much time pass. What the timers set going has run as far as it can without real time or I/O. */
  async advance(milliseconds: number): Promise<void> {
    const end = this.#time + milliseconds;
    for (;;) {
      await settled();
      const next = [...this.#timers].filter(({ at }) => at <= end).sort((a, b) => a.at - b.at)[0];
      if (!next) break;
      this.#time = Math.max(this.#time, next.at);
      this.#timers.delete(next);
      next.fire();
    }
    this.#time = end;
    await settled();
  }
}

async function settled(): Promise<void> {
  for (let turns = 0; turns < 25; turns += 1) await new Promise((resolve) => setImmediate(resolve));
}

/** The machine's clock, only that nothing sleeps longer than a moment; `sleeps` says what was asked for. */
export function hastyClock(): Clock & { readonly sleeps: number[]; skip(milliseconds: number): void } {
  const sleeps: number[] = [];
  let skipped = 0;
  return {
    sleeps,
    skip(milliseconds) {
      skipped += milliseconds;
    },
    now: () => new Date(),
    monotonic: () => performance.now() + skipped,
    async sleep(milliseconds, signal) {
      signal.throwIfAborted();
      sleeps.push(milliseconds);
      await new Promise((resolve) => setImmediate(resolve));
      signal.throwIfAborted();
    },
    schedule(milliseconds, callback) {
      const timer = setTimeout(callback, Math.min(milliseconds, 2 ** 31 - 1)).unref();
      return () => clearTimeout(timer);
    },
  };
}
