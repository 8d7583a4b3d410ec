import type { Logger } from 'pino';
import type { Clock } from './clock.ts';
import { withDeadline } from './deadline.ts';
import { ApiError } from './kubernetesClient.ts';
import type { RuntimeMetrics } from './metrics.ts';
import { WorkQueue, type WorkQueueOptions } from './workQueue.ts';

/** Brings one object to what it should be. Gives the milliseconds after which to look again without any event. */
export type Reconcile = (key: string, signal: AbortSignal) => Promise<number | undefined>;

export interface ControllerOptions extends WorkQueueOptions {
  readonly reconcile: Reconcile;
  readonly workers: number;
  /** One reconciliation is aborted after so many milliseconds. */
  readonly timeoutMs?: number;
  readonly logger: Logger;
}

/** Works off a queue of keys with a few workers. A failure is logged once and tried again after a growing wait. */
export class Controller {
  readonly queue: WorkQueue;
  readonly name: string;
  readonly timeoutMs: number;
  readonly #options: ControllerOptions & { readonly clock: Clock; readonly metrics: RuntimeMetrics };

  constructor(options: ControllerOptions) {
    this.#options = options;
    this.name = options.name;
    this.timeoutMs = options.timeoutMs ?? 120_000;
    this.queue = new WorkQueue(options);
    const { reconciles, reconcileErrors, activeWorkers, maxWorkers } = options.metrics;
    const controller = options.name;
    for (const result of ['success', 'requeue_after', 'error']) reconciles.inc({ controller, result }, 0);
    reconcileErrors.inc({ controller }, 0);
    activeWorkers.set({ controller }, 0);
    maxWorkers.set({ controller }, options.workers);
  }

  /**
   * Works until `drain`, or until the signal aborts, which also aborts what is under way. Resolves when no worker is at
   * work any more. Once only.
   */
  async run(signal: AbortSignal): Promise<void> {
    const stop = () => this.queue.shutDown();
    signal.addEventListener('abort', stop, { once: true });
    if (signal.aborted) stop();
    const workers = Array.from({ length: this.#options.workers }, () => this.#work(signal));
    await Promise.all(workers);
    signal.removeEventListener('abort', stop);
  }

  /** Begins nothing new; `run` resolves when what is under way is done. */
  drain(): void {
    this.queue.shutDown();
  }

  async #work(signal: AbortSignal): Promise<void> {
    for (let key = await this.queue.next(); key !== undefined; key = await this.queue.next()) {
      await this.#reconcile(key, signal);
      this.queue.done(key);
    }
  }

  async #reconcile(key: string, signal: AbortSignal): Promise<void> {
    const { clock, metrics, reconcile } = this.#options;
    const controller = this.name;
    const start = clock.monotonic();
    metrics.activeWorkers.inc({ controller });
    try {
      const work = (limited: AbortSignal) => reconcile(key, limited);
      const afterMs = await withDeadline(this.timeoutMs, work, { clock, signal });
      this.queue.forget(key);
      if (afterMs !== undefined) this.queue.addAfter(key, afterMs);
      metrics.reconciles.inc({ controller, result: afterMs === undefined ? 'success' : 'requeue_after' });
    } catch (error) {
      if (!signal.aborted) this.#failed(key, error);
    } finally {
      metrics.activeWorkers.dec({ controller });
      metrics.reconcileSeconds.observe({ controller }, (clock.monotonic() - start) / 1000);
    }
  }

  #failed(key: string, err: unknown): void {
    const { metrics, logger } = this.#options;
    const controller = this.name;
    metrics.reconciles.inc({ controller, result: 'error' });
    metrics.reconcileErrors.inc({ controller });
    const waitMs = Math.round(this.queue.addRateLimited(key));
    // Somebody wrote at the same time: the next look, at what they wrote, settles it.
    const isConflict = err instanceof ApiError && err.reason === 'Conflict';
    logger[isConflict ? 'info' : 'error']({ controller, key, waitMs, err }, 'reconciliation failed');
  }
}
