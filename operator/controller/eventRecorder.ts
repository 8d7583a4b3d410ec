import type { Logger } from 'pino';
import type { Clock } from './clock.ts';
import { type Event, type EventText, events, newEvent, type Reporter } from './event.ts';
import { ApiError, type KubernetesClient } from './kubernetesClient.ts';
import type { KubernetesObject } from './kubernetesObject.ts';
import type { RuntimeMetrics } from './metrics.ts';

export interface EventRecorderOptions extends Reporter {
  readonly client: KubernetesClient;
  readonly logger: Logger;
  readonly metrics: RuntimeMetrics;
  readonly clock: Clock;
  /** Events that wait to be sent; what comes beyond is dropped. */
  readonly capacity?: number;
}

/** What is kept of an Event that was sent: thousands of whole ones would be megabytes. */
interface Told {
  readonly name: string;
  readonly count: number;
  /** By the monotonic clock. */
  readonly lastAt: number;
}

/** The same text again within this is the same Event once more. */
const seriesMs = 10 * 60_000;
const mostRemembered = 4096;

/**
 * Tells what happened to objects, for `kubectl describe`. Never throws and never waits: events go out one after the other
 * behind the caller's back, and those that cannot are dropped and counted.
 */
export class EventRecorder {
  readonly #options: EventRecorderOptions;
  readonly #waiting: Event[] = [];
  /** Oldest first. */
  readonly #told = new Map<string, Told>();
  readonly #stop = new AbortController();
  #sending: Promise<void> | undefined;
  #recorded = 0;

  constructor(options: EventRecorderOptions) {
    this.#options = options;
    for (const reason of ['QueueFull', 'Refused']) options.metrics.droppedEvents.inc({ reason }, 0);
  }

  record(object: KubernetesObject, text: EventText): void {
    const { capacity = 1000, metrics, clock } = this.#options;
    if (this.#waiting.length >= capacity) {
      metrics.droppedEvents.inc({ reason: 'QueueFull' });
      return;
    }
    this.#waiting.push(newEvent(object, text, this.#options, clock.now(), this.#recorded++));
    this.#sending ??= this.#sendAll();
  }

  /** Resolves when all that was recorded is sent or dropped, or the signal aborts. */
  async flush(signal: AbortSignal): Promise<void> {
    const stop = () => this.#stop.abort(signal.reason);
    signal.addEventListener('abort', stop, { once: true });
    if (signal.aborted) stop();
    while (this.#sending) await this.#sending;
    signal.removeEventListener('abort', stop);
  }

  async #sendAll(): Promise<void> {
    for (let event = this.#waiting.shift(); event; event = this.#waiting.shift()) await this.#send(event);
    this.#sending = undefined;
  }

  async #send(event: Event): Promise<void> {
    const { logger, metrics } = this.#options;
    try {
      await this.#tell(event);
    } catch (error) {
      metrics.droppedEvents.inc({ reason: 'Refused' });
      const { namespace, name } = event.regarding;
      const why =
        error instanceof ApiError ? { status: error.status, refusal: error.reason } : { err: error };
      logger.debug({ namespace, name, reason: event.reason, ...why }, 'event dropped');
    }
  }

  async #tell(event: Event): Promise<void> {
    const { client, clock } = this.#options;
    const key = keyOf(event);
    const known = this.#told.get(key);
    const now = clock.monotonic();
    this.#told.delete(key);
    if (known && now - known.lastAt < seriesMs && (await this.#tellAgain(known, event))) {
      this.#told.set(key, { ...known, count: known.count + 1, lastAt: now });
      return;
    }
    await client.create(events, event, this.#stop.signal);
    this.#told.set(key, { name: event.metadata.name, count: 1, lastAt: now });
    for (const oldest of this.#told.keys()) {
      if (this.#told.size <= mostRemembered) break;
      this.#told.delete(oldest);
    }
  }

  /** False: the first Event is gone. */
  async #tellAgain({ name, count }: Told, { eventTime, metadata }: Event): Promise<boolean> {
    const series = { count: count + 1, lastObservedTime: eventTime };
    try {
      await this.#options.client.patch(events, metadata.namespace, name, { series }, {}, this.#stop.signal);
      return true;
    } catch (error) {
      if (error instanceof ApiError && error.status === 404) return false;
      throw error;
    }
  }
}

function keyOf({ regarding, type, reason, action, note }: Event): string {
  return JSON.stringify([
    regarding.kind,
    regarding.namespace,
    regarding.name,
    regarding.uid,
    type,
    reason,
    action,
    note,
  ]);
}
