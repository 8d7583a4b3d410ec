/** Which keys an object is found under; none leaves it out. */
export type IndexValues<T> = (object: T) => readonly string[];

/** Keys of objects by what a function says of them. */
export class StoreIndex<T> {
  readonly #values: IndexValues<T>;
  readonly #keys = new Map<string, Set<string>>();

  constructor(values: IndexValues<T>) {
    this.#values = values;
  }

  add(key: string, object: T): void {
    for (const value of this.#values(object)) {
      const keys = this.#keys.get(value);
      if (keys) keys.add(key);
      else this.#keys.set(value, new Set([key]));
    }
  }

  remove(key: string, object: T): void {
    for (const value of this.#values(object)) {
      const keys = this.#keys.get(value);
      keys?.delete(key);
      if (keys?.size === 0) this.#keys.delete(value);
    }
  }

  keys(value: string): Iterable<string> {
    return this.#keys.get(value) ?? [];
  }
}
