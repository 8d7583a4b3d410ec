import type { Logger } from 'pino';
import { type Clock, systemClock } from './clock.ts';
import { withDeadline } from './deadline.ts';
import { ApiError, type KubernetesClient } from './kubernetesClient.ts';
import { heldLease, type Lease, leases, releasedLease } from './lease.ts';
import type { RuntimeMetrics } from './metrics.ts';

export interface LeaderElectionOptions {
  readonly client: KubernetesClient;
  /** Of the Lease. */
  readonly namespace: string;
  readonly name: string;
  /** Of this process, in no other. One that starts again under its old identity leads again at once. */
  readonly identity: string;
  readonly logger: Logger;
  readonly metrics: RuntimeMetrics;
  readonly clock?: Clock;
  readonly random?: () => number;
  /** So long others wait after the last sign of the leader. */
  readonly leaseDurationMs?: number;
  /** So long the leader goes on without a renewal that succeeded; less than the lease. */
  readonly renewDeadlineMs?: number;
  readonly retryPeriodMs?: number;
}

/** Another process may act now: everything that is under way has to stop. */
export class LeadershipLostError extends Error {
  override readonly name = 'LeadershipLostError';
  constructor() {
    super('Another process may lead now.');
  }
}

const defaults = {
  clock: systemClock,
  random: Math.random,
  leaseDurationMs: 15_000,
  renewDeadlineMs: 10_000,
  retryPeriodMs: 2_000,
};

/**
 * One of several processes acts: who holds the Lease. Whether another's Lease is over is judged by our own monotonic
 * clock since we last saw it change, as client-go does, so wrong wall clocks do no harm.
 */
export class LeaderElector {
  readonly #options: LeaderElectionOptions & typeof defaults;
  /** As last read or written. */
  #lease: Lease | undefined;
  #changedAt = 0;
  #renewedAt = 0;
  #isLeader = false;

  constructor(options: LeaderElectionOptions) {
    this.#options = { ...defaults, ...options };
    this.#setLeader(false);
  }

  get isLeader(): boolean {
    return this.#isLeader;
  }

  /**
   * Waits for the Lease, then leads until `lead` is done, and releases it: `released`. Before that the Lease is lost if it
   * could not be renewed in time or somebody else has it; then the signal that `lead` has aborts: `lost`. `signal` ends
   * the waiting alone: whoever leads has to end `lead`, and holds the Lease until it has. Throws what `lead` throws.
   */
  async run(lead: (lost: AbortSignal) => Promise<void>, signal: AbortSignal): Promise<'released' | 'lost'> {
    if (!(await this.#acquire(signal))) return 'released';
    const { logger, clock } = this.#options;
    logger.info(this.#what, 'leading');
    this.#setLeader(true);
    const lost = new AbortController();
    const ended = new AbortController();
    const led = lead(lost.signal).finally(() => ended.abort());
    led.catch(() => {});
    const isHeld = await this.#keep(ended.signal);
    this.#setLeader(false);
    if (!isHeld) {
      logger.error(this.#what, 'leadership lost');
      lost.abort(new LeadershipLostError());
      // What does not heed the signal must not keep this process from ending.
      await Promise.race([led.catch(() => {}), clock.sleep(1_000, ended.signal).catch(() => {})]);
      return 'lost';
    }
    await this.#release();
    await led;
    return 'released';
  }

  /** False: the signal aborted before. */
  async #acquire(signal: AbortSignal): Promise<boolean> {
    const { clock, random, retryPeriodMs, renewDeadlineMs, logger } = this.#options;
    while (!signal.aborted) {
      try {
        const attempt = (limited: AbortSignal) => this.#tryToAcquire(limited);
        if (await withDeadline(renewDeadlineMs, attempt, { clock, signal })) return true;
      } catch (err) {
        if (!signal.aborted) logger.warn({ ...this.#what, err }, 'cannot look at the Lease');
      }
      const jittered = retryPeriodMs * (0.75 + random() / 2);
      // A Lease that runs out before is looked at just then.
      const untilExpiry = this.#expiresInMs() + (random() * retryPeriodMs) / 4;
      const waitMs = untilExpiry > 0 ? Math.min(jittered, untilExpiry) : jittered;
      await clock.sleep(waitMs, signal).catch(() => {});
    }
    return false;
  }

  async #tryToAcquire(signal: AbortSignal): Promise<boolean> {
    const { client, namespace, name, identity } = this.#options;
    this.#saw(await client.get<Lease>(leases, namespace, name, signal));
    const holder = this.#lease?.spec?.holderIdentity;
    if (holder && holder !== identity && this.#expiresInMs() > 0) return false;
    return await this.#write(signal);
  }

  /** Renews until ended: true; false as soon as the Lease is lost. */
  async #keep(ended: AbortSignal): Promise<boolean> {
    const { clock, retryPeriodMs, renewDeadlineMs, logger } = this.#options;
    for (;;) {
      const leftMs = Math.max(0, this.#renewedAt + renewDeadlineMs - clock.monotonic());
      // Near the end the tries come closer together, so that the last one is not at the very end.
      const waitMs = leftMs > retryPeriodMs ? retryPeriodMs : Math.max(leftMs / 2, Math.min(leftMs, 250));
      await clock.sleep(waitMs, ended).catch(() => {});
      if (ended.aborted) return true;
      const untilLost = this.#renewedAt + renewDeadlineMs - clock.monotonic();
      if (untilLost <= 0) return false;
      try {
        // Half of the time at most, so that a connection that hangs leaves time for another.
        const attemptMs = Math.min(untilLost, renewDeadlineMs / 2);
        const attempt = (limited: AbortSignal) => this.#renew(limited);
        if (!(await withDeadline(attemptMs, attempt, { clock, signal: ended }))) return false;
      } catch (err) {
        if (ended.aborted) return true;
        logger.warn({ ...this.#what, err }, 'cannot renew the Lease');
      }
    }
  }

  /** False: somebody else has it. */
  async #renew(signal: AbortSignal): Promise<boolean> {
    const { client, namespace, name, identity } = this.#options;
    if (await this.#write(signal)) return true;
    // Changed by somebody, by a try of ours whose answer was lost, or deleted.
    this.#saw(await client.get<Lease>(leases, namespace, name, signal));
    const holder = this.#lease?.spec?.holderIdentity;
    if (this.#lease && holder !== identity) return false;
    if (await this.#write(signal)) return true;
    throw new ApiError('Lease', { status: 409, reason: 'Conflict' });
  }

  /** Writes the Lease as ours over what was last seen; false where that is no longer what is there. */
  async #write(signal: AbortSignal): Promise<boolean> {
    const { client, clock, identity, leaseDurationMs } = this.#options;
    const start = clock.monotonic();
    const holding = { identity, durationMs: leaseDurationMs, now: clock.now() };
    const lease = heldLease(this.#lease, this.#options, holding);
    try {
      if (this.#lease) this.#saw(await client.replace(leases, lease, signal));
      else this.#saw(await client.create(leases, lease, signal));
      this.#renewedAt = start;
      return true;
    } catch (error) {
      if (error instanceof ApiError && (error.status === 409 || error.status === 404)) return false;
      throw error;
    }
  }

  async #release(): Promise<void> {
    const { clock, logger } = this.#options;
    const { signal } = new AbortController();
    try {
      await withDeadline(5_000, (limited) => this.#tryToRelease(limited), { clock, signal });
      logger.info(this.#what, 'released the Lease');
    } catch (err) {
      logger.warn({ ...this.#what, err }, 'cannot release the Lease; it runs out by itself');
    }
  }

  async #tryToRelease(signal: AbortSignal): Promise<void> {
    const { client, clock, namespace, name, identity } = this.#options;
    // Read anew: the answer to a renewal may have been lost.
    const lease = await client.get<Lease>(leases, namespace, name, signal);
    if (lease?.spec?.holderIdentity !== identity) return;
    await client.replace(leases, releasedLease(lease, clock.now()), signal);
  }

  #saw(lease: Lease | undefined): void {
    const isSame = lease?.metadata.resourceVersion === this.#lease?.metadata.resourceVersion;
    if (!isSame || lease === undefined) this.#changedAt = this.#options.clock.monotonic();
    this.#lease = lease;
  }

  /** Of the Lease as last seen, whoever holds it. */
  #expiresInMs(): number {
    const { clock, leaseDurationMs } = this.#options;
    const seconds = this.#lease?.spec?.leaseDurationSeconds;
    const durationMs = seconds === undefined ? leaseDurationMs : seconds * 1000;
    return this.#changedAt + durationMs - clock.monotonic();
  }

  #setLeader(isLeader: boolean): void {
    this.#isLeader = isLeader;
    const { metrics, name } = this.#options;
    metrics.isMaster.set({ name }, isLeader ? 1 : 0);
  }

  get #what(): object {
    const { namespace, name, identity } = this.#options;
    return { lease: `${namespace}/${name}`, identity };
  }
}
