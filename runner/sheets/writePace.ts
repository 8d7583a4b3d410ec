import type { Clock } from '../destinations/clock.ts';

/** Google takes so many writes a minute of one account. https://developers.google.com/workspace/sheets/api/limits */
const mostWrites = 60;
/** A little more, since one write is longer on its way than another. */
const minuteMs = 61_000;

/** Keeps the writes of one run under Google's limit, so that it seldom has to refuse one. */
export class WritePace {
  readonly #clock: Clock;
  /** When the last writes began. */
  #times: number[] = [];

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Resolves when another write may begin. */
  async turn(signal: AbortSignal): Promise<void> {
    const oldest = this.#times.at(-mostWrites);
    const waitMs = oldest === undefined ? 0 : oldest + minuteMs - this.#clock.now().getTime();
    if (waitMs > 0) await this.#clock.sleep(waitMs, signal);
    this.#times = [...this.#times.slice(1 - mostWrites), this.#clock.now().getTime()];
  }
}
