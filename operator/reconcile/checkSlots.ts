/**
 * How many check Jobs may be active at a time, over all backups. Who gets no slot is called when one is free, in the order
 * of asking.
 */
export class CheckSlots {
  readonly #limit: number;
  readonly #active: () => number;
  readonly #wake: (key: string) => void;
  readonly #waiting = new Set<string>();
  #reserved = 0;

  /** `active` counts check Jobs that have not ended; `wake` makes the operator look at a backup again. */
  constructor(limit: number, active: () => number, wake: (key: string) => void) {
    this.#limit = limit;
    this.#active = active;
    this.#wake = wake;
  }

  /** Makes a check Job in a slot; false if none is free, and the backup is woken later. */
  async use(key: string, create: () => Promise<void>): Promise<boolean> {
    if (this.#active() + this.#reserved >= this.#limit) {
      this.#waiting.add(key);
      return false;
    }
    this.#waiting.delete(key);
    this.#reserved++;
    try {
      await create();
    } finally {
      this.#reserved--;
    }
    return true;
  }

  /** A check Job ended, or is gone. */
  freed(): void {
    let free = this.#limit - this.#active() - this.#reserved;
    for (const key of this.#waiting) {
      if (free-- <= 0) return;
      this.#waiting.delete(key);
      this.#wake(key);
    }
  }
}
