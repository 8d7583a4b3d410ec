/** Who asks for a slot: one of all objects of ours, and how it is looked at again. */
interface Asker {
  readonly id: string;
  readonly wake: () => void;
}

/**
 * How many check Jobs may be active at a time, over all backups and syncs. Who gets no slot is called when one is free, in the
 * order of asking.
 */
export class CheckSlots {
  readonly #limit: number;
  readonly #active: () => number;
  readonly #waiting = new Map<string, Asker>();
  #reserved = 0;

  /** `active` counts check Jobs that have not ended. */
  constructor(limit: number, active: () => number) {
    this.#limit = limit;
    this.#active = active;
  }

  /** Makes a check Job in a slot; false if none is free, and who asked is woken later. */
  async use(asker: Asker, create: () => Promise<void>): Promise<boolean> {
    if (this.#active() + this.#reserved >= this.#limit) {
      this.#waiting.set(asker.id, asker);
      return false;
    }
    this.#waiting.delete(asker.id);
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
    for (const [id, { wake }] of this.#waiting) {
      if (free-- <= 0) return;
      this.#waiting.delete(id);
      wake();
    }
  }
}
