import { type BackoffPolicy, backoffMs } from './backoff.ts';
import type { Clock } from './clock.ts';
import type { RuntimeMetrics } from './metrics.ts';

export interface WorkQueueOptions {
  /** The label `name` of the metrics. */
  readonly name: string;
  readonly clock: Clock;
  readonly metrics: RuntimeMetrics;
  readonly random?: () => number;
  /** Waits of addRateLimited. */
  readonly backoff?: BackoffPolicy;
}

const calm: BackoffPolicy = { firstMs: 1_000, capMs: 5 * 60_000 };

/**
 * Keys that wait for a worker, each at most once. A key that is added while it is worked on waits until that is done, so
 * no two workers ever have the same key. First come, first served.
 */
export class WorkQueue {
  /** Key → since when it waits. */
  readonly #ready = new Map<string, number>();
  readonly #atWork = new Map<string, number>();
  readonly #again = new Set<string>();
  readonly #later = new Map<string, { readonly at: number; readonly cancel: () => void }>();
  readonly #failures = new Map<string, number>();
  readonly #idle: ((key: string | undefined) => void)[] = [];
  readonly #options: Required<WorkQueueOptions>;
  #isShutDown = false;

  constructor(options: WorkQueueOptions) {
    this.#options = { random: Math.random, backoff: calm, ...options };
    const { name, metrics } = this.#options;
    metrics.queueDepth.set({ name }, 0);
    metrics.queueAdds.inc({ name }, 0);
    metrics.queueRetries.inc({ name }, 0);
  }

  /** How many keys wait for a worker. */
  get depth(): number {
    return this.#ready.size;
  }

  /** Since when the key that is worked on the longest is; by the monotonic clock. */
  get longestAtWork(): { readonly key: string; readonly since: number } | undefined {
    const [first] = this.#atWork;
    return first && { key: first[0], since: first[1] };
  }

  add(key: string): void {
    if (this.#isShutDown || this.#ready.has(key) || this.#again.has(key)) return;
    const { name, clock, metrics } = this.#options;
    metrics.queueAdds.inc({ name });
    if (this.#atWork.has(key)) {
      this.#again.add(key);
      return;
    }
    this.#ready.set(key, clock.monotonic());
    const worker = this.#idle.shift();
    worker?.(this.#take());
    metrics.queueDepth.set({ name }, this.#ready.size);
  }

  /** Adds the key after so many milliseconds. Of several such wishes for a key the earliest is kept. */
  addAfter(key: string, milliseconds: number): void {
    if (milliseconds <= 0) {
      this.add(key);
      return;
    }
    const at = this.#options.clock.monotonic() + milliseconds;
    const known = this.#later.get(key);
    if (this.#isShutDown || (known && known.at <= at)) return;
    known?.cancel();
    const cancel = this.#options.clock.schedule(milliseconds, () => {
      this.#later.delete(key);
      this.add(key);
    });
    this.#later.set(key, { at, cancel });
  }

  /** Adds the key after a wait that grows with each failure until `forget`; gives the wait. */
  addRateLimited(key: string): number {
    const { name, backoff, random, metrics } = this.#options;
    const failures = (this.#failures.get(key) ?? 0) + 1;
    this.#failures.set(key, failures);
    metrics.queueRetries.inc({ name });
    const waitMs = backoffMs(backoff, failures, random);
    this.addAfter(key, waitMs);
    return waitMs;
  }

  /** The key is fine: its next failure counts as the first. */
  forget(key: string): void {
    this.#failures.delete(key);
  }

  /** The next key, as soon as there is one; undefined after shutDown. Who took it says `done`. */
  async next(): Promise<string | undefined> {
    if (this.#isShutDown) return undefined;
    const key = this.#take();
    this.#options.metrics.queueDepth.set({ name: this.#options.name }, this.#ready.size);
    return key ?? (await new Promise((resolve) => this.#idle.push(resolve)));
  }

  done(key: string): void {
    const { name, clock, metrics } = this.#options;
    const since = this.#atWork.get(key);
    if (since === undefined) throw new Error(`The key ${key} is not worked on.`);
    metrics.workSeconds.observe({ name }, (clock.monotonic() - since) / 1000);
    this.#atWork.delete(key);
    if (!this.#again.delete(key) || this.#isShutDown) return;
    this.#ready.set(key, clock.monotonic());
    this.#idle.shift()?.(this.#take());
    metrics.queueDepth.set({ name }, this.#ready.size);
  }

  /** Hands out nothing more and forgets what waits; what is worked on may be finished. */
  shutDown(): void {
    this.#isShutDown = true;
    this.#ready.clear();
    this.#again.clear();
    for (const { cancel } of this.#later.values()) cancel();
    this.#later.clear();
    for (const resolve of this.#idle.splice(0)) resolve(undefined);
    this.#options.metrics.queueDepth.set({ name: this.#options.name }, 0);
  }

  #take(): string | undefined {
    const { name, clock, metrics } = this.#options;
    for (const [key, since] of this.#ready) {
      const now = clock.monotonic();
      metrics.queueSeconds.observe({ name }, (now - since) / 1000);
      this.#ready.delete(key);
      this.#atWork.set(key, now);
      return key;
    }
    return undefined;
  }
}
